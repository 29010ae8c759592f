// What one function does about one error of a call that it makes: what happens with the error, held against what happens
// without it.
import { type CodeReaction, effect, errorValue } from './code-reaction.ts';
import { courseFrom } from './reaction-machine.ts';
import { exitFunctions, tellingFunctions } from './reaction-names.ts';
import {
  type Callee,
  calleeKind,
  type Surroundings,
  unknownCallee,
} from './reaction-surroundings.ts';
import { followToDecision, followToEnds, type Trace, traceFrom } from './reaction-trace.ts';
import {
  type Amount,
  anything,
  asReturned,
  between,
  exactly,
  isExact,
  mark,
} from './reaction-value.ts';
import { type CallPlace, type CodeView, surroundings } from './reaction-view.ts';

const maxInstead = 6;
/** Functions that are followed from their beginning, in bytes. */
const maxSmall = 256;
/** What functions return when they work: an address, a number that is not negative. */
export const nonZero = between(1, 2 ** 47);
export const count = between(0, 0x7fff_ffff);

/** An error that a callee returns. */
export interface Fallible {
  readonly callee: Callee;
  readonly value: number;
  /** What it returns when it works. */
  readonly success: Amount;
  readonly level: number;
  /** Errors still to be looked at. */
  readonly errnos: number;
}

/** A reaction, and what asking for other errors needs. */
export interface Looked {
  readonly reaction: CodeReaction;
  readonly comparedWith: ReadonlySet<number>;
  /** What the function returns without the error, for an error value of its own. */
  readonly success: (value: number) => Amount;
}

function numberOf(value: number, errno: number): number {
  if (value === errorValue.errno) return errno;
  return value === errorValue.negative ? -errno : value;
}

/** Follows one error from one call; `known`: what happens without it, kept for other errors of the same call. */
export function reactionAt(
  view: CodeView,
  { caller, place, isJump }: CallPlace,
  fallible: Fallible,
  errno: number,
  known: Map<Amount, Trace>,
): Looked {
  const { image } = view.input;
  const base = {
    function: caller,
    address: place + image.low,
    cause: fallible.callee,
    value: fallible.value,
    errnos: 0,
  };
  if (isJump) {
    return {
      reaction: { ...base, effects: 0, returns: [fallible.value], instead: [] },
      comparedWith: new Set(),
      success: () => fallible.success,
    };
  }
  const around = surroundings(view, view.input.functions.at(place));
  const { machine } = around;
  const length = around.stretchAt(place)[0]?.length ?? 1;
  const value = exactly(numberOf(fallible.value, errno), true);
  const error = exactly(errno, true);
  const fault = { callee: fallible.callee, value, errno: error };
  const from = place + length;
  const run = traceFrom(around, from, courseFrom(machine, value, error), fault);
  if (isEnding(around, fallible.callee)) {
    // What comes next is often in a register from before (glibc up to 2.40: exit, where there is no exit_group).
    const isSmall = around.end - around.start <= maxSmall;
    const after = isSmall
      ? traceFrom(around, around.start, courseFrom(machine, anything, anything), fault)
      : traceFrom(around, from, courseFrom(machine, value, error), undefined);
    return {
      reaction: { ...base, ...behindEnd(followToEnds(after), fallible.callee) },
      comparedWith: new Set(),
      success: () => fallible.success,
    };
  }
  const first = followToDecision(run);
  if (!first.decided) {
    const returns = new Set<number>();
    let goesOn = first.merged;
    for (const { value: returned } of first.endings) {
      if (returned?.marked === true && isExact(returned)) returns.add(errorOf(returned, errno));
      else goesOn = true;
    }
    const effects =
      (goesOn ? effect.goesOn : 0) |
      (first.cut ? effect.cut : 0) |
      (returns.size === 0 ? effect.ignores : 0);
    return {
      reaction: { ...base, effects, returns: [...returns], instead: [] },
      comparedWith: first.comparedWith,
      success: () => fallible.success,
    };
  }
  const failed = followToEnds(run);
  const course = courseFrom(machine, mark(fallible.success, true), anything);
  const worked =
    known.get(fallible.success) ?? followToEnds(traceFrom(around, from, course, undefined));
  known.set(fallible.success, worked);
  return { ...compared(view, base, failed, worked, errno), comparedWith: failed.comparedWith };
}

function isEnding(around: Surroundings, callee: Callee): boolean {
  if (callee === unknownCallee) return false;
  const [kind, number] = calleeKind(callee);
  return kind === 'syscall' && around.isExit(number);
}

/**
 * What comes behind a call that does not come back when it works, so that nothing there is done otherwise: code that cannot
 * go on (glibc's hlt), another call that ends the program (musl's exit), or the same one for ever.
 */
function behindEnd(
  { deadEnds, endings, cut }: Trace,
  callee: Callee,
): Pick<CodeReaction, 'effects' | 'returns' | 'instead'> {
  const ends = [...deadEnds.values()].map((seen) => seen.callee);
  const others = ends.filter((other) => other !== unknownCallee && other !== callee);
  const isOver = ends.length > others.length || (ends.length === 0 && endings.length === 0);
  const returns = endings.some(({ value }) => value !== undefined);
  const effects =
    (isOver ? effect.ends : 0) |
    (others.length > 0 || returns ? effect.goesOn : 0) |
    (cut ? effect.cut : 0);
  return { effects, returns: [], instead: others.slice(0, maxInstead) };
}

/** The value of an error that a function returns. */
function errorOf(value: Amount, errno: number): number {
  const number = asReturned(value);
  if (value.marked && number === errno) return errorValue.errno;
  if (value.marked && number === -errno) return errorValue.negative;
  return number;
}

function compared(
  view: CodeView,
  base: Omit<CodeReaction, 'effects' | 'returns' | 'instead'>,
  failed: Trace,
  worked: Trace,
  errno: number,
): Omit<Looked, 'comparedWith'> {
  let effects = failed.cut || worked.cut ? effect.cut : 0;
  if (failed.merged) effects |= effect.goesOn;
  const mayReturn = worked.endings.some(({ value }) => value !== undefined);
  const maySaveWords = worked.endings.some(({ told }) => !told);
  let isTheReason = false;
  if (failed.endings.length > 0) {
    const allDie = failed.endings.every(({ value }) => value === undefined);
    isTheReason = allDie && mayReturn && !failed.merged;
    if (allDie && mayReturn) effects |= effect.ends;
    if (maySaveWords && failed.endings.every(({ told }) => told)) effects |= effect.tells;
  }
  for (const [place, { callee, first }] of failed.deadEnds) {
    if (worked.deadEnds.has(place) || worked.calls.has(place)) {
      // Other errors may lead to the same end, which compilers write once; where every way of this one does, it is the reason.
      if (!isTheReason) effects |= effect.goesOn;
      continue;
    }
    const isExit =
      callee !== unknownCallee &&
      (calleeKind(callee)[0] === 'syscall' || exitFunctions.has(view.names(callee)));
    if (isExit && isExact(first) && first.low === 0) effects |= effect.leavesOut;
    else effects |= effect.ends;
  }
  const instead = new Set<Callee>();
  for (const [place, { callee }] of failed.calls) {
    if (worked.calls.has(place) || callee === unknownCallee) continue;
    if (tellingFunctions.has(view.names(callee)) || view.telling.has(callee))
      effects |= effect.tells;
    else if (instead.size < maxInstead) instead.add(callee);
  }
  for (const place of worked.calls.keys())
    if (!failed.calls.has(place)) effects |= effect.leavesOut;
  const usual = valuesOf(worked);
  const wrong = valuesOf(failed);
  // Where every way gives a few numbers, and without the error others come, too, those numbers are the error.
  const isError =
    !wrong.isOpen &&
    !failed.merged &&
    wrong.numbers.size > 0 &&
    !(wrong.numbers.size > 1 && [...wrong.numbers].every((number) => isUsual(usual, number))) &&
    (usual.isOpen || [...usual.numbers].some((number) => !wrong.numbers.has(number)));
  const returns = new Set<number>();
  for (const { value } of failed.endings) {
    if (value === undefined) continue;
    if (isExact(value) && (isError || !isUsual(usual, asReturned(value))))
      returns.add(errorOf(value, errno));
    else effects |= effect.goesOn;
  }
  return {
    reaction: { ...base, effects, returns: [...returns], instead: [...instead] },
    success(value) {
      const others = [...usual.numbers].filter((number) => number !== value);
      if (!usual.isOpen && others.length > 0)
        return between(Math.min(...others), Math.max(...others));
      if (value === 0) return nonZero;
      return value === -1 ? count : exactly(0);
    },
  };
}

interface Returned {
  readonly numbers: ReadonlySet<number>;
  /** Others may come. */
  readonly isOpen: boolean;
  /** Either 0 or 1 comes, and the code does not tell which. */
  readonly isEither: boolean;
}

const isUsual = ({ numbers, isEither }: Returned, number: number): boolean =>
  numbers.has(number) || (isEither && (number === 0 || number === 1));

/** Numbers that a function returns. */
function valuesOf({ endings, merged }: Trace): Returned {
  const numbers = new Set<number>();
  let isOpen = merged;
  let isEither = false;
  for (const { value } of endings) {
    if (value === undefined) continue;
    if (isExact(value)) numbers.add(asReturned(value));
    else {
      isOpen = true;
      if (value.base === 0 && value.low === 0 && value.high === 1) isEither = true;
    }
  }
  return { numbers, isOpen, isEither };
}
