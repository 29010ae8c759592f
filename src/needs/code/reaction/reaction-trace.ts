// Follows one function's code from where a call came back, along every way that what is known allows. Ways are kept apart
// while they are few, so that "return -1" and "return 0" stay two answers; then they are joined.
import { condition, flagEffect, flow, operation, type Step } from '../../../isa/insn.ts';
import { lookAhead } from './reaction-blocks.ts';
import {
  addressOf,
  advance,
  afterCall,
  type Course,
  copyCourse,
  forget,
  forgetAllMemory,
  isFollowed,
  joinCourse,
  sameCourse,
} from './reaction-machine.ts';
import {
  type Callee,
  type Surroundings,
  syscallCallee,
  unknownCallee,
} from './reaction-surroundings.ts';
import {
  type Amount,
  anything,
  bases,
  behind,
  between,
  type Flags,
  flagsMarked,
  holds,
  isExact,
} from './reaction-value.ts';

/** What fails, and goes on failing while it is followed. */
export interface Fault {
  readonly callee: Callee;
  readonly value: Amount;
  readonly errno: Amount;
}

export interface CallSeen {
  readonly callee: Callee;
  readonly first: Amount;
}

/** How a way ended. */
export interface Ending {
  /** What is returned; nothing where the program ends. */
  readonly value?: Amount;
  /** Something was said on the way. */
  readonly told: boolean;
}

export interface Trace {
  /** By place. */
  readonly calls: ReadonlyMap<number, CallSeen>;
  readonly endings: readonly Ending[];
  /** Places of calls that do not come back, with the first argument. */
  readonly deadEnds: ReadonlyMap<number, CallSeen>;
  /** Some way went on as every other, with nothing left of what is followed. */
  readonly merged: boolean;
  /** A branch was decided by what is followed. */
  readonly decided: boolean;
  /** Numbers that what is followed was compared with; NaN where that was not for being equal. */
  readonly comparedWith: ReadonlySet<number>;
  /** Not all ways were followed to their ends; what they may do still stands in `calls` and `endings`. */
  readonly cut: boolean;
}

const maxSegments = 48;
/** Straight pieces of code between two branches. */
const maxStretches = 60;
/** Ways through one place that are kept apart. */
const maxApart = 4;
const maxJoins = 3;

/** What a system call that works returns. */
const worked = between(0, 0x7fff_ffff);

interface Way {
  readonly around: Surroundings;
  readonly place: number;
  /** May be known at other places, too: never changed. */
  readonly course: Course;
}

interface Passage {
  /** Never changed. */
  readonly courses: Course[];
  joins: number;
}

/**
 * Gets ready to follow the code from a place on. With a fault, a way ends where nothing is left of what is followed and
 * nothing was decided by it.
 */
export function traceFrom(
  around: Surroundings,
  from: number,
  course: Course,
  fault: Fault | undefined,
  depth = 0,
): Run {
  return {
    around,
    depth,
    fault,
    passages: new Map(),
    waiting: [{ around, place: from, course }],
    calls: new Map(),
    endings: [],
    deadEnds: new Map(),
    merged: false,
    decided: false,
    comparedWith: new Set(),
    cut: false,
    followed: 0,
  };
}

/** Follows the code to the first decision. */
export function followToDecision(run: Run): Trace {
  while (!run.decided && followNext(run));
  return run;
}

/** Follows the code to all ends, from where it was left. */
export function followToEnds(run: Run): Trace {
  while (followNext(run));
  return run;
}

/** Follows the next way, the nearest first: what is cut off is then what lies far away. False where none is left. */
function followNext(run: Run): boolean {
  const next = run.waiting[run.followed];
  if (next === undefined) return false;
  if (run.followed >= maxSegments) {
    giveUp(run, run.waiting.slice(run.followed));
    return false;
  }
  run.followed++;
  run.around = next.around;
  segment(run, next.place, copyCourse(next.course));
  return true;
}

/** What ways that are followed no further may still do. */
function giveUp(run: Run, ways: readonly Way[]): void {
  run.cut = true;
  for (const [around, group] of Map.groupBy(ways, (way) => way.around)) {
    const { calls, mayReturn, mayBeSilent } = lookAhead(
      around,
      group.map(({ place }) => place),
    );
    for (const at of calls) if (!run.calls.has(at)) run.calls.set(at, someCall);
    const told = !mayBeSilent || group.every(({ course }) => course.told);
    run.endings.push(mayReturn ? { value: anything, told } : { told });
  }
}

const someCall: CallSeen = { callee: unknownCallee, first: anything };

/** Code that is being followed. */
export interface Run extends Trace {
  around: Surroundings;
  depth: number;
  readonly fault: Fault | undefined;
  readonly passages: Map<number, Passage>;
  readonly waiting: Way[];
  readonly calls: Map<number, CallSeen>;
  readonly endings: Ending[];
  readonly deadEnds: Map<number, CallSeen>;
  merged: boolean;
  decided: boolean;
  readonly comparedWith: Set<number>;
  cut: boolean;
  /** How many of `waiting` were followed. */
  followed: number;
}

/** Goes on at a place, if what is known there is new. The course is not changed from then on. */
function enter(run: Run, place: number, course: Course, around = run.around): void {
  const passage = run.passages.get(place);
  if (passage === undefined) {
    run.passages.set(place, { courses: [course], joins: 0 });
  } else {
    for (const known of passage.courses) if (sameCourse(known, course)) return;
    const last = passage.courses[maxApart - 1];
    if (last === undefined) passage.courses.push(course);
    else {
      if (passage.joins++ >= maxJoins) return;
      const joined = copyCourse(last);
      joinCourse(joined, course);
      if (sameCourse(joined, last)) return;
      passage.courses[maxApart - 1] = joined;
      run.waiting.push({ around, place, course: joined });
      return;
    }
  }
  run.waiting.push({ around, place, course });
}

function segment(run: Run, from: number, course: Course): void {
  const { around } = run;
  let place = from;
  for (let count = 0; count < maxStretches; count++) {
    if (place < around.start || place >= around.end) return;
    const stretch = around.stretchAt(place);
    for (const each of stretch) {
      const next = place + each.length;
      if (each.flow !== flow.next) {
        if (!leaves(run, each, place, next, course)) return;
      } else {
        if (crashes(each, course)) {
          run.deadEnds.set(place, { callee: unknownCallee, first: anything });
          run.endings.push({ told: course.told });
          return;
        }
        if (each.flagEffect === flagEffect.result) noteComparison(run, each, course);
        advance(each, course, around.machine, around.read);
      }
      place = next;
    }
  }
  run.cut = true;
}

/** Nothing is ever mapped below. */
const lowestMapped = 4096;

/** Stores to an address where nothing is: how run-times stop without a call (Go's runtime: "crash"). */
function crashes(step: Step, course: Course): boolean {
  if (step.operation !== operation.store || step.segment) return false;
  const address = addressOf(step, course);
  return isExact(address) && address.low >= 0 && address.low < lowestMapped;
}

const isInside = ({ start, end }: Surroundings, place: number): boolean =>
  place >= start && place < end;

/** Goes over an instruction that leaves the straight way; false where the way does not go on behind it. */
function leaves(run: Run, step: Step, place: number, next: number, course: Course): boolean {
  const { around } = run;
  const { machine, low } = around;
  switch (step.flow) {
    case flow.syscall:
    case flow.syscall32:
      if (!systemCall(run, place, course)) return false;
      break;
    case flow.call:
    case flow.callIndirect:
      if (!call(run, place, course, calleeOf(run, step, course))) return false;
      break;
    case flow.branch: {
      const target = step.target - low;
      const taken = branchTaken(run, step, course);
      if (taken !== false) {
        if (isInside(around, target)) enter(run, target, course);
        else jumpOut(run, place, copyCourse(course), target);
      }
      if (taken !== true) enter(run, next, course);
      return false;
    }
    case flow.jump: {
      const target = step.target - low;
      if (isInside(around, target)) enter(run, target, course);
      else jumpOut(run, place, course, target);
      return false;
    }
    case flow.jumpIndirect:
      if (around.tableTargets.length === 0 || (step.memory && step.base < 0 && step.index < 0))
        leave(run, place, course, calleeOf(run, step, course));
      else switchOver(run, course);
      return false;
    case flow.return:
      run.endings.push({
        value: course.registers[machine.resultRegister] ?? anything,
        told: course.told,
      });
      return false;
    default:
      run.deadEnds.set(place, { callee: unknownCallee, first: anything });
      run.endings.push({ told: course.told });
      return false;
  }
  if (run.decided || run.fault === undefined || isFollowed(course)) return true;
  run.merged = true;
  return false;
}

/** All cases of a switch; which one is taken is not worked out. */
function switchOver(run: Run, course: Course): void {
  if (isFollowed(course)) {
    run.decided = true;
    run.comparedWith.add(Number.NaN);
  }
  for (const target of run.around.tableTargets) enter(run, target, course);
}

function branchTaken(run: Run, step: Step, course: Course): boolean | undefined {
  const ofRegister = onRegister.get(step.condition);
  const flags = ofRegister === undefined ? course.flags : ownFlags(step, course);
  const taken = holds(ofRegister ?? step.condition, flags);
  if (flagsMarked(flags)) run.decided = true;
  return taken;
}

/** Conditions that look at a register instead of the flags, with what they are of flags made from it. */
const onRegister: ReadonlyMap<number, number> = new Map<number, number>([
  [condition.zero, condition.equal],
  [condition.notZero, condition.notEqual],
  [condition.bitSet, condition.below],
  [condition.bitClear, condition.aboveOrEqual],
]);

function ownFlags(step: Step, course: Course): Flags {
  const { source, immediate, width } = step;
  const value = course.registers[source] ?? anything;
  return step.condition === condition.bitSet || step.condition === condition.bitClear
    ? { kind: 'bit', value, bit: between(immediate, immediate) }
    : { kind: 'compare', left: value, right: between(0, 0), width };
}

function noteComparison(run: Run, step: Step, course: Course): void {
  const { destination, source, immediate } = step;
  const left = destination >= 0 ? course.registers[destination] : undefined;
  const right = source >= 0 ? course.registers[source] : undefined;
  const errno = run.fault?.errno;
  if (errno === undefined) return;
  const isError = (value: Amount | undefined): boolean =>
    value?.marked === true && isExact(value) && Math.abs(value.low) === errno.low;
  const readsErrno =
    step.memory && (step.segment ? step.width === 4 : addressOf(step, course).base === bases.errno);
  if (readsErrno || isError(left) || isError(right)) {
    if (source < 0 && Math.abs(immediate) < 4000 && immediate !== 0)
      run.comparedWith.add(Math.abs(immediate));
    else if (source >= 0) run.comparedWith.add(Number.NaN);
  }
}

function calleeOf({ around }: Run, step: Step, course: Course): Callee {
  if (step.flow === flow.call) return around.calleeAt(step.target - around.low);
  if (!step.memory || step.segment) return unknownCallee;
  const address = addressOf(step, course);
  return isExact(address) ? around.calleeThrough(address.low - around.low) : unknownCallee;
}

function firstArgument({ around: { machine } }: Run, course: Course): Amount {
  return course.registers[machine.callRegisters[1] ?? 0] ?? anything;
}

/** Goes over a call; false where it does not come back. */
function call(run: Run, place: number, course: Course, callee: Callee): boolean {
  const { around, fault } = run;
  const first = firstArgument(run, course);
  if (callee !== unknownCallee && !around.returns(callee, first)) {
    run.deadEnds.set(place, { callee, first });
    run.endings.push({ told: course.told });
    return false;
  }
  if (callee !== unknownCallee && around.isErrnoLocation(callee)) {
    afterCall(course, around.machine, behind(bases.errno, 0));
    return true;
  }
  if (around.tells(callee)) course.told = true;
  const again = fault !== undefined && callee === fault.callee;
  const result = again ? fault.value : evaluated(run, course, callee);
  // What only sorts errors is no other way.
  if (again || !isExact(result)) run.calls.set(place, { callee, first });
  afterCall(course, around.machine, result);
  if (again) course.errno = fault.errno;
  return true;
}

const isGiven = (value: Amount | undefined): boolean => value?.marked === true && isExact(value);

/** What a function of the file makes of the error that it is given: a small one that only sorts errors. */
function evaluated(run: Run, course: Course, callee: Callee): Amount {
  const { around, depth, fault } = run;
  const { machine } = around;
  if (depth > 0 || fault === undefined) return anything;
  const first = machine.callRegisters[1] ?? 0;
  const second = machine.callRegisters[2] ?? 0;
  if (!isGiven(course.registers[first]) && !isGiven(course.registers[second])) return anything;
  const inside = around.inside(callee);
  if (inside === undefined) return anything;
  const start = copyCourse(course);
  for (let register = 0; register < machine.registers; register++)
    if (register !== first && register !== second && register !== machine.stackPointer)
      start.registers[register] = anything;
  forgetAllMemory(start);
  const { endings, comparedWith, cut } = followToEnds(
    traceFrom(inside, inside.start, start, { ...fault, callee: unknownCallee }, depth + 1),
  );
  for (const each of comparedWith) run.comparedWith.add(each);
  const [one] = endings;
  if (cut || one?.value === undefined || !isExact(one.value)) return anything;
  const { low } = one.value;
  return endings.every(({ value }) => value !== undefined && isExact(value) && value.low === low)
    ? between(low, low, true)
    : anything;
}

/** A jump to another part of the function, or to another one. */
function jumpOut(run: Run, place: number, course: Course, target: number): void {
  const part = run.around.partAt(target);
  if (part === undefined) leave(run, place, course, run.around.calleeAt(target));
  else enter(run, target, course, part);
}

/** A jump out of the function: what is jumped to returns in its place. */
function leave(run: Run, place: number, course: Course, callee: Callee): void {
  if (!call(run, place, course, callee)) return;
  run.endings.push({
    value: course.registers[run.around.machine.resultRegister] ?? anything,
    told: course.told,
  });
}

/** Goes over a system call; false where it ends the program. */
function systemCall(run: Run, place: number, course: Course): boolean {
  const { around, fault } = run;
  const { machine } = around;
  const number = course.registers[machine.kernelRegisters[0] ?? 0] ?? anything;
  const callee = isExact(number) ? syscallCallee(number.low) : unknownCallee;
  const again = fault !== undefined && callee === fault.callee && callee !== unknownCallee;
  const first = course.registers[machine.kernelRegisters[1] ?? 0] ?? anything;
  if (!again && isExact(number) && around.isExit(number.low)) {
    run.deadEnds.set(place, { callee, first });
    run.endings.push({ told: course.told });
    return false;
  }
  run.calls.set(place, { callee, first });
  forget(course, machine.kernelChanges);
  course.registers[machine.resultRegister] = again ? fault.value : worked;
  return true;
}
