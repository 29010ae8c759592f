// Begins a trace with the best means that this user has: programs in the kernel, else strace.
import { type ChildProcess, spawn } from 'node:child_process';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { RefusedProgram } from '../../sys/bpf/bpf-call.ts';
import { hasCode } from '../../sys/errno.ts';
import { findProgram } from '../../sys/find-program.ts';
import { signalNumber } from '../../sys/process-identity.ts';
import {
  type RunningTrace,
  startKernelTrace,
  type TraceScope,
  type TraceWorld,
} from './kernel-trace.ts';
import { startStrace } from './strace-trace.ts';
import { UnknownKernel } from './trace-target.ts';

/** By which means: the first that is possible, or one by name. */
export type TraceMeans = 'auto' | 'ebpf' | 'strace';

/** What a trace is begun with. */
export interface TraceRequest {
  readonly means: TraceMeans;
  readonly world: TraceWorld;
  /** PATH of this user. */
  readonly path: string | undefined;
  /** Told why the kernel's own means were not used. */
  readonly note: (text: string) => void;
}

/** Why programs cannot be put into this kernel by this user; undefined for other errors. */
function impossibility(error: unknown): string | undefined {
  if (error instanceof UnknownKernel) return error.message;
  if (error instanceof RefusedProgram) return [error.message, ...error.log.slice(-2)].join('; ');
  if (hasCode(error, 'EPERM', 'EACCES')) return 'this user may not use bpf(2)';
  if (hasCode(error, 'ENOSYS', 'EINVAL')) return 'this kernel has no bpf(2) that could do it';
  return undefined;
}

function kernelTrace(
  scope: TraceScope,
  { means, world, note }: TraceRequest,
): RunningTrace | undefined {
  if (means === 'strace') return undefined;
  try {
    return startKernelTrace(scope, world);
  } catch (error) {
    const why = impossibility(error);
    if (why === undefined) throw error;
    if (means === 'ebpf')
      throw new PlimsollError('PL0840', `the kernel's own means are not to be had: ${why}`, {
        help: 'run it as root (CAP_BPF and CAP_PERFMON), or leave --with out',
      });
    note(`traced by strace, which slows it down: ${why}`);
    return undefined;
  }
}

/** Begins to trace processes that are there. @throws PlimsollError PL0840 */
export async function traceProcesses(
  scope: TraceScope,
  request: TraceRequest,
): Promise<RunningTrace> {
  const { world, path } = request;
  return kernelTrace(scope, request) ?? (await startStrace(scope, world, path));
}

/** A command of this machine that is traced. */
export interface TracedCommand {
  readonly trace: RunningTrace;
  /** Its exit code, or 128 and the signal that ended it. */
  readonly ended: Promise<number>;
  /** Sends it a signal. */
  signal(signal: NodeJS.Signals): void;
}

/**
 * Starts a command of this machine, traced from its first call: the thread that starts it is known to the kernel's programs
 * before, and what it starts counts from when it has executed something.
 * @throws PlimsollError PL0001 where it is not there, PL0840
 */
export async function traceCommand(
  command: readonly [string, ...string[]],
  request: TraceRequest,
): Promise<TracedCommand> {
  const [name, ...args] = command;
  const { world, path } = request;
  if (!name.includes('/') && findProgram(name, path) === undefined)
    throw new PlimsollError('PL0001', `there is no program ${name}`, {
      help: 'give its path, or a name that is found by PATH',
    });
  const scope = { processes: [], untilExecuted: true, maker: world.thread };
  const trace = kernelTrace(scope, request);
  if (trace === undefined) {
    const { ended, ...own } = await startStrace({ command }, world, path);
    // What is typed reaches both; strace passes other signals on to nobody.
    return { trace: own, ended, signal: () => undefined };
  }
  try {
    const child = spawn(name, args, { stdio: 'inherit' });
    const ended = new Promise<number>((settle) => {
      child.on('exit', (code, signal) =>
        settle(code ?? 128 + (signal === null ? 0 : (signalNumber(signal) ?? 0))),
      );
    });
    await started(child);
    trace.forgetMaker();
    return { trace, ended, signal: (signal) => void child.kill(signal) };
  } catch (error) {
    trace.close();
    throw error;
  }
}

/** @throws PlimsollError PL0001 */
async function started(child: ChildProcess): Promise<void> {
  if (child.pid !== undefined) return;
  await new Promise<void>((_, reject) =>
    child.on('error', (cause) =>
      reject(
        new PlimsollError('PL0001', `the command cannot be started: ${systemReason(cause)}`, {
          help: 'give the path of a program that you may execute',
          cause,
        }),
      ),
    ),
  );
}
