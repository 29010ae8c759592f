// The programs that run when a thread begins, executes a program, or ends.
import { assembler } from '../../sys/bpf/assembler.ts';
import { countCall, durationAt } from './call-programs.ts';
import { countLoss, findTask, finish, lookup, refreshName, storeTask } from './program-parts.ts';
import { neverReturned, programPathBytes, slots, task, taskStates } from './trace-layout.ts';
import { BPF_NOEXIST, helper, type Offsets, type TraceTarget } from './trace-target.ts';

export function newThread(target: TraceTarget, { pid, process }: Offsets): Buffer {
  const { maps } = target;
  const a = assembler();
  a.set('r6', 'r1');
  a.call(helper.currentThread);
  a.store(4, 'r10', -4, 'r0');
  findTask(a, maps, -4);
  a.jumpIf('r0', '==', 0, 'end');
  a.set('r7', 'r0');
  a.load('r8', 8, 'r6', 0);
  const at = -task.bytes - 16;
  for (let offset = 0; offset < task.bytes; offset += 8) {
    a.load('r1', 8, 'r7', offset);
    a.store(8, 'r10', at + offset, 'r1');
  }
  a.store(4, 'r10', at + task.call, 0);
  a.load('r1', 4, 'r8', process);
  a.store(4, 'r10', at + task.process, 'r1');
  a.load('r1', 4, 'r8', pid);
  a.store(4, 'r10', -4, 'r1');
  a.store(4, 'r10', at + task.thread, 'r1');
  a.op('r1', '&', slots - 1);
  a.store(4, 'r10', -8, 'r1');
  lookup(a, maps.slots.fd, -8);
  a.jumpIf('r0', '==', 0, 'taken');
  a.load('r1', 4, 'r0', task.thread);
  a.jumpIf('r1', '!=', 0, 'taken');
  for (let offset = 0; offset < task.bytes; offset += 8) {
    a.load('r1', 8, 'r10', at + offset);
    a.store(8, 'r0', offset, 'r1');
  }
  a.jump('end');
  a.label('taken');
  storeTask(a, maps, -4, at);
  a.jumpIf('r0', '==', 0, 'end');
  countLoss(a, maps, 'threads');
  return finish(a);
}

export function programExecuted(target: TraceTarget, { executed }: Offsets): Buffer {
  const { maps } = target;
  const a = assembler();
  a.set('r6', 'r1');
  a.call(helper.currentThread);
  a.store(4, 'r10', -4, 'r0');
  // A thread that is not its process' first takes the number of that one over.
  a.load('r1', 8, 'r6', 8);
  a.set32('r1', 'r1');
  a.set32('r2', 'r0');
  a.jumpIf('r1', '==', 'r2', 'same number');
  a.store(4, 'r10', -12, 'r1');
  findTask(a, maps, -12);
  a.jumpIf('r0', '==', 0, 'end');
  const at = -task.bytes - 24;
  for (let offset = 0; offset < task.bytes; offset += 8) {
    a.load('r1', 8, 'r0', offset);
    a.store(8, 'r10', at + offset, 'r1');
  }
  // The thread of that number has ended, and its slot is not free: this one goes to `tasks`.
  a.store(4, 'r0', task.state, taskStates.ended);
  a.load('r1', 4, 'r10', -4);
  a.store(4, 'r10', at + task.thread, 'r1');
  storeTask(a, maps, -4, at);
  a.label('same number');
  findTask(a, maps, -4);
  a.jumpIf('r0', '==', 0, 'end');
  a.set('r7', 'r0');
  refreshName(a);
  // Which program: its path, from the kernel's copy.
  a.store(4, 'r10', -8, 0);
  lookup(a, maps.scratch.fd, -8);
  a.jumpIf('r0', '==', 0, 'end');
  a.set('r8', 'r0');
  for (let offset = 0; offset < programPathBytes; offset += 8) a.store(8, 'r8', offset, 0);
  a.load('r1', 8, 'r6', 16);
  a.load('r3', 8, 'r1', executed);
  a.set('r1', 'r8');
  a.set('r2', programPathBytes);
  a.call(helper.readKernelText);
  const find = (): void => {
    a.set('r2', 'r8');
    a.setMap('r1', maps.programs.fd);
    a.call(helper.lookup);
  };
  find();
  a.jumpIf('r0', '!=', 0, 'known');
  // A number of its own: of this moment. Two at once would need the same nanosecond.
  a.call(helper.now);
  a.op('r0', '|', 1);
  a.store(4, 'r10', -8, 'r0');
  a.set('r2', 'r8');
  a.set('r3', 'r10');
  a.op('r3', '+', -8);
  a.set('r4', BPF_NOEXIST);
  a.setMap('r1', maps.programs.fd);
  a.call(helper.update);
  find();
  a.jumpIf('r0', '!=', 0, 'known');
  countLoss(a, maps, 'programs');
  a.store(4, 'r7', task.program, 0);
  a.jump('end');
  a.label('known');
  a.load('r1', 4, 'r0', 0);
  a.store(4, 'r7', task.program, 'r1');
  return finish(a);
}

export function threadEnded({ maps }: TraceTarget): Buffer {
  const a = assembler();
  a.call(helper.currentThread);
  a.store(4, 'r10', -4, 'r0');
  findTask(a, maps, -4);
  a.jumpIf('r0', '==', 0, 'end');
  a.set('r7', 'r0');
  a.load('r1', 4, 'r7', task.state);
  a.store(4, 'r7', task.state, taskStates.ended);
  a.jumpIf('r1', '!=', taskStates.traced, 'end');
  refreshName(a);
  a.load('r9', 4, 'r7', task.call);
  a.jumpIf('r9', '==', 0, 'end');
  a.op('r9', '-', 1);
  a.set('r8', neverReturned);
  a.store(8, 'r10', durationAt, 0);
  countCall(a, maps);
  return finish(a);
}
