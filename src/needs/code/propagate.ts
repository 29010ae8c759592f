// Values through one function: blocks between branches, joined until nothing changes, then one last pass in which the
// caller looks at the instructions that matter. A block that may be entered from elsewhere (a label whose address is
// taken, a jump from another function) begins with nothing known; the targets of a jump through a table get what was
// known at the jump.
import { flow, makeStep, operation, type Step } from '../../isa/insn.ts';
import { allRegistersBut } from '../../isa/machine.ts';
import { type CodeImage, readConstant } from './code-image.ts';
import {
  applyStep,
  clobber,
  copyState,
  entryState,
  forgetSlots,
  joinInto,
  type State,
  unknownState,
} from './machine-state.ts';
import { isStack, unknown } from './value.ts';

/** What is known of a function's inner structure. */
export interface FunctionShape {
  /** Places. */
  readonly start: number;
  readonly end: number;
  /** File offset of `start`. */
  readonly offset: number;
  /** Places that branches inside of the function lead to. */
  readonly targets: readonly number[];
  /** Places that jumps through tables may lead to. */
  readonly tableTargets: readonly number[];
  /** Places that may be entered from outside with anything in the registers. */
  readonly openEntries: readonly number[];
  /** No register survives a call (Go). */
  readonly callsKeepNothing: boolean;
  /** Whether the function at a place may come back to its caller. */
  readonly returns: (place: number) => boolean;
}

/** Looks at an instruction that leaves the straight path, with what is known before it. */
export type Visit = (place: number, step: Step, state: State) => void;

const maxRounds = 4;
/** A block whose values still change after so many times has values that count. */
const maxChanges = 12;
const maxVisits = 40_000;

const step = makeStep();

/**
 * Runs the values of a function to their fixed point and visits its calls, jumps out of it and system calls.
 * @returns false when it gave up: the function is too large, and was visited with nothing known.
 */
export function propagate(image: CodeImage, shape: FunctionShape, visit: Visit): boolean {
  const leaders = new Set<number>([
    shape.start,
    ...shape.targets,
    ...shape.tableTargets,
    ...shape.openEntries,
  ]);
  const run: Run = {
    image,
    shape,
    leaders,
    states: new Map(),
    escape: Number.POSITIVE_INFINITY,
    order: Int32Array.from(leaders).sort(),
    dirty: new Set(),
    changes: new Map(),
    behind: new Set(),
    visits: 0,
  };
  for (let round = 0; round < maxRounds; round++) {
    const before = run.escape;
    run.states = new Map();
    run.changes.clear();
    settle(run);
    if (run.escape === before || run.visits > maxVisits) break;
  }
  const complete = run.visits <= maxVisits;
  const seen = new Set<number>();
  for (const [leader, state] of run.states) {
    const known = complete ? copyState(state) : unknownState(image.machine);
    block(run, leader, known, seen, visit, () => undefined);
  }
  // Code behind a call that does not come back, if it is code.
  for (const place of run.behind)
    if (!seen.has(place))
      block(run, place, unknownState(image.machine), seen, visit, () => undefined);
  return complete;
}

interface Run {
  readonly image: CodeImage;
  readonly shape: FunctionShape;
  readonly leaders: Set<number>;
  states: Map<number, State>;
  /** Lowest stack slot whose address was made: what a called function may write to begins there. */
  escape: number;
  readonly order: Int32Array;
  readonly dirty: Set<number>;
  /** How often what is known at a block has changed. */
  readonly changes: Map<number, number>;
  /** Places behind calls that do not come back. */
  readonly behind: Set<number>;
  visits: number;
}

function settle(run: Run): void {
  const { shape } = run;
  const { machine } = run.image;
  const enter = (place: number, state: State): void => {
    const known = run.states.get(place);
    if (known === undefined) {
      run.states.set(place, copyState(state));
      run.dirty.add(place);
    } else {
      const times = run.changes.get(place) ?? 0;
      if (!joinInto(known, state, times > maxChanges)) return;
      run.changes.set(place, times + 1);
      run.dirty.add(place);
    }
  };
  enter(shape.start, entryState(machine));
  for (const place of shape.openEntries) enter(place, unknownState(machine));
  for (;;) {
    drain(run, enter);
    // Code that nothing was seen to lead to: behind a jump whose table was not found.
    const lost = shape.targets.find((place) => !run.states.has(place));
    if (lost === undefined || run.visits > maxVisits) break;
    enter(lost, unknownState(machine));
  }
}

/** Goes through the blocks that changed, in the order of the code, until none does. */
function drain(run: Run, enter: (place: number, state: State) => void): void {
  while (run.dirty.size > 0) {
    for (const place of run.order) if (run.dirty.delete(place)) visitBlock(run, place, enter);
    // Places that only a branch into the middle of an instruction leads to.
    for (const place of run.dirty) {
      if (run.leaders.has(place)) continue;
      run.dirty.delete(place);
      visitBlock(run, place, enter);
    }
    if (run.visits <= maxVisits) continue;
    // Too much: every block is looked at once more, with nothing known.
    for (const leader of run.leaders)
      if (!run.states.has(leader)) run.states.set(leader, unknownState(run.image.machine));
    run.dirty.clear();
  }
}

function visitBlock(run: Run, place: number, enter: (place: number, state: State) => void): void {
  const state = run.states.get(place);
  if (state === undefined || run.visits++ > maxVisits) return;
  block(run, place, copyState(state), undefined, undefined, enter);
}

/** Goes through one block from its leader, changing `state`. */
function block(
  run: Run,
  leader: number,
  state: State,
  seen: Set<number> | undefined,
  visit: Visit | undefined,
  enter: (place: number, state: State) => void,
): void {
  const { image, shape, leaders } = run;
  const { bytes } = image.layout;
  const { readStep, kernelChanges } = image.machine;
  const last = shape.offset + (shape.end - shape.start);
  const inside = (place: number): boolean => place >= shape.start && place < shape.end;
  const read = (address: number, size: number): number | undefined =>
    readConstant(image, address, size);
  for (let place = leader; place < shape.end; ) {
    if (place !== leader && leaders.has(place)) {
      enter(place, state);
      return;
    }
    const length = readStep(
      bytes,
      shape.offset + (place - shape.start),
      last,
      image.low + place,
      step,
    );
    if (step.flow === flow.callIndirect || step.flow === flow.jumpIndirect) followKnown(state);
    const target = step.target - image.low;
    const next = place + length;
    const isNew = visit !== undefined && !seen?.has(place);
    if (isNew) seen?.add(place);
    switch (step.flow) {
      case flow.next:
        applyStep(step, state, read);
        if (step.operation === operation.address) noteEscape(run, state);
        break;
      case flow.syscall:
      case flow.syscall32:
        if (isNew) visit(place, step, state);
        clobber(state, kernelChanges);
        break;
      case flow.call:
      case flow.callIndirect:
        if (isNew) visit(place, step, state);
        if (step.flow === flow.call && !shape.returns(target)) {
          run.behind.add(next);
          return;
        }
        afterCall(run, state);
        break;
      case flow.branch:
        if (inside(target)) enter(target, state);
        else if (isNew) visit(place, step, state);
        break;
      case flow.jump:
        if (inside(target)) enter(target, state);
        else if (isNew) visit(place, step, state);
        return;
      case flow.jumpIndirect:
        if (isNew) visit(place, step, state);
        for (const each of shape.tableTargets) enter(each, state);
        return;
      default:
        return;
    }
    place = next;
  }
  // The code runs on into the next function.
  if (visit !== undefined) {
    step.flow = flow.jump;
    step.target = image.low + shape.end;
    visit(shape.end, step, state);
  }
}

/** A call or jump through a register that holds one known address. */
function followKnown(state: State): void {
  if (step.memory || step.source < 0) return;
  const { any, numbers, entries, stack } = state.registers[step.source] ?? unknown;
  const [target] = numbers;
  if (any || target === undefined || numbers.length > 1 || entries.length > 0) return;
  if (!Number.isNaN(stack)) return;
  step.flow = step.flow === flow.callIndirect ? flow.call : flow.jump;
  step.target = target;
}

function noteEscape(run: Run, state: State): void {
  const { stackPointer, framePointer } = state.machine;
  if (step.destination === stackPointer || step.destination === framePointer) return;
  const value = state.registers[step.destination] ?? unknown;
  if (isStack(value)) run.escape = Math.min(run.escape, value.stack);
}

function afterCall(run: Run, state: State): void {
  const { machine } = state;
  clobber(
    state,
    run.shape.callsKeepNothing
      ? allRegistersBut(machine, machine.stackPointer, machine.framePointer)
      : machine.callChanges,
  );
  if (run.escape === Number.POSITIVE_INFINITY) return;
  forgetSlots(state, run.escape);
}
