// What a file's code does when system calls fail: from each place that enters the kernel, and each call of an imported
// function that may return a kernel's error, the error is followed to where it is dealt with; where a function hands it on
// to its callers, each of them is looked at, and theirs in turn. Depends on nothing but the file's bytes.
import { syscallNumbered } from '../../../kernel/syscalls.ts';
import type { SiteInput } from '../file/sites.ts';
import type { Site } from '../file/summary.ts';
import { type CodeReaction, errorValue } from './code-reaction.ts';
import { errnoNumbers, missingErrnos } from './reaction.ts';
import { count, type Fallible, nonZero, reactionAt } from './reaction-function.ts';
import { countFunctions, mayReturnError } from './reaction-names.ts';
import {
  type Callee,
  importCallee,
  syscallCallee,
  unknownCallee,
} from './reaction-surroundings.ts';
import type { Trace } from './reaction-trace.ts';
import { type Amount, exactly } from './reaction-value.ts';
import { type CallPlace, type CodeView, viewCode } from './reaction-view.ts';

const maxCallers = 300;
const maxReactions = 30_000;
const maxLevel = 10;

interface Search {
  readonly view: CodeView;
  /** Errors that were looked at, by callee and value. */
  readonly done: Map<string, number>;
  readonly queue: Fallible[];
  readonly found: CodeReaction[];
}

const allErrnos = (1 << missingErrnos.length) - 1;

/** Finds the reactions of a file; `sites` are its places that enter the kernel. */
export function findReactions(
  input: SiteInput,
  sites: ReadonlyMap<number, readonly Site[]>,
): CodeReaction[] {
  const search: Search = { view: viewCode(input), done: new Map(), queue: [], found: [] };
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

/** The places of one function that enter the kernel. */
function ownSites(search: Search, index: number, sites: readonly Site[]): void {
  const { functions, image } = search.view.input;
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
      { caller: search.view.owners.get(index) ?? index, place, isJump: false },
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
  if (level > maxLevel || search.view.skipped.has(callee)) return;
  const key = `${callee} ${value}`;
  const done = search.done.get(key) ?? 0;
  const rest = errnos & ~done;
  if (rest === 0) return;
  search.done.set(key, done | rest);
  search.queue.push({ callee, value, success, level, errnos: rest });
}

function callersOf(search: Search, fallible: Fallible): void {
  const callers = search.view.callersOf(fallible.callee);
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
    const { reaction, comparedWith, success } = reactionAt(
      search.view,
      place,
      fallible,
      number,
      worked,
    );
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
