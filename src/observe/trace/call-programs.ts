// The programs at the entry and the end of every system call.
import { type Assembler, assembler, type Register } from '../../sys/bpf/assembler.ts';
import { countIn, countLoss, currentTask, finish, lookup, refreshName } from './program-parts.ts';
import {
  callNumbers,
  countKey,
  countValue,
  durationBuckets,
  facts,
  narrowMark,
  pathKey,
  type TraceMaps,
  task,
  taskStates,
  valueKey,
} from './trace-layout.ts';
import { helper, type MachineLayout, type TraceTarget } from './trace-target.ts';

const PR_SET_NAME = 15;

/**
 * Writes a call into the thread's element r7: its arguments from the registers r8, the time, and its number r9, which gets the mark of
 * its ABI and one more.
 */
function takeCall(a: Assembler, machine: MachineLayout, first: number): void {
  const copy = (offsets: readonly number[]): void => {
    for (const [index, offset] of offsets.entries()) {
      a.load('r1', 8, 'r8', offset);
      a.store(8, 'r7', task.args + 8 * index, 'r1');
    }
  };
  a.load('r1', 8, 'r8', machine.narrow.offset);
  a.op('r1', '&', machine.narrow.mask);
  a.op('r9', '+', 1);
  a.jumpIf('r1', '==', machine.narrow.value, 'narrow');
  copy([first, ...machine.args.slice(1)]);
  a.jump('copied');
  a.label('narrow');
  copy(machine.narrowArgs);
  a.set64('r1', BigInt(narrowMark));
  a.op('r9', '|', 'r1');
  a.label('copied');
  a.store(4, 'r7', task.call, 'r9');
  a.call(helper.now);
  a.store(8, 'r7', task.started, 'r0');
}

export function callEntry(target: TraceTarget): Buffer {
  const { machine } = target;
  const a = assembler();
  a.set('r6', 'r1');
  currentTask(a, target);
  // r8: registers; r9: number of the call, with its mark.
  a.load('r8', 8, 'r6', 0);
  a.load('r9', 8, 'r6', 8);
  a.set32('r9', 'r9');
  a.load('r1', 4, 'r7', task.state);
  a.jumpIf('r1', '==', taskStates.ended, 'end');
  a.jumpIf('r1', '!=', taskStates.waiting, 'takes');
  a.jumpIf('r9', '==', machine.execve, 'takes');
  a.jumpIf('r9', '!=', machine.execveat, 'end');
  a.label('takes');
  takeCall(a, machine, machine.args[0] ?? 0);
  return finish(a);
}

// Places on the stack of callEnd.
const key = -24;
const valuesAt = -72;
const countAt = -120;
export const durationAt = -128;
const endedAt = -136;

/** Writes r9's call (its number and mark, without the one that was added) and errno r8 to a key of `counts`, and counts. */
export function countCall(a: Assembler, maps: TraceMaps): void {
  a.load('r1', 4, 'r10', -4);
  a.store(4, 'r10', key + countKey.thread, 'r1');
  a.load('r1', 4, 'r7', task.program);
  a.store(4, 'r10', key + countKey.program, 'r1');
  a.store(4, 'r10', key + countKey.call, 'r9');
  a.store(4, 'r10', key + countKey.errno, 'r8');
  lookup(a, maps.counts.fd, key);
  a.jumpIf('r0', '!=', 0, 'counted before');
  a.store(8, 'r10', countAt + countValue.count, 1);
  a.load('r1', 8, 'r10', durationAt);
  a.store(8, 'r10', countAt + countValue.total, 'r1');
  a.store(8, 'r10', countAt + countValue.least, 'r1');
  a.store(8, 'r10', countAt + countValue.most, 'r1');
  a.load('r1', 8, 'r7', task.started);
  a.store(8, 'r10', countAt + countValue.first, 'r1');
  a.set('r2', 'r10');
  a.op('r2', '+', key);
  a.set('r3', 'r10');
  a.op('r3', '+', countAt);
  a.set('r4', 0);
  a.setMap('r1', maps.counts.fd);
  a.call(helper.update);
  a.jumpIf('r0', '==', 0, 'counted');
  countLoss(a, maps, 'counts');
  a.jump('counted');
  // Only this thread writes to this element: plain additions will do.
  a.label('counted before');
  a.load('r1', 8, 'r0', countValue.count);
  a.op('r1', '+', 1);
  a.store(8, 'r0', countValue.count, 'r1');
  a.load('r2', 8, 'r10', durationAt);
  a.load('r1', 8, 'r0', countValue.total);
  a.op('r1', '+', 'r2');
  a.store(8, 'r0', countValue.total, 'r1');
  a.load('r1', 8, 'r0', countValue.least);
  a.jumpIf('r2', '>=', 'r1', 'not less');
  a.store(8, 'r0', countValue.least, 'r2');
  a.label('not less');
  a.load('r1', 8, 'r0', countValue.most);
  a.jumpIf('r2', '<=', 'r1', 'counted');
  a.store(8, 'r0', countValue.most, 'r2');
  a.label('counted');
}

/** Adds the duration to its bucket: r9 is the number of the call. */
function countDuration(a: Assembler, maps: TraceMaps): void {
  a.store(4, 'r10', -8, 'r9');
  lookup(a, maps.durations.fd, -8);
  a.jumpIf('r0', '==', 0, 'timed');
  a.load('r1', 8, 'r10', durationAt);
  // r2: the highest bit that is set.
  a.set('r2', 0);
  a.set('r3', 'r1');
  for (const bits of [32, 16, 8, 4, 2, 1]) {
    const small = a.fresh('small');
    a.set('r4', 'r3');
    a.op('r4', '>>', bits);
    a.jumpIf('r4', '==', 0, small);
    a.set('r3', 'r4');
    a.op('r2', '+', bits);
    a.label(small);
  }
  a.jumpIf('r2', '>=', 2, 'divided');
  a.jump('chosen');
  a.label('divided');
  // r1: two bits below the highest, and the four buckets of each power.
  a.set('r4', 'r2');
  a.op('r4', '-', 2);
  a.op('r1', '>>', 'r4');
  a.op('r1', '&', 3);
  a.op('r2', '<<', 2);
  a.op('r1', '|', 'r2');
  a.jumpIf('r1', '<', durationBuckets, 'chosen');
  a.set('r1', durationBuckets - 1);
  a.label('chosen');
  a.jumpIf('r1', '>=', durationBuckets, 'timed');
  a.op('r1', '<<', 2);
  a.op('r0', '+', 'r1');
  a.load('r2', 4, 'r0', 0);
  a.op('r2', '+', 1);
  a.store(4, 'r0', 0, 'r2');
  a.label('timed');
}

/** r-register = argument of the call whose number plus one is in it, 0 where it is 0. */
function chosenArgument(a: Assembler, register: Register): void {
  const none = a.fresh('none');
  a.jumpIf(register, '==', 0, none);
  a.op(register, '-', 1);
  a.op(register, '&', 7);
  a.op(register, '<<', 3);
  a.set('r5', 'r7');
  a.op('r5', '+', register);
  a.load(register, 8, 'r5', task.args);
  a.label(none);
}

/** Counts the numbers that the call got. r6: its facts. */
function countValues(a: Assembler, maps: TraceMaps): void {
  a.load('r1', 1, 'r6', facts.values);
  a.jumpIf('r1', '==', 0, 'no values');
  a.load('r1', 4, 'r7', task.program);
  a.store(4, 'r10', valuesAt + valueKey.program, 'r1');
  a.store(4, 'r10', valuesAt + valueKey.call, 'r9');
  a.store(4, 'r10', valuesAt + valueKey.errno, 'r8');
  a.store(4, 'r10', valuesAt + valueKey.pad, 0);
  for (let index = 0; index < 3; index += 1) {
    a.load('r1', 1, 'r6', facts.values + index);
    chosenArgument(a, 'r1');
    a.set32('r1', 'r1');
    a.store(8, 'r10', valuesAt + valueKey.values + 8 * index, 'r1');
  }
  countIn(
    a,
    maps.values.fd,
    () => {
      a.set('r2', 'r10');
      a.op('r2', '+', valuesAt);
    },
    maps,
    'values',
  );
  a.label('no values');
}

/** Counts the path that an argument points to. r6: the facts of the call. */
function countPath(a: Assembler, maps: TraceMaps, which: number): void {
  const none = a.fresh('no path');
  a.load('r1', 1, 'r6', which);
  a.jumpIf('r1', '==', 0, none);
  chosenArgument(a, 'r1');
  a.jumpIf('r1', '==', 0, none);
  // Kept over the calls below.
  a.store(8, 'r10', endedAt, 'r1');
  a.store(4, 'r10', -8, 0);
  lookup(a, maps.scratch.fd, -8);
  a.jumpIf('r0', '==', 0, none);
  const scratch = endedAt - 8;
  a.store(8, 'r10', scratch, 'r0');
  for (let offset = 0; offset < pathKey.bytes; offset += 8) a.store(8, 'r0', offset, 0);
  a.load('r1', 4, 'r7', task.program);
  a.store(4, 'r0', pathKey.program, 'r1');
  a.store(4, 'r0', pathKey.call, 'r9');
  a.store(4, 'r0', pathKey.errno, 'r8');
  a.load('r1', 1, 'r6', facts.pathFlags);
  chosenArgument(a, 'r1');
  a.store(4, 'r0', pathKey.flags, 'r1');
  a.set('r1', 'r0');
  a.op('r1', '+', pathKey.path);
  a.set('r2', pathKey.bytes - pathKey.path);
  a.load('r3', 8, 'r10', endedAt);
  a.call(helper.readUserText);
  const read = a.fresh('read');
  a.jumpIf('r0', 's>', 0, read);
  countLoss(a, maps, 'names');
  a.jump(none);
  a.label(read);
  countIn(a, maps.paths.fd, () => a.load('r2', 8, 'r10', scratch), maps, 'paths');
  a.label(none);
}

export function callEnd(target: TraceTarget): Buffer {
  const { maps, machine } = target;
  const a = assembler();
  a.set('r6', 'r1');
  currentTask(a, target);
  a.load('r9', 4, 'r7', task.call);
  a.jumpIf('r9', '!=', 0, 'entered');
  // A call that a filter refuses has no entry, only an end, with an error. The children of fork end one, too, with 0.
  a.load('r8', 8, 'r6', 8);
  a.jumpIf('r8', 's>=', 0, 'end');
  a.jumpIf('r8', 's<', -4095, 'end');
  a.load('r8', 8, 'r6', 0);
  a.load('r9', 4, 'r8', machine.number);
  a.jumpIf('r9', '>', 0x7fffffff, 'end');
  takeCall(a, machine, machine.firstAtEnd);
  a.label('entered');
  a.op('r9', '-', 1);
  a.store(4, 'r7', task.call, 0);
  // r8: the errno, 0 where there is none.
  a.load('r8', 8, 'r6', 8);
  a.jumpIf('r8', 's>=', 0, 'no error');
  a.jumpIf('r8', 's<', -4095, 'no error');
  a.negate('r8');
  a.jump('errno known');
  a.label('no error');
  a.set('r8', 0);
  a.label('errno known');
  a.load('r1', 4, 'r7', task.state);
  a.jumpIf('r1', '!=', taskStates.waiting, 'traced');
  a.jumpIf('r8', '!=', 0, 'end');
  a.store(4, 'r7', task.state, taskStates.traced);
  a.label('traced');
  a.call(helper.now);
  a.load('r1', 8, 'r7', task.started);
  a.op('r0', '-', 'r1');
  a.store(8, 'r10', durationAt, 'r0');
  countCall(a, maps);
  a.jumpIf('r9', '>=', callNumbers, 'end');
  countDuration(a, maps);
  a.jumpIf('r9', '!=', machine.prctl, 'not named');
  a.load('r1', 8, 'r7', task.args);
  a.jumpIf('r1', '!=', PR_SET_NAME, 'not named');
  refreshName(a);
  a.label('not named');
  a.store(4, 'r10', -8, 'r9');
  lookup(a, maps.facts.fd, -8);
  a.jumpIf('r0', '==', 0, 'end');
  a.set('r6', 'r0');
  countValues(a, maps);
  // Where a program was executed its memory is another: the path stands in `programs`.
  a.jumpIf('r8', '!=', 0, 'same memory');
  a.jumpIf('r9', '==', machine.execve, 'end');
  a.jumpIf('r9', '==', machine.execveat, 'end');
  a.label('same memory');
  countPath(a, maps, facts.path);
  countPath(a, maps, facts.path2);
  return finish(a);
}
