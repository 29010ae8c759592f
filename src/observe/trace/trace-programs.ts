// The programs that run in the kernel at the entry and the end of every system call, and when a thread begins, executes a
// program, or ends. They are assembled here, for the kernel that runs, without a compiler.
//
// The idea: a thread that is traced has an element in `slots` or `tasks`. A new thread of it gets one before it runs; so nothing that
// descends from what is traced is missed. At the entry of a call its time and arguments are written there; at its end they
// are counted by thread, program, call and errno. Nothing is sent, everything is counted in maps: no event can be lost
// without the counter in `lost` telling of it.
//
// Quirks. The verifier must see that every access is within bounds: indexes are masked, pointers of maps compared with 0.
// Paths are read at the end of a call, when the kernel has had them in memory for certain; those of execve from the
// kernel's own copy. The number of a call is taken from its entry: execve and rt_sigreturn change it in the registers.
import type { BpfProgram } from '../../sys/bpf/bpf-call.ts';
import { callEnd, callEntry } from './call-programs.ts';
import { newThread, programExecuted, threadEnded } from './thread-programs.ts';
import { type Offsets, type TraceTarget, UnknownKernel } from './trace-target.ts';

/**
 * The programs for a kernel, in the order in which they are attached.
 * @throws UnknownKernel where the kernel does not describe what is needed
 */
export function tracePrograms(target: TraceTarget): readonly BpfProgram[] {
  const { types } = target;
  const known = <T>(what: string, found: T | undefined): T => {
    if (found === undefined) throw new UnknownKernel(`this kernel does not describe ${what}`);
    return found;
  };
  const offsets: Offsets = {
    pid: known('task_struct', types.offsetOf('task_struct', 'pid')),
    process: known('task_struct', types.offsetOf('task_struct', 'tgid')),
    executed: known('linux_binprm', types.offsetOf('linux_binprm', 'filename')),
  };
  const at = (event: string, name: string, code: Buffer): BpfProgram => ({
    name,
    code,
    attachTo: known(event, types.find('typedef', `btf_trace_${event}`)),
  });
  return [
    at('task_newtask', 'plimsoll_new', newThread(target, offsets)),
    at('sched_process_exec', 'plimsoll_exec', programExecuted(target, offsets)),
    at('sched_process_exit', 'plimsoll_ended', threadEnded(target)),
    at('sys_exit', 'plimsoll_end', callEnd(target)),
    at('sys_enter', 'plimsoll_entry', callEntry(target)),
  ];
}
