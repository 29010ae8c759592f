// What a file's code does when system calls fail: from each place that enters the kernel, and each call of an imported
// function that may return a kernel's error, the error is followed to where it is dealt with; where a function hands it on
// to its callers, each of them is looked at, and theirs in turn. Depends on nothing but the file's bytes.
import { flow, makeStep, type Step } from '../../isa/insn.ts';
import { syscallNumbered } from '../../kernel/syscalls.ts';
import { rangeAt, readConstant } from './code-image.ts';
import { errnoNumbers, missingErrnos } from './reaction.ts';
import { blocksOf } from './reaction-blocks.ts';
import { type Course, courseFrom } from './reaction-machine.ts';
import {
  allocators,
  countFunctions,
  endingFunctions,
  endingWithStatus,
  errnoLocations,
  exitFunctions,
  mayReturnError,
  tellingFunctions,
} from './reaction-names.ts';
import {
  type Callee,
  calleeKind,
  importCallee,
  type Surroundings,
  syscallCallee,
  unknownCallee,
} from './reaction-surroundings.ts';
import { followCode, type Trace } from './reaction-trace.ts';
import {
  type Amount,
  anything,
  asReturned,
  between,
  exactly,
  isExact,
  mark,
} from './reaction-value.ts';
import { reference } from './references.ts';
import type { SiteInput } from './sites.ts';
import type { Site } from './summary.ts';

/** What one function does on one error, as far as the function itself tells. */
export interface CodeReaction {
  readonly function: number;
  /** Of the call that fails. */
  readonly address: number;
  /** What fails: see calleeKind; `unknownCallee`: a system call whose number is not told there. */
  readonly cause: Callee;
  /** What the cause returns: see errorValue. */
  readonly value: number;
  /** For which errors; bit mask by the order of missingErrnos. */
  readonly errnos: number;
  /** Bit mask of `effect`. */
  readonly effects: number;
  /** Values that it returns to its callers because of the error. */
  readonly returns: readonly number[];
  /** What is called only when it failed. */
  readonly instead: readonly Callee[];
}

/** Bits of CodeReaction.effects: what some way behind the error does. */
export const effect = {
  /** Ends the program, or throws. */
  ends: 1,
  /** Says something. */
  tells: 2,
  /** Goes on, or returns, as it does without the error. */
  goesOn: 4,
  /** Leaves calls out that it makes without the error. */
  leavesOut: 8,
  /** Not all ways were followed. */
  cut: 16,
  /** The error is not looked at. */
  ignores: 32,
} as const;

/** Values of errors: a number, or these for the errno itself and its negative. */
export const errorValue = { errno: 0x10000, negative: -0x10000 } as const;

const exitCalls: ReadonlySet<string> = new Set(['exit', 'exit_group']);

const maxCallers = 300;
const maxReactions = 30_000;
const maxLevel = 10;
const maxInstead = 6;
/** Values that a program's result or an allocator's address may have. */
const nonZero = between(1, 2 ** 47);
const count = between(0, 0x7fff_ffff);

interface CallPlace {
  readonly caller: number;
  readonly place: number;
  /** A jump: the callee returns in the caller's place. */
  readonly isJump: boolean;
}

/** An error that a callee returns. */
interface Fallible {
  readonly callee: Callee;
  readonly value: number;
  /** What it returns when it works. */
  readonly success: Amount;
  readonly level: number;
  /** Errors still to be looked at. */
  readonly errnos: number;
}

interface Search {
  readonly input: SiteInput;
  readonly callers: ReadonlyMap<Callee, readonly CallPlace[]>;
  readonly around: Map<number, Surroundings>;
  /** Parts of functions that lie apart, with the function that they belong to. */
  readonly owners: ReadonlyMap<number, number>;
  /** Errors that were looked at, by callee and value. */
  readonly done: Map<string, number>;
  readonly queue: Fallible[];
  readonly found: CodeReaction[];
  readonly telling: ReadonlySet<number>;
  readonly skipped: ReadonlySet<number>;
  readonly calleeOf: (place: number) => Callee;
  readonly names: (callee: Callee) => string;
}

const allErrnos = (1 << missingErrnos.length) - 1;

/** Finds the reactions of a file; `sites` are its places that enter the kernel. */
export function findReactions(
  input: SiteInput,
  sites: ReadonlyMap<number, readonly Site[]>,
): CodeReaction[] {
  const search = startSearch(input);
  for (const [index, list] of sites) ownSites(search, index, list);
  // Go's functions hand errors on in ways of their own.
  if (input.image.isGo) return search.found;
  for (const { index, name, version, isDefined } of input.image.symbols) {
    if (isDefined || !mayReturnError(name, version)) continue;
    for (const [value, success] of conventionsOf(name))
      ask(search, importCallee(index), value, success, 0, allErrnos);
  }
  for (let next = search.queue.shift(); next !== undefined; next = search.queue.shift()) {
    if (search.found.length > maxReactions) break;
    callersOf(search, next);
  }
  return search.found;
}

/** What functions of the C library return on an error: -1, NULL, or the errno; by the habits of their families. */
function conventionsOf(name: string): readonly (readonly [number, Amount])[] {
  if (
    /^_*(?:pthread|thrd|posix_|getaddrinfo|getpw\w+_r|getgr\w+_r|getnameinfo|tcgetattr_r)/.test(
      name,
    )
  )
    return [[errorValue.errno, exactly(0)]];
  if (/^_*(?:f|fd|p|tmp|freo|op|mq_)?(?:open|open64)(?:64|dir|at)?$/.test(name)) {
    return /^_*(?:open|openat|open64|openat64|mq_open)(?:64)?$/.test(name)
      ? [[-1, count]]
      : [[0, nonZero]];
  }
  if (
    /^_*(?:getcwd|realpath|canonicalize|readdir|getpw|getgr|getsp|gethostby|getserv|getproto|tmpfile|ttyname$|setmnt|getmnt|fget|mkdtemp|opendir|fdopendir|getlogin$|popen|fopen|freopen|fdopen)/.test(
      name,
    )
  )
    return [[0, nonZero]];
  return [[-1, countFunctions.has(name) ? count : exactly(0)]];
}

function startSearch(input: SiteInput): Search {
  const { image, references, functions, graph } = input;
  const stubs = new Map<number, Callee>();
  for (let index = 0; index < functions.starts.length; index++) {
    const symbol = graph.stubOf(index);
    if (symbol !== 0) stubs.set(index, importCallee(symbol));
  }
  const symbolNames = new Map(image.symbols.map(({ index, name }) => [index, name]));
  const ownNames = new Map<number, string>();
  for (const table of [image.statics, image.symbols])
    for (const { isDefined, name, address } of table) {
      const index = isDefined ? functions.startingAt(address - image.low) : -1;
      if (index >= 0 && name !== '' && !ownNames.has(index)) ownNames.set(index, name);
    }
  const names = (callee: Callee): string => {
    const [kind, index] = calleeKind(callee);
    return kind === 'symbol'
      ? (symbolNames.get(index) ?? '')
      : kind === 'function'
        ? (ownNames.get(index) ?? '')
        : '';
  };
  const calleeOf = (place: number): Callee => {
    const index = functions.startingAt(place);
    return index < 0 ? unknownCallee : (stubs.get(index) ?? index);
  };
  const owners = partOwners(input);
  const callers = new Map<Callee, CallPlace[]>();
  const telling = new Set<number>();
  for (let at = 0; at < references.count; at++) {
    const kind = references.kinds[at];
    const isCall = kind === reference.call || kind === reference.callThrough;
    const isJump =
      kind === reference.jump || kind === reference.branch || kind === reference.jumpThrough;
    if (!isCall && !isJump) continue;
    const through = kind === reference.callThrough || kind === reference.jumpThrough;
    const place = references.from[at] ?? -1;
    const to = references.to[at] ?? -1;
    let callee = unknownCallee;
    if (through) {
      const symbol = graph.symbolAt(to);
      if (symbol !== 0) callee = importCallee(symbol);
    } else callee = calleeOf(to);
    if (callee === unknownCallee) continue;
    const within = functions.at(place);
    const caller = owners.get(within) ?? within;
    if (caller < 0 || caller === callee || stubs.has(within)) continue;
    // A jump to a part of the same function is none of a callee.
    if (isJump && owners.has(callee)) continue;
    if (tellingFunctions.has(names(callee))) telling.add(caller);
    const known = callers.get(callee);
    const found = { caller, place, isJump };
    if (known === undefined) callers.set(callee, [found]);
    else known.push(found);
  }
  const skipped = new Set<number>();
  for (const [index, name] of ownNames) if (allocators.has(name)) skipped.add(index);
  return {
    input,
    callers,
    around: new Map(),
    owners,
    done: new Map(),
    queue: [],
    found: [],
    telling,
    skipped,
    calleeOf,
    names,
  };
}

/**
 * Parts of functions that compilers put apart (".cold"): nobody calls them or takes their address, and one function jumps
 * there.
 */
function partOwners({ references, functions, image }: SiteInput): Map<number, number> {
  const jumpedFrom = new Map<number, number>();
  const others = new Set<number>([
    image.layout.entry === 0 ? -1 : functions.at(image.layout.entry - image.low),
  ]);
  for (let at = 0; at < references.count; at++) {
    const to = references.to[at] ?? -1;
    const kind = references.kinds[at];
    if (kind === reference.call || kind === reference.point) {
      const index = functions.startingAt(to);
      if (index >= 0) others.add(index);
    } else if (kind === reference.jump || kind === reference.branch) {
      const index = functions.at(to);
      const from = functions.at(references.from[at] ?? -1);
      if (index < 0 || from < 0 || index === from) continue;
      const known = jumpedFrom.get(index);
      if (known === undefined) jumpedFrom.set(index, from);
      else if (known !== from) others.add(index);
    }
  }
  for (const table of [image.symbols, image.statics])
    for (const { isDefined, address, name } of table)
      if (isDefined && !/\.(?:cold|part|constprop|isra)/.test(name))
        others.add(functions.startingAt(address - image.low));
  const owners = new Map<number, number>();
  for (const [part, from] of jumpedFrom) if (!others.has(part)) owners.set(part, from);
  // A part of a part belongs to the whole.
  for (const [part, from] of owners) {
    let owner = from;
    for (let depth = 0; depth < 4; depth++) owner = owners.get(owner) ?? owner;
    if (owner === part) owners.delete(part);
    else owners.set(part, owner);
  }
  return owners;
}

function surroundings(search: Search, index: number): Surroundings {
  const known = search.around.get(index);
  if (known !== undefined) return known;
  const { image, functions, graph, references } = search.input;
  const start = functions.starts[index] ?? 0;
  const end = functions.ends[index] ?? 0;
  const tableTargets = [...(graph.tableTargets.get(index) ?? [])];
  const leaders = new Set(tableTargets);
  const [first, last] = graph.references(index);
  for (let at = first; at < last; at++) {
    const kind = references.kinds[at];
    const place = references.to[at] ?? -1;
    if ((kind === reference.jump || kind === reference.branch) && place >= start && place < end)
      leaders.add(place);
  }
  const range = rangeAt(image.code, start + image.low);
  const stretches = new Map<number, readonly Step[]>();
  let blockAt: Surroundings['blockAt'];
  const made: Surroundings = {
    machine: image.machine,
    bytes: image.layout.bytes,
    low: image.low,
    start,
    end,
    offset: range === undefined ? 0 : range.offset + (start + image.low - range.address),
    read: (address, size) => readConstant(image, address, size),
    tableTargets,
    leaders,
    partAt(place) {
      const at = functions.at(place);
      if (at < 0 || at === index) return undefined;
      if (functions.starts[at] === place && !search.owners.has(at)) return undefined;
      return surroundings(search, at);
    },
    blockAt: (place) => blockAt(place),
    stretchAt(place) {
      const before = stretches.get(place);
      if (before !== undefined) return before;
      const read = readStretch(made, place);
      stretches.set(place, read);
      return read;
    },
    isExit: (number) => exitCalls.has(syscallNumbered(image.machine.abi, number)?.name ?? ''),
    inside: (callee) =>
      callee !== unknownCallee && calleeKind(callee)[0] === 'function'
        ? surroundings(search, callee)
        : undefined,
    tells: (callee) =>
      callee !== unknownCallee &&
      (search.telling.has(callee) || tellingFunctions.has(search.names(callee))),
    calleeAt: search.calleeOf,
    calleeThrough(place) {
      const symbol = graph.symbolAt(place);
      return symbol === 0 ? unknownCallee : importCallee(symbol);
    },
    returns: (callee, first) => comesBack(search, callee, first),
    isErrnoLocation: (callee) => errnoLocations.has(search.names(callee)),
  };
  blockAt = blocksOf(made);
  search.around.set(index, made);
  return made;
}

/** Bytes of code that are kept decoded for one stretch at most. */
const maxStretch = 2048;

function readStretch(around: Surroundings, from: number): readonly Step[] {
  const { machine, bytes, low, start, end, offset } = around;
  const steps: Step[] = [];
  for (let place = from; place < end && place - from < maxStretch; ) {
    const step = makeStep();
    place += machine.readStep(
      bytes,
      offset + (place - start),
      offset + (end - start),
      low + place,
      step,
    );
    steps.push(step);
    if (step.flow !== flow.next) break;
  }
  return steps;
}

function comesBack(search: Search, callee: Callee, first: Amount): boolean {
  const [kind, index] = calleeKind(callee);
  const name = search.names(callee);
  if (endingFunctions.has(name)) return false;
  if (endingWithStatus.has(name)) return !(isExact(first) && first.low !== 0);
  return kind !== 'function' || !search.input.graph.neverReturns(index);
}

/** The places of one function that enter the kernel. */
function ownSites(search: Search, index: number, sites: readonly Site[]): void {
  const { functions, image } = search.input;
  const seen = new Set<number>();
  for (const { via, address, values } of sites) {
    const place = address - image.low;
    if (via !== 'native' || seen.has(place) || functions.at(place) !== index) continue;
    seen.add(place);
    const [number] = values[0]?.numbers ?? [];
    const cause =
      number === undefined || values[0]?.numbers?.length !== 1
        ? unknownCallee
        : syscallCallee(number);
    look(
      search,
      { caller: search.owners.get(index) ?? index, place, isJump: false },
      {
        callee: cause,
        value: errorValue.negative,
        success: countFunctions.has(syscallNumbered(image.machine.abi, number ?? -1)?.name ?? '')
          ? count
          : exactly(0),
        level: 0,
        errnos: allErrnos,
      },
    );
  }
}

function ask(
  search: Search,
  callee: Callee,
  value: number,
  success: Amount,
  level: number,
  errnos: number,
): void {
  if (level > maxLevel || search.skipped.has(callee)) return;
  const key = `${callee} ${value}`;
  const done = search.done.get(key) ?? 0;
  const rest = errnos & ~done;
  if (rest === 0) return;
  search.done.set(key, done | rest);
  search.queue.push({ callee, value, success, level, errnos: rest });
}

function callersOf(search: Search, fallible: Fallible): void {
  const callers = search.callers.get(fallible.callee) ?? [];
  if (callers.length > maxCallers) return;
  for (const place of callers) look(search, place, fallible);
}

/** What a caller does about an error, for each errno that makes a difference. */
function look(search: Search, place: CallPlace, fallible: Fallible): void {
  let rest = fallible.errnos;
  const worked = new Map<Amount, Trace>();
  for (const [bit, errno] of missingErrnos.entries()) {
    if (!(rest & (1 << bit))) continue;
    const number = errnoNumbers[errno];
    const { reaction, comparedWith, success } = reactionAt(search, place, fallible, number, worked);
    let mask = 1 << bit;
    for (const [other, name] of missingErrnos.entries()) {
      if (other === bit || !(rest & (1 << other))) continue;
      if (
        !comparedWith.has(Number.NaN) &&
        !comparedWith.has(number) &&
        !comparedWith.has(errnoNumbers[name])
      )
        mask |= 1 << other;
    }
    rest &= ~mask;
    search.found.push({ ...reaction, errnos: mask });
    for (const value of reaction.returns)
      ask(search, place.caller, value, success(value), fallible.level + 1, mask);
  }
}

interface Looked {
  readonly reaction: CodeReaction;
  readonly comparedWith: ReadonlySet<number>;
  /** What the function returns without the error, for an error value of its own. */
  readonly success: (value: number) => Amount;
}

function numberOf(value: number, errno: number): number {
  if (value === errorValue.errno) return errno;
  return value === errorValue.negative ? -errno : value;
}

function reactionAt(
  search: Search,
  { caller, place, isJump }: CallPlace,
  fallible: Fallible,
  errno: number,
  known: Map<Amount, Trace>,
): Looked {
  const { image } = search.input;
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
  const around = surroundings(search, search.input.functions.at(place));
  const { machine } = around;
  const length = around.stretchAt(place)[0]?.length ?? 1;
  const value = exactly(numberOf(fallible.value, errno), true);
  const error = exactly(errno, true);
  const fault = { callee: fallible.callee, value, errno: error };
  const from = place + length;
  const start = (): Course => courseFrom(machine, value, error);
  const first = followCode(around, from, start(), fault, 'decision');
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
  const failed = followCode(around, from, start(), fault, 'ends');
  const course = courseFrom(machine, mark(fallible.success, true), anything);
  const worked = known.get(fallible.success) ?? followCode(around, from, course, undefined, 'ends');
  known.set(fallible.success, worked);
  return { ...compared(search, base, failed, worked, errno), comparedWith: failed.comparedWith };
}

/** The value of an error that a function returns. */
function errorOf(value: Amount, errno: number): number {
  const number = asReturned(value);
  if (value.marked && number === errno) return errorValue.errno;
  if (value.marked && number === -errno) return errorValue.negative;
  return number;
}

function compared(
  search: Search,
  base: Omit<CodeReaction, 'effects' | 'returns' | 'instead'>,
  failed: Trace,
  worked: Trace,
  errno: number,
): Omit<Looked, 'comparedWith'> {
  let effects = failed.cut || worked.cut ? effect.cut : 0;
  if (failed.merged) effects |= effect.goesOn;
  const mayReturn = worked.endings.some(({ value }) => value !== undefined);
  const maySaveWords = worked.endings.some(({ told }) => !told);
  if (failed.endings.length > 0) {
    if (mayReturn && failed.endings.every(({ value }) => value === undefined))
      effects |= effect.ends;
    if (maySaveWords && failed.endings.every(({ told }) => told)) effects |= effect.tells;
  }
  for (const [place, { callee, first }] of failed.deadEnds) {
    if (worked.deadEnds.has(place) || worked.calls.has(place)) continue;
    const isExit =
      callee !== unknownCallee &&
      (calleeKind(callee)[0] === 'syscall' || exitFunctions.has(search.names(callee)));
    if (isExit && isExact(first) && first.low === 0) effects |= effect.leavesOut;
    else effects |= effect.ends;
  }
  const instead = new Set<Callee>();
  for (const [place, { callee }] of failed.calls) {
    if (worked.calls.has(place) || callee === unknownCallee) continue;
    if (tellingFunctions.has(search.names(callee)) || search.telling.has(callee))
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
    (usual.isOpen || [...usual.numbers].some((number) => !wrong.numbers.has(number)));
  const returns = new Set<number>();
  for (const { value } of failed.endings) {
    if (value === undefined) continue;
    if (isExact(value) && (isError || !usual.numbers.has(asReturned(value))))
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

/** Numbers that a function returns, and whether others may come. */
function valuesOf({ endings, merged }: Trace): {
  readonly numbers: ReadonlySet<number>;
  readonly isOpen: boolean;
} {
  const numbers = new Set<number>();
  let isOpen = merged;
  for (const { value } of endings) {
    if (value === undefined) continue;
    if (isExact(value)) numbers.add(asReturned(value));
    else isOpen = true;
  }
  return { numbers, isOpen };
}
