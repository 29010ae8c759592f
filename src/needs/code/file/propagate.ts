// Values through one function: blocks between branches, joined until nothing changes, then one last pass in which the
// caller looks at the instructions that matter. A block that may be entered from elsewhere (a label whose address is
// taken, a jump from another function) begins with nothing known; the targets of a jump through a table get what was
// known at the jump.
import { flow, makeStep, operation, type Step } from '../../../isa/insn.ts';
import { allRegistersBut } from '../../../isa/machine.ts';
import type { Blocks } from './blocks.ts';
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
  readonly blocks: Blocks;
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
 * Runs the values of a function to their fixed point and visits the places that are wanted.
 * @returns false when it gave up: the function is too large, and was visited with nothing known.
 */
export function propagate(image: CodeImage, shape: FunctionShape, visit: Visit): boolean {
  const { leaders, isWanted, wanted } = shape.blocks;
  const count = leaders.length;
  const run: Run = {
    image,
    shape,
    states: new Array<State | undefined>(count),
    dirty: new Uint8Array(count),
    changes: new Uint8Array(count),
    escape: Number.POSITIVE_INFINITY,
    behind: new Set(),
    visits: 0,
    changed: false,
  };
  settle(run);
  for (let round = 1, known = Number.POSITIVE_INFINITY; round < maxRounds; round++) {
    if (run.escape === known || run.visits > maxVisits) break;
    known = run.escape;
    // More can be written to by called functions than was thought: each block once more.
    for (let at = 0; at < count; at++) if (run.states[at] !== undefined) run.dirty[at] = 1;
    run.changes.fill(0);
    settle(run);
  }
  const complete = run.visits <= maxVisits;
  const seen = new Set<number>();
  for (let at = 0; at < count; at++) {
    const state = run.states[at];
    if (state === undefined || isWanted[at] === 0) continue;
    const known = complete ? copyState(state) : unknownState(image.machine);
    block(run, leaders[at] ?? 0, known, seen, visit);
  }
  // Code behind a call that does not come back, if it is code.
  for (const place of run.behind)
    if (!seen.has(place)) block(run, place, unknownState(image.machine), seen, visit);
  for (const place of wanted) if (!seen.has(place) && place < shape.end) lone(run, place, visit);
  return complete;
}

interface Run {
  readonly image: CodeImage;
  readonly shape: FunctionShape;
  /** What is known at each block's leader. */
  readonly states: (State | undefined)[];
  readonly dirty: Uint8Array;
  /** How often what is known at a block has changed. */
  readonly changes: Uint8Array;
  /** Lowest stack slot whose address was made: what a called function may write to begins there. */
  escape: number;
  /** Places behind calls that do not come back. */
  readonly behind: Set<number>;
  visits: number;
  /** A block became dirty. */
  changed: boolean;
}

/** Joins what is known into a block, if anything that is wanted lies behind it. */
function enter(run: Run, place: number, state: State): void {
  const { blocks } = run.shape;
  const at = blocks.at(place);
  if (at < 0 || blocks.isRelevant[at] === 0) return;
  const known = run.states[at];
  if (known === undefined) run.states[at] = copyState(state);
  else {
    const times = run.changes[at] ?? 0;
    if (!joinInto(known, state, times > maxChanges)) return;
    run.changes[at] = Math.min(times + 1, 255);
  }
  run.dirty[at] = 1;
  run.changed = true;
}

function settle(run: Run): void {
  const { shape } = run;
  const { machine } = run.image;
  const { leaders, isRelevant } = shape.blocks;
  enter(run, shape.start, entryState(machine));
  for (const place of shape.openEntries) enter(run, place, unknownState(machine));
  for (let lost = 0; ; ) {
    drain(run);
    if (run.visits > maxVisits) break;
    // Code that nothing was seen to lead to: behind a jump whose table was not found.
    while (lost < leaders.length && (isRelevant[lost] === 0 || run.states[lost] !== undefined))
      lost++;
    const place = leaders[lost];
    if (place === undefined) break;
    enter(run, place, unknownState(machine));
  }
}

/** Goes through the blocks that changed, in the order of the code, until none does. */
function drain(run: Run): void {
  const { leaders, isRelevant } = run.shape.blocks;
  do {
    run.changed = false;
    for (let at = 0; at < leaders.length; at++) {
      if (run.dirty[at] === 0) continue;
      run.dirty[at] = 0;
      const state = run.states[at];
      if (state === undefined || run.visits++ > maxVisits) continue;
      block(run, leaders[at] ?? 0, copyState(state), undefined, undefined);
    }
  } while (run.changed && run.visits <= maxVisits);
  if (run.visits <= maxVisits) return;
  // Too much: every block is looked at once more, with nothing known.
  for (let at = 0; at < leaders.length; at++)
    if (isRelevant[at] === 1) run.states[at] ??= unknownState(run.image.machine);
}

/** A place that no path was found to: with nothing known. */
function lone({ image, shape }: Run, place: number, visit: Visit): void {
  const last = shape.offset + (shape.end - shape.start);
  const at = shape.offset + (place - shape.start);
  image.machine.readStep(image.layout.bytes, at, last, image.low + place, step);
  visit(place, step, unknownState(image.machine));
}

/** Goes through one block from its leader, changing `state`; with `visit` only for what is wanted there. */
function block(
  run: Run,
  leader: number,
  state: State,
  seen: Set<number> | undefined,
  visit: Visit | undefined,
): void {
  const { image, shape } = run;
  const { blocks } = shape;
  const { bytes } = image.layout;
  const { readStep, kernelChanges } = image.machine;
  const last = shape.offset + (shape.end - shape.start);
  const inside = (place: number): boolean => place >= shape.start && place < shape.end;
  const read = (address: number, size: number): number | undefined =>
    readConstant(image, address, size);
  const moves = visit === undefined;
  for (let place = leader; place < shape.end; ) {
    if (place !== leader && blocks.at(place) >= 0) {
      if (moves) enter(run, place, state);
      return;
    }

    const length = readStep(
      bytes,
      shape.offset + (place - shape.start),
      last,
      image.low + place,
      step,
    );
    const target = step.target - image.low;
    const next = place + length;
    if (visit !== undefined && blocks.wanted.has(place) && !seen?.has(place)) {
      seen?.add(place);
      visit(place, step, state);
    }
    switch (step.flow) {
      case flow.next:
        applyStep(step, state, read);
        if (step.operation === operation.address) noteEscape(run, state);
        break;
      case flow.syscall:
      case flow.syscall32:
        clobber(state, kernelChanges);
        break;
      case flow.call:
      case flow.callIndirect:
        if (step.flow === flow.call && !shape.returns(target)) {
          if (!moves) run.behind.add(next);
          return;
        }
        afterCall(run, state);
        break;
      case flow.branch:
        if (moves && inside(target)) enter(run, target, state);
        break;
      case flow.jump:
        if (moves && inside(target)) enter(run, target, state);
        return;
      case flow.jumpIndirect:
        if (moves) for (const each of shape.tableTargets) enter(run, each, state);
        return;
      default:
        return;
    }
    place = next;
  }
  // The code runs on into the next function.
  if (visit === undefined || !blocks.wanted.has(shape.end)) return;
  seen?.add(shape.end);
  step.flow = flow.jump;
  step.target = image.low + shape.end;
  visit(shape.end, step, state);
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
