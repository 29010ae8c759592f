// Holds back what glibc's internal functions do until the program asks for it (glibc-conditions.ts): while the linker
// finds what can run, a step that waits for a condition is kept aside, and taken once the condition is met.
import { syscallNumbered } from '../../../kernel/syscalls.ts';
import { edge } from '../file/graph.ts';
import type { CodeSummary, Site } from '../file/summary.ts';
import {
  type Condition,
  conditions,
  hostLookups,
  knownReleases,
  opensslSeeding,
  tunable,
  unwinding,
} from './glibc-conditions.ts';
import type { LinkedFile } from './link.ts';

/** No condition: an index into what can wait is not negative. */
export const FREE = -1;
/** Waits for something outside: the environment, an old kernel, or a start of the loader as a program. */
const ON_REQUEST = conditions.length + hostLookups.length;

export interface HeldBack {
  /** The condition that a step from one function (-1: from a table) to another waits for; FREE where it may be taken. */
  edge(file: number, from: number, toFile: number, to: number): number;
  /** Whether a system call that a function itself makes waits for a condition that is not met. */
  holdsCall(file: number, index: number, call: number): boolean;
  /** To be told of every function that can run; `by` is the file of who refers to it. */
  reached(file: number, index: number, by: number): void;
  /** To be told when a function's address is taken, or it is called in a way that shows no arguments. */
  unknownCall(file: number, index: number, by: number): void;
  /** Conditions that were met since the last call. */
  takeMet(): readonly number[];
}

interface Part {
  /** Names that each exported function has. */
  readonly exports: ReadonlyMap<number, readonly string[]>;
  readonly spawnChild: number;
  /** __libc_message. */
  readonly message: number;
  /** Internal functions that ask for random numbers. */
  readonly seeders: ReadonlySet<number>;
  /** Internal functions that make `tunable.call` where GLIBC_TUNABLES asks for it. */
  readonly onTunable: ReadonlySet<number>;
  /** Functions in which the name of libgcc_s stands. */
  readonly unwinders: ReadonlySet<number>;
  readonly isLoader: boolean;
}

/** In the place of a file that refers to a function: the loader, which looks it up by name. */
export const BY_LOADER = -2;

/** Prepares the conditions for the files of a program. */
export function holdBack(files: readonly LinkedFile[]): HeldBack {
  const parts = files.map(glibcPart);
  const met = new Uint8Array(ON_REQUEST + 1);
  const traits = new Set(files.flatMap((file) => file.traits ?? []));
  let fresh: number[] = [];
  const meet = (at: number): void => {
    const { onlyWith } = conditions[at] ?? {};
    if (met[at] === 1 || (onlyWith !== undefined && !traits.has(onlyWith))) return;
    met[at] = 1;
    fresh.push(at);
  };
  const { byReached, byAsked, byGiven } = triggers(({ ifCalls }) => {
    if (ifCalls === undefined) return true;
    const [from, to] = ifCalls;
    return files.some(({ summary }, at) => {
      const exports = parts[at]?.exports;
      if (exports === undefined) return false;
      const callees = exportsNamed(exports, to);
      return [...exportsNamed(exports, from)].some((index) => callsNamed(summary, index, callees));
    });
  });
  const given = files.map(({ summary }, at) =>
    parts[at] === undefined ? symbolsNamed(summary, byGiven) : undefined,
  );
  const waitsForSeed = files.map(({ summary }) => defines(summary, opensslSeeding.exports));
  const onlyUnwinds = !files.some(({ summary: { symbols } }) =>
    symbols.some(({ name, isDefined }) => !isDefined && unwinding.unless.test(name)),
  );
  const unwinds = files.map(
    ({ summary, role }) => onlyUnwinds && role !== 'program' && defines(summary, unwinding.exports),
  );
  for (const [at, { whenFile }] of conditions.entries())
    if (whenFile?.some((trait) => traits.has(trait)) === true) met[at] = 1;
  const waiting = (part: Part, index: number, concerned: readonly number[]): number => {
    for (const at of concerned) {
      if (met[at] === 1) continue;
      const condition = conditions[at];
      if (condition && isWithin(condition, part, index, part.exports.get(index))) return at;
    }
    return FREE;
  };
  return {
    edge(file, from, toFile, to) {
      const part = parts[file];
      const target = parts[toFile];
      if (target === undefined) return FREE;
      if (part === undefined) {
        const called = target.exports.get(to) ?? [];
        const isHeld =
          (waitsForSeed[file] === true &&
            opensslSeeding.functions.some((name) => called.includes(name))) ||
          (unwinds[file] === true && unwinding.functions.some((name) => called.includes(name)));
        return isHeld ? ON_REQUEST : FREE;
      }
      // Only what needs it leads to the message that ends the process.
      if (file === toFile && from >= 0 && from === part.message) return FREE;
      const inner =
        target.message === to ? 'message' : target.unwinders.has(to) ? 'unwinder' : undefined;
      if (inner !== undefined) {
        const at = waiting(part, from, concerns.inner.get(inner) ?? none);
        if (at !== FREE) return at;
      }
      const names = target.exports.get(to);
      if (names === undefined)
        return file === toFile && isTunable(files[file]?.summary, from, to) ? ON_REQUEST : FREE;
      for (const name of names) {
        const lookup = lookupNamed(name);
        if (lookup !== FREE && met[lookup] === 0) return lookup;
        if (from < 0) continue;
        const at = waiting(part, from, concerns.functions.get(name) ?? none);
        if (at !== FREE) return at;
      }
      return FREE;
    },
    holdsCall(file, index, call) {
      const part = parts[file];
      if (part === undefined) return false;
      const name = syscallNumbered(files[file]?.summary.machine ?? 'x86_64', call)?.name ?? '';
      if (name === tunable.call && part.onTunable.has(index)) return true;
      return waiting(part, index, concerns.calls.get(name) ?? none) !== FREE;
    },
    reached(file, index, by) {
      const asked = by !== file && by !== BY_LOADER && parts[by] === undefined;
      for (const name of parts[file]?.exports.get(index) ?? []) {
        for (const at of byReached.get(name) ?? []) meet(at);
        if (asked) for (const at of byAsked.get(name) ?? []) meet(at);
      }
      const symbols = given[file];
      if (symbols === undefined || symbols.size === 0) return;
      const summary = files[file]?.summary;
      for (const site of summary?.sites[index] ?? []) {
        const name = summary?.symbols[site.symbol ?? 0]?.name ?? '';
        for (const at of symbols.get(site.symbol ?? 0) ?? []) if (asksFor(site, name, at)) meet(at);
      }
    },
    unknownCall(file, index, by) {
      if (by === file || parts[by] !== undefined) return;
      for (const name of parts[file]?.exports.get(index) ?? [])
        for (const at of byGiven.get(name) ?? []) meet(at);
    },
    takeMet() {
      const taken = fresh;
      fresh = [];
      return taken;
    },
  };
}

const defines = ({ symbols }: CodeSummary, wanted: readonly string[]): boolean =>
  wanted.every((each) => symbols.some(({ name, isDefined }) => isDefined && name === each));

/** What meets which condition, by the name of an exported function; `counts`: whether what is asked or reached does. */
function triggers(
  counts: (condition: Condition) => boolean,
): Record<'byReached' | 'byAsked' | 'byGiven', ReadonlyMap<string, number[]>> {
  const byReached = new Map<string, number[]>();
  const byAsked = new Map<string, number[]>();
  const byGiven = new Map<string, number[]>();
  for (const [at, condition] of conditions.entries()) {
    const { whenReached = [], whenAsked = [], whenGiven = [] } = condition;
    if (counts(condition)) {
      for (const name of whenReached) append(byReached, name, at);
      for (const name of whenAsked) append(byAsked, name, at);
    }
    for (const { name } of whenGiven) append(byGiven, name, at);
  }
  for (const [at, { whenReached }] of hostLookups.entries())
    for (const name of whenReached) append(byReached, name, conditions.length + at);
  return { byReached, byAsked, byGiven };
}

const none: readonly number[] = [];

/** The conditions that are about a system call, a function that is called by name, and one that has none. */
const concerns = (() => {
  const calls = new Map<string, number[]>();
  const functions = new Map<string, number[]>();
  const inner = new Map<string, number[]>();
  for (const [at, condition] of conditions.entries()) {
    for (const name of condition.calls ?? []) {
      append(calls, name, at);
      append(functions, name, at);
    }
    for (const name of condition.functions ?? []) append(functions, name, at);
    if (condition.inner !== undefined) append(inner, condition.inner, at);
  }
  return { calls, functions, inner };
})();

function append(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function symbolsNamed(
  { symbols }: CodeSummary,
  names: ReadonlyMap<string, number[]>,
): ReadonlyMap<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [at, { name, isDefined }] of symbols.entries()) {
    const conditionsOf = isDefined ? undefined : names.get(name);
    if (conditionsOf !== undefined) found.set(at, conditionsOf);
  }
  return found;
}

/** Whether a call of a function passes what a condition is about, or what could not be told. */
function asksFor({ values }: Site, name: string, at: number): boolean {
  return (conditions[at]?.whenGiven ?? []).some((asked) => {
    if (asked.name !== name) return false;
    const { numbers, entries } = values[asked.position] ?? {};
    if (numbers === undefined || entries !== undefined) return true;
    return numbers.some(
      (number) => asked.numbers?.includes(number) === true || (number & (asked.bits ?? 0)) !== 0,
    );
  });
}

function isWithin(
  { within }: Condition,
  part: Part,
  index: number,
  own: readonly string[] | undefined,
): boolean {
  switch (within.kind) {
    case 'spawn-child':
      return index === part.spawnChild;
    case 'function':
      return own?.includes(within.name) === true;
    case 'anywhere':
      return true;
    case 'loader':
      return part.isLoader;
    case 'seeder':
      return part.seeders.has(index);
    default:
      return own === undefined || within.and.some((name) => own.includes(name));
  }
}

function lookupNamed(symbol: string): number {
  if (!symbol.startsWith('_nss_')) return FREE;
  const asked = /^_nss_[a-z0-9]+_(\w+)$/.exec(symbol)?.[1];
  const at = hostLookups.findIndex(({ name }) => name === asked);
  return at < 0 ? FREE : conditions.length + at;
}

/** Whether `from` gives the address of `to` to what calls it only when GLIBC_TUNABLES asks for it. */
function isTunable(summary: CodeSummary | undefined, from: number, to: number): boolean {
  const address = summary?.starts[to];
  if (summary === undefined || address === undefined) return false;
  if (summary.edges[from]?.includes(to * 4 + edge.call) === true) return false;
  return (summary.sites[from] ?? []).some(
    ({ via, symbol, values }) =>
      via === 'import' &&
      summary.symbols[symbol ?? 0]?.name === tunable.name &&
      values[tunable.position]?.numbers?.includes(address) === true,
  );
}

/** What is needed of a part of glibc; undefined for other files and for releases that nobody has read. */
function glibcPart({ summary, role }: LinkedFile): Part | undefined {
  let isPart = false;
  const exports = new Map<number, string[]>();
  for (const { isDefined, name, version, function: index } of summary.symbols) {
    if (!isDefined || version === undefined) continue;
    if (version === 'GLIBC_PRIVATE') isPart = true;
    const release = Number(/^GLIBC_2\.(\d+)/.exec(version)?.[1] ?? 0);
    if (release > knownReleases.to) return undefined;
    if (index === undefined || index < 0) continue;
    const names = exports.get(index);
    if (names === undefined) exports.set(index, [name]);
    else if (!names.includes(name)) names.push(name);
  }
  if (!isPart) return undefined;
  return {
    exports,
    spawnChild: spawnChildOf(summary, exports),
    message: messageOf(summary, exports),
    seeders: seedersOf(summary, exports),
    onTunable: onTunableOf(summary, exports),
    unwinders: new Set(
      Object.entries(summary.libraries).flatMap(([index, names]) =>
        names.includes('libgcc_s.so.1') ? [Number(index)] : [],
      ),
    ),
    isLoader: role === 'loader',
  };
}

const callsNamed = ({ edges }: CodeSummary, index: number, named: ReadonlySet<number>): boolean =>
  edges[index]?.some((each) => (each & 3) === edge.call && named.has(each >> 2)) === true;

const exportsNamed = (exports: Part['exports'], name: string): ReadonlySet<number> =>
  new Set([...exports].flatMap(([index, names]) => (names.includes(name) ? [index] : [])));

function makesCall({ sites, machine }: CodeSummary, index: number, call: string): boolean {
  return (sites[index] ?? []).some(
    ({ via, values }) =>
      via === 'native' &&
      values[0]?.numbers?.some((number) => syscallNumbered(machine, number)?.name === call),
  );
}

/** Internal functions that call getrandom, or make that call themselves. */
function seedersOf(summary: CodeSummary, exports: Part['exports']): ReadonlySet<number> {
  const getrandom = exportsNamed(exports, 'getrandom');
  const found = new Set<number>();
  for (let index = 0; index < summary.starts.length; index++)
    if (
      !exports.has(index) &&
      (callsNamed(summary, index, getrandom) || makesCall(summary, index, 'getrandom'))
    )
      found.add(index);
  return found;
}

/** Internal functions that ask for a tunable and make the call that depends on it. */
function onTunableOf(summary: CodeSummary, exports: Part['exports']): ReadonlySet<number> {
  const asked = exportsNamed(exports, tunable.name);
  const imports = new Set(
    summary.symbols.flatMap(({ name, isDefined }, at) =>
      !isDefined && name === tunable.name ? [at] : [],
    ),
  );
  const asks = (index: number): boolean =>
    callsNamed(summary, index, asked) ||
    (summary.sites[index] ?? []).some(
      ({ via, symbol }) => via === 'import' && imports.has(symbol ?? 0),
    );
  const found = new Set<number>();
  for (const key of Object.keys(summary.sites)) {
    const index = Number(key);
    if (!exports.has(index) && makesCall(summary, index, tunable.call) && asks(index))
      found.add(index);
  }
  return found;
}

/** The internal function that makes writev and calls abort, itself or in a part that compilers put apart (2.41). */
function messageOf(summary: CodeSummary, exports: Part['exports']): number {
  const aborts = exportsNamed(exports, 'abort');
  const endsIn = (index: number): boolean => callsNamed(summary, index, aborts);
  const parts = (index: number): readonly number[] =>
    (summary.edges[index] ?? []).flatMap((each) =>
      (each & 3) === edge.call && !exports.has(each >> 2) ? [each >> 2] : [],
    );
  for (const key of Object.keys(summary.sites)) {
    const index = Number(key);
    if (exports.has(index) || !makesCall(summary, index, 'writev')) continue;
    if (endsIn(index) || parts(index).some(endsIn)) return index;
  }
  return -1;
}

/** The internal function with instructions of its own for setresuid and setresgid. */
function spawnChildOf(summary: CodeSummary, exports: Part['exports']): number {
  for (const key of Object.keys(summary.sites)) {
    const index = Number(key);
    if (exports.has(index) || !makesCall(summary, index, 'setresuid')) continue;
    if (makesCall(summary, index, 'setresgid')) return index;
  }
  return -1;
}
