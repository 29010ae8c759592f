// Pieces that the programs of a trace share. r6 to r9 are kept over calls; each piece says what it leaves where.
import type { Assembler } from '../../sys/bpf/assembler.ts';
import { losses, slots, type TraceMaps, task, taskStates } from './trace-layout.ts';
import { BPF_NOEXIST, helper, type TraceTarget } from './trace-target.ts';

/** r0 = element of a map whose key lies on the stack at `key`. */
export function lookup(a: Assembler, map: number, key: number): void {
  a.set('r2', 'r10');
  a.op('r2', '+', key);
  a.setMap('r1', map);
  a.call(helper.lookup);
}

/** Adds one to a counter of what is missing. Uses the stack at -8. */
export function countLoss(a: Assembler, { lost }: TraceMaps, what: (typeof losses)[number]): void {
  const done = a.fresh('loss');
  a.store(4, 'r10', -8, losses.indexOf(what));
  lookup(a, lost.fd, -8);
  a.jumpIf('r0', '==', 0, done);
  a.set('r1', 1);
  a.addAtomically(8, 'r0', 0, 'r1');
  a.label(done);
}

/** Adds one to the element of a map of counters, whose key `key` points to. Uses the stack at -8. */
export function countIn(
  a: Assembler,
  map: number,
  key: () => void,
  maps: TraceMaps,
  loss: (typeof losses)[number],
): void {
  const made = a.fresh('made');
  const found = a.fresh('found');
  const done = a.fresh('done');
  key();
  a.setMap('r1', map);
  a.call(helper.lookup);
  a.jumpIf('r0', '!=', 0, found);
  a.store(8, 'r10', -8, 0);
  key();
  a.set('r3', 'r10');
  a.op('r3', '+', -8);
  a.set('r4', BPF_NOEXIST);
  a.setMap('r1', map);
  a.call(helper.update);
  key();
  a.setMap('r1', map);
  a.call(helper.lookup);
  a.jumpIf('r0', '!=', 0, found);
  a.label(made);
  countLoss(a, maps, loss);
  a.jump(done);
  a.label(found);
  a.set('r1', 1);
  a.addAtomically(8, 'r0', 0, 'r1');
  a.label(done);
}

/** r0 = the thread whose number is on the stack at `key`, or 0: from its slot, or where that is another's from `tasks`. */
export function findTask(a: Assembler, { slots: slotMap, tasks }: TraceMaps, key: number): void {
  const other = a.fresh('other');
  const found = a.fresh('task');
  a.load('r1', 4, 'r10', key);
  a.op('r1', '&', slots - 1);
  a.store(4, 'r10', -8, 'r1');
  lookup(a, slotMap.fd, -8);
  a.jumpIf('r0', '==', 0, other);
  a.load('r1', 4, 'r0', task.thread);
  a.load('r2', 4, 'r10', key);
  a.jumpIf('r1', '!=', 'r2', other);
  a.load('r1', 4, 'r0', task.state);
  a.jumpIf('r1', '!=', taskStates.ended, found);
  a.label(other);
  lookup(a, tasks.fd, key);
  a.label(found);
}

/** r7 = the current thread, or the program ends. Its number stays on the stack at -4. */
export function currentTask(a: Assembler, target: TraceTarget): void {
  const { maps, pidNamespace } = target;
  a.call(helper.currentThread);
  a.set('r9', 'r0');
  a.store(4, 'r10', -4, 'r0');
  findTask(a, maps, -4);
  a.set('r7', 'r0');
  if (pidNamespace === undefined) {
    a.jumpIf('r0', '==', 0, 'end');
    return;
  }
  a.jumpIf('r0', '!=', 0, 'known');
  a.set64('r1', pidNamespace.device);
  a.set64('r2', pidNamespace.inode);
  a.set('r3', 'r10');
  a.op('r3', '+', -16);
  a.set('r4', 8);
  a.store(8, 'r10', -16, 0);
  a.call(helper.currentInNamespace);
  a.jumpIf('r0', '!=', 0, 'end');
  // A thread of the namespace that is not known yet: it came in by setns, from outside.
  const at = -task.bytes - 16;
  for (let offset = 0; offset < task.bytes; offset += 8) a.store(8, 'r10', at + offset, 0);
  a.store(4, 'r10', at + task.state, taskStates.traced);
  a.op('r9', '>>', 32);
  a.store(4, 'r10', at + task.process, 'r9');
  a.set('r1', 'r10');
  a.op('r1', '+', at + task.name);
  a.set('r2', 16);
  a.call(helper.currentName);
  a.load('r1', 4, 'r10', -4);
  a.store(4, 'r10', at + task.thread, 'r1');
  storeTask(a, maps, -4, at);
  lookup(a, maps.tasks.fd, -4);
  a.set('r7', 'r0');
  a.jumpIf('r0', '==', 0, 'end');
  a.label('known');
}

export function storeTask(a: Assembler, maps: TraceMaps, key: number, at: number): void {
  a.set('r2', 'r10');
  a.op('r2', '+', key);
  a.set('r3', 'r10');
  a.op('r3', '+', at);
  a.set('r4', 0);
  a.setMap('r1', maps.tasks.fd);
  a.call(helper.update);
}

/** Refreshes the name of the current thread in its element r7. */
export function refreshName(a: Assembler): void {
  a.set('r1', 'r7');
  a.op('r1', '+', task.name);
  a.set('r2', 16);
  a.call(helper.currentName);
}

export function finish(a: Assembler): Buffer {
  a.label('end');
  a.set('r0', 0);
  a.exit();
  return a.assemble();
}
