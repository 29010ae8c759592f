// What a linked program does when a call is missing: what its code tells, and where only the C library and its loader make
// the call, what is known of that C library (src/kernel/tables/fallbacks.tsv), which was read from its sources.
import { type CallReaction, libcCalls } from '../../../kernel/fallbacks.ts';
import { syscallNumbered } from '../../../kernel/syscalls.ts';
import type { FoundCall } from '../program/link-sites.ts';
import type { LinkedProgram } from '../program/program-files.ts';
import {
  type CallReactions,
  type MissingErrno,
  type MissingReaction,
  missingErrnos,
  unknownReactions,
} from './reaction.ts';
import { reactionsOf } from './reaction-verdict.ts';

/** Answers for the calls of one program; those of the 32-bit ABI are unknown. */
export function programReactions(linked: LinkedProgram): (call: FoundCall) => CallReactions {
  const inCode = reactionsOf(linked.reached);
  const abi = linked.files[0]?.summary.machine ?? 'x86_64';
  return (call) => {
    if (call.via !== 'native') return unknownReactions;
    const name = syscallNumbered(abi, call.number)?.name ?? '';
    return withTable(inCode.of(call.number), tableOf(linked, name, call));
  };
}

type Known = Partial<Record<MissingErrno, MissingReaction>> & { readonly fallback?: string };

function withTable(code: CallReactions, known: Known | undefined): CallReactions {
  if (known === undefined) return code;
  const onMissing = { ...code.onMissing };
  let isUsed = false;
  for (const errno of missingErrnos) {
    const told = known[errno] ?? 'unknown';
    if (told === 'unknown') {
      // No caller was seen, and the table has looked: that is not to fail.
      if (code.places.every(({ reaction }) => reaction === 'unknown')) onMissing[errno] = told;
      continue;
    }
    onMissing[errno] = told;
    isUsed = true;
  }
  if (!isUsed) return { ...code, onMissing };
  const fallback = known.fallback ?? code.fallback;
  return { ...code, onMissing, from: 'table', ...(fallback === undefined ? {} : { fallback }) };
}

function tableOf(linked: LinkedProgram, name: string, call: FoundCall): Known | undefined {
  const libc = linked.elves.find(({ facts }) => facts.staticLibc?.version !== undefined);
  const { name: kind, version } = libc?.facts.staticLibc ?? {};
  if (libc === undefined || version === undefined) return undefined;
  if (kind !== 'glibc' && kind !== 'musl') return undefined;
  const own = call.at.every(({ file }) => {
    const { path = '', role } = linked.files[file] ?? {};
    return path === libc.path || role === 'loader';
  });
  if (!own || libc.path === linked.program.path) return undefined;
  const rows = libcCalls(kind, version).filter(
    ({ syscall, symbols }) =>
      syscall === name &&
      (symbols.includes('*') || linked.reached.reachedExport(new Set(symbols)) !== undefined),
  );
  if (rows.length === 0) return undefined;
  const fallback = rows.find((row) => row.fallback !== undefined)?.fallback;
  // A row that does not know says nothing against the others.
  const agreed = (errno: MissingErrno): MissingReaction => {
    const known = rows.map(({ onMissing }) => onMissing[errno]).filter((one) => one !== 'unknown');
    const [told = 'unknown'] = known;
    return known.every((one) => one === told) ? wordOf(told) : 'unknown';
  };
  return {
    ENOSYS: agreed('ENOSYS'),
    EPERM: agreed('EPERM'),
    EINVAL: agreed('EINVAL'),
    ...(fallback === undefined ? {} : { fallback }),
  };
}

/** Less than before is seen by who uses it. */
const wordOf = (reaction: CallReaction): MissingReaction =>
  reaction === 'degrades' ? 'fails' : reaction;

/** From the worst to the best for somebody who depends on all of several programs. */
const order: readonly MissingReaction[] = ['fails', 'unknown', 'falls-back', 'ignores'];

const worse = (a: MissingReaction, b: MissingReaction): MissingReaction =>
  order.indexOf(a) <= order.indexOf(b) ? a : b;

const maxPlaces = 12;

/** The answer for several programs that are all needed. */
export function joinReactions(a: CallReactions, b: CallReactions): CallReactions {
  const fallback = a.fallback ?? b.fallback;
  return {
    onMissing: {
      ENOSYS: worse(a.onMissing.ENOSYS, b.onMissing.ENOSYS),
      EPERM: worse(a.onMissing.EPERM, b.onMissing.EPERM),
      EINVAL: worse(a.onMissing.EINVAL, b.onMissing.EINVAL),
    },
    ...(fallback === undefined ? {} : { fallback }),
    from: a.from === 'none' ? b.from : a.from,
    places: [...a.places, ...b.places].slice(0, maxPlaces),
  };
}
