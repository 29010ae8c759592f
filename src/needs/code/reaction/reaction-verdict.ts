// One answer from the ends that the errors of a call come to. What runs on every start counts before what may run; the
// program's own code before its libraries; and where nobody looks at the error, what the call is for decides.
import { hasPredecessor, loaderCalls, purposeOf } from '../../../kernel/call-purposes.ts';
import { goDoesWithout, rustDoesWithout, rustImports } from '../../../kernel/language-runtimes.ts';
import { syscallNamed, syscallNumbered } from '../../../kernel/syscalls.ts';
import type { LinkedFile, Reach } from '../program/link.ts';
import { effect } from './code-reaction.ts';
import {
  type CallReactions,
  type MissingErrno,
  type MissingReaction,
  missingErrnos,
  type ReactionPlace,
  unknownReactions,
} from './reaction.ts';
import { type ErrorPaths, errorPaths, type Leaf } from './reaction-link.ts';
import { calleeKind } from './reaction-surroundings.ts';

/** Answers for the system calls of one program. */
export interface Reactions {
  /** By the native number of a call. */
  of(number: number): CallReactions;
}

const maxPlaces = 6;

/** Where more than this share of the ends of a mere question fail, the program is taken to fail. */
const failingShare = 0.4;

/** Where a library alone makes a call that is relied on, at least this share of the ends must go another way. */
const handledShare = 0.7;

/** Prepares the answers for one program; each is found when it is asked for. */
export function reactionsOf(reached: Reach): Reactions {
  const paths = errorPaths(reached);
  const runtime = runtimeOf(reached);
  const known = new Map<number, CallReactions>();
  return {
    of(number) {
      const before = known.get(number);
      if (before !== undefined) return before;
      const found = judge(reached, paths, runtime, number);
      known.set(number, found);
      return found;
    },
  };
}

interface Verdict {
  readonly reaction: MissingReaction;
  /** Those that decided. */
  readonly leaves: readonly Leaf[];
}

/** Whether a program does without a call of its language's run-time; undefined where that is not the run-time's alone. */
type DoesWithout = (call: string, errno: MissingErrno) => boolean | undefined;

function runtimeOf({ files }: Reach): DoesWithout {
  const summary = files.find(({ role }) => role === 'program')?.summary;
  if (summary === undefined) return () => undefined;
  const imports = summary.symbols.filter(({ isDefined }) => !isDefined);
  if (summary.isGo) {
    const number = syscallNamed('epoll_create')?.numbers[summary.machine];
    const program = {
      asksLibc: imports.some(({ name }) => name === 'sigaction'),
      hasEpollCreate: Object.values(summary.sites).some((sites) =>
        sites.some(({ values }) => number !== undefined && values[0]?.numbers?.includes(number)),
      ),
    };
    return (call, errno) => goDoesWithout(call, errno, program);
  }
  const isRust = rustImports.every((wanted) =>
    imports.some(({ name, weak }) => weak && name === wanted),
  );
  return isRust ? rustDoesWithout : () => undefined;
}

function judge(
  reached: Reach,
  paths: ErrorPaths,
  runtime: DoesWithout,
  number: number,
): CallReactions {
  const abi = reached.files[0]?.summary.machine ?? 'x86_64';
  const name = syscallNumbered(abi, number)?.name ?? '';
  const onMissing: Record<MissingErrno, MissingReaction> = { ...unknownReactions.onMissing };
  const places = new Map<string, ReactionPlace>();
  let fallback: string | undefined;
  for (const [bit, errno] of missingErrnos.entries()) {
    const found = paths.leaves(number, bit);
    const doesWithout = found.length > 0 ? runtime(name, errno) : undefined;
    const { reaction, leaves }: Verdict =
      doesWithout === undefined
        ? verdictOf(reached.files, name, found)
        : doesWithout
          ? copes(found)
          : { reaction: 'fails', leaves: found };
    onMissing[errno] = reaction;
    for (const leaf of leaves) {
      const place = placeOf(reached, leaf, errno);
      if (errno === 'ENOSYS' && reaction === 'falls-back' && isCall(place.fallback))
        fallback ??= place.fallback;
      const key = `${place.path} ${place.address} ${place.what}`;
      const before = places.get(key);
      if (before === undefined && places.size >= maxPlaces) continue;
      places.set(key, { ...place, errnos: [...(before?.errnos ?? []), errno] });
    }
  }
  if (places.size === 0) return unknownReactions;
  return {
    onMissing,
    ...(fallback === undefined ? {} : { fallback }),
    from: 'code',
    places: [...places.values()],
  };
}

/** Whether it is a system call, or the C library's function of one: the name of any other function tells a reader little. */
const isCall = (name = ''): boolean =>
  syscallNamed(name) !== undefined || syscallNamed(name.replace(/64$/, '')) !== undefined;

function verdictOf(files: readonly LinkedFile[], name: string, leaves: readonly Leaf[]): Verdict {
  const purpose = purposeOf(name);
  const groups = groupsOf(files, loaderCalls.has(name), leaves);
  const { loader, program, libraries } = groups;
  const fails = ({ kind }: Leaf): boolean => kind === 'fails';
  const mayFail = ({ kind, reaction: { effects } }: Leaf): boolean =>
    kind === 'fails' || kind === 'mixed' || (effects & effect.ends) !== 0;
  if (leaves.length === 0) return { reaction: 'unknown', leaves };
  if (purpose === 'identity') return copes(leaves);
  if (loader.some(mayFail)) return { reaction: 'fails', leaves: loader.filter(mayFail) };
  if (purpose === 'input' && loader.length > 0) return { reaction: 'fails', leaves: loader };
  const others = [...libraries, ...loader];
  const own = program.length > 0 ? program : others;
  if (own.length === 0) return copes(leaves);
  const failing = program.filter(fails);
  switch (purpose) {
    case 'query': {
      const weight =
        own.filter(fails).length + own.filter(({ kind }) => kind === 'mixed').length / 2;
      return weight > own.length * failingShare
        ? { reaction: 'fails', leaves: own.filter(mayFail) }
        : copes(own);
    }
    case 'work':
      if (failing.length > 0) return { reaction: 'fails', leaves: failing };
      if (program.length > 0 || others.filter(mayFail).length <= others.length / 2)
        return copes(own);
      return { reaction: 'fails', leaves: others.filter(mayFail) };
    case 'action':
      return failing.length === 0 && hasPredecessor(name) && isDecidedEverywhere(own)
        ? copes(own)
        : judgeAction(own, program, failing);
    default:
      return { reaction: 'fails', leaves: failing.length > 0 ? failing : own };
  }
}

/** What is not done is missing, unless the code goes another way. */
function judgeAction(
  own: readonly Leaf[],
  program: readonly Leaf[],
  failing: readonly Leaf[],
): Verdict {
  if (failing.length > 0) return { reaction: 'fails', leaves: failing };
  const handled = own.filter(({ kind }) => kind === 'falls-back' || kind === 'goes-on');
  if (program.length === 0)
    return handled.length > own.length * handledShare
      ? copes(own)
      : { reaction: 'fails', leaves: own.filter((leaf) => !handled.includes(leaf)) };
  const isOtherWay =
    own.some(({ kind }) => kind === 'falls-back') &&
    !own.some(({ kind }) => kind === 'escapes' || kind === 'ignores');
  return isOtherWay ? copes(own) : { reaction: 'fails', leaves: own };
}

/** Whether every place that makes the call looks at the error and goes on, whatever else may come of what it does then. */
function isDecidedEverywhere(leaves: readonly Leaf[]): boolean {
  const sites = Map.groupBy(leaves, ({ file, reaction }) => `${file} ${reaction.address}`);
  return [...sites.values()].every(
    (site) =>
      site.some(({ kind }) => kind === 'goes-on' || kind === 'falls-back') &&
      site.every(
        ({ kind, reaction: { effects } }) => kind !== 'mixed' && !(effects & effect.ignores),
      ),
  );
}

function copes(leaves: readonly Leaf[]): Verdict {
  const other = leaves.filter(({ kind }) => kind === 'falls-back');
  return other.length > 0
    ? { reaction: 'falls-back', leaves: other }
    : { reaction: 'ignores', leaves };
}

interface Groups {
  readonly loader: readonly Leaf[];
  readonly program: readonly Leaf[];
  readonly libraries: readonly Leaf[];
}

function groupsOf(files: readonly LinkedFile[], isStart: boolean, leaves: readonly Leaf[]): Groups {
  const loader: Leaf[] = [];
  const program: Leaf[] = [];
  const libraries: Leaf[] = [];
  const opened: Leaf[] = [];
  for (const leaf of leaves) {
    const file = files[leaf.file];
    if (file === undefined) continue;
    if (file.role === 'program' || file.role === 'whole') program.push(leaf);
    else if (file.role === 'opened') opened.push(leaf);
    else if (file.role === 'loader' && !isWholeLibc(file)) {
      if (isStart) loader.push(leaf);
    } else libraries.push(leaf);
  }
  // What is opened while running counts where nothing else does.
  const isElsewhere = loader.length + program.length + libraries.length > 0;
  return { loader, program, libraries: isElsewhere ? libraries : opened };
}

/** musl's loader is its C library, most of which does not run on every start. */
const isWholeLibc = ({ summary }: LinkedFile): boolean =>
  summary.symbols.some(({ name, isDefined }) => isDefined && name === 'fopen');

const words: Readonly<Record<Leaf['kind'], string>> = {
  fails: 'ends the program or tells of the error',
  mixed: 'may end the program',
  'falls-back': 'goes another way',
  'goes-on': 'goes on without it',
  ignores: 'does not look at the error',
  escapes: 'the error goes on to where no caller is seen',
};

const reactionOfKind: Readonly<Record<Leaf['kind'], MissingReaction>> = {
  fails: 'fails',
  mixed: 'unknown',
  'falls-back': 'falls-back',
  'goes-on': 'ignores',
  ignores: 'ignores',
  escapes: 'unknown',
};

function placeOf(
  reached: Reach,
  { file, reaction, kind }: Leaf,
  errno: MissingErrno,
): ReactionPlace {
  const { path = '', summary } = reached.files[file] ?? {};
  const nameOf = (index: number): string =>
    summary?.names[index] ?? `0x${(summary?.starts[index] ?? 0).toString(16)}`;
  const [instead] = reaction.instead.map((callee) => {
    const [what, index] = calleeKind(callee);
    if (what === 'function') return nameOf(index);
    return what === 'symbol'
      ? (summary?.symbols[index]?.name ?? '')
      : (syscallNumbered(summary?.machine ?? 'x86_64', index)?.name ?? '');
  });
  const told = kind === 'fails' && (reaction.effects & effect.ends) === 0;
  return {
    reaction: reactionOfKind[kind],
    errnos: [errno],
    ...(kind === 'falls-back' && instead !== undefined ? { fallback: instead } : {}),
    path,
    function: nameOf(reaction.function),
    address: `0x${reaction.address.toString(16)}`,
    what: told && (reaction.effects & effect.tells) !== 0 ? 'tells of the error' : words[kind],
  };
}
