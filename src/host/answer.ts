// What a container on a host gets when it makes a system call. The order is the kernel's own: the filter sees a call
// first, whether the kernel has it or not (so an old filter answers EPERM for a call that the kernel lacks as well),
// then the table of calls, then configuration, settings and capabilities. Three-valued: what the offer does not say
// stays unknown.
import { type Abi, abiOfMachine } from '../kernel/abi.ts';
import type { Action } from '../kernel/filters.ts';
import { gvisorCall } from '../kernel/gvisor.ts';
import { syscallNamed } from '../kernel/syscalls.ts';
import { ownEntry } from '../lib/own-entry.ts';
import { passageOf } from './call-gates.ts';
import { boundingSet } from './capabilities.ts';
import { filterAnswer, filterOfHost } from './engine-filter.ts';
import { callSource, kernelHas } from './kernel-calls.ts';
import type { Offer } from './offer.ts';

/** ABI of a call: which table of numbers the program uses. */
export type CallAbi = Abi;

/** A call as a program makes it. */
export interface Question {
  readonly name: string;
  /** Default: the native ABI of the offer's machine, x86_64 where that is unknown. */
  readonly abi?: CallAbi;
  /** Argument values where known; filters look at some. An absent one is unknown. */
  readonly args?: readonly (bigint | undefined)[];
}

/** Which part of the host speaks. */
export type AnsweredBy =
  | 'kernel'
  | 'filter'
  | 'libseccomp'
  | 'gvisor'
  | 'configuration'
  | 'sysctl'
  | 'capability';

/** Name of an error number (errno(3)); those that rules ask for stand first. */
export type Errno = 'ENOSYS' | 'EPERM' | 'EACCES' | 'EINVAL' | (string & {});

/** What the container gets. */
export interface Answer {
  readonly outcome: 'works' | 'errno' | 'killed' | 'unknown';
  /** With outcome 'errno'. */
  readonly errno?: Errno;
  readonly by?: AnsweredBy;
  /** With outcome 'works': something that nearly every kernel has is taken for granted, and `why` says what. */
  readonly likely?: true;
  /** One sentence that people can read. */
  readonly why: string;
  /** Where that is known from, one phrase. */
  readonly source: string;
}

/** What the kernel alone makes of a call. */
function kernelAnswer(offer: Offer, abi: Abi, { name, args }: Question): Answer {
  const source = callSource(offer, abi);
  const release = offer.kernel?.release ?? offer.kernel?.base;
  const kernel = release === undefined ? 'the kernel' : `kernel ${release}`;
  const present = kernelHas(offer, abi, name);
  if (present === undefined) {
    const why =
      release === undefined
        ? `nothing is known of the kernel, so not whether it has ${name}`
        : `it is not known whether ${kernel} has ${name}`;
    return { outcome: 'unknown', by: 'kernel', why, source };
  }
  if (!present) {
    const since = syscallNamed(name)?.since[abi];
    const later = since === undefined ? '' : `, which came with ${since}`;
    return {
      outcome: 'errno',
      errno: 'ENOSYS',
      by: 'kernel',
      why: `${kernel} does not have ${name}${later}`,
      source,
    };
  }
  const { refusal, assumed } = passageOf(offer, abi, name, args);
  if (refusal !== undefined) return refusal;
  const granted = assumed === undefined ? '' : `; ${assumed}`;
  return {
    outcome: 'works',
    by: 'kernel',
    why: `${kernel} has ${name}${granted}`,
    source,
    ...(assumed === undefined ? {} : { likely: true }),
  };
}

/** What a filter's action means for the caller, when it is not to let the call pass. */
function refusedByFilter(action: Action): Answer | undefined {
  const by = action.by === 'libseccomp' ? 'libseccomp' : 'filter';
  const { why, source } = action;
  switch (action.action) {
    case 'allow':
    case 'log':
      return undefined;
    case 'kill':
    case 'trap':
      return { outcome: 'killed', by, why, source };
    case 'depends':
    case 'trace':
    case 'notify':
      return { outcome: 'unknown', by, why, source };
    default:
      return { outcome: 'errno', errno: action.action, by, why, source };
  }
}

/** Arguments that stand in for unknown ones: the calls that filters look into, as nearly every program makes them. */
const usual: Readonly<Record<string, readonly bigint[]>> = {
  // SIGCHLD: fork; no new namespace. On s390x the flags are the second argument.
  clone: [0x11n, 0x11n],
  unshare: [0x200n],
  // AF_INET, SOCK_STREAM; filters except AF_VSOCK.
  socket: [2n, 1n, 0n],
  // PER_LINUX.
  personality: [0n],
};

/** The word of a kernel that is not Linux. */
function otherKernel(offer: Offer, abi: Abi, name: string): Answer | undefined {
  const kind = offer.kernel?.kind;
  if (kind === 'gvisor' || offer.engine?.name === 'gvisor') return gvisorAnswer(offer, abi, name);
  if (kind !== 'wsl1' && kind !== 'other') return undefined;
  const why = `this kernel is not Linux (${kind}); what it makes of ${name} is not known`;
  return {
    outcome: 'unknown',
    by: 'kernel',
    why,
    source: offer.sources?.['kernel'] ?? offer.name,
  };
}

/** What lies behind the filter makes of a call: the kernel, its configuration and settings. */
export function answerBelowFilter(
  offer: Offer,
  { name, abi, args }: Question & { readonly abi: Abi },
): Answer {
  const question = { name, ...(args === undefined ? {} : { args }) };
  return otherKernel(offer, abi, name) ?? kernelAnswer(offer, abi, question);
}

/**
 * What a container on that host gets for a call. Without arguments the answer is for the call as nearly every program
 * makes it: a clone that forks, an internet socket.
 */
export function answerTo(offer: Offer, question: Question): Answer {
  const abi = question.abi ?? abiOfMachine(offer.machine ?? 'x86_64') ?? 'x86_64';
  const { name } = question;
  const args = question.args ?? ownEntry(usual, name);
  const fromOther = otherKernel(offer, abi, name);
  if (fromOther !== undefined) return fromOther;
  const filter = filterOfHost(offer);
  const fromKernel = kernelAnswer(offer, abi, { name, ...(args === undefined ? {} : { args }) });
  if (filter.kind === 'none') return fromKernel;
  if (filter.kind === 'unknown') {
    // Whatever the filter is, a call that the kernel lacks does not work; only the errno is open.
    if (fromKernel.outcome === 'errno') return fromKernel;
    return { outcome: 'unknown', by: 'filter', why: filter.why, source: offer.name };
  }
  const action = filterAnswer(offer, filter.filters, { abi, name, args });
  if (action === undefined) {
    const engine = offer.engine?.name ?? 'the engine';
    const why = `whether ${engine} lets ${name} pass depends on its version or on the container's capabilities, which are not given`;
    return {
      outcome: 'unknown',
      by: 'filter',
      why,
      source: filter.filters[0]?.source ?? offer.name,
    };
  }
  const refused = refusedByFilter(action);
  if (refused === undefined) return fromKernel;
  return fromKernel.errno === 'ENOSYS' && refused.outcome === 'errno'
    ? { ...refused, why: `${refused.why}; the kernel does not have it either` }
    : refused;
}

/** In gVisor's table, and ENOSYS unless runsc was started with --iouring (sys_iouring.go: IOUringEnabled). */
const offInGvisor = new Set(['io_uring_setup', 'io_uring_enter', 'io_uring_register']);

/** gVisor answers calls itself; its own table decides. */
function gvisorAnswer(offer: Offer, abi: Abi, name: string): Answer {
  const version = offer.engine?.runtime?.version ?? offer.engine?.version;
  const call = gvisorCall(name, abi, /\d{8}(?:\.\d+)?/.exec(version ?? '')?.[0]);
  const source =
    version === undefined ? "gVisor's table of calls" : `gVisor's table of calls, ${version}`;
  if (call === undefined) {
    const why = `gVisor runs no ${abi} programs`;
    return { outcome: 'errno', errno: 'ENOSYS', by: 'gvisor', why, source };
  }
  if (offInGvisor.has(name)) {
    const why = `gVisor serves ${name} only when runsc runs with --iouring`;
    return { outcome: 'errno', errno: 'ENOSYS', by: 'gvisor', why, source };
  }
  const noted = call.note === undefined ? '' : ` (${call.note})`;
  if (call.support === 'none') {
    const errno = call.errno ?? 'ENOSYS';
    const set = call.capability === undefined ? undefined : boundingSet(offer);
    const first = call.capability !== undefined && set?.has(call.capability) === false;
    const since = call.since === undefined ? '' : `; it came with ${call.since}`;
    return {
      outcome: 'errno',
      errno: first ? 'EPERM' : errno,
      by: 'gvisor',
      why: `gVisor does not implement ${name}${since}${noted}`,
      source,
    };
  }
  const why =
    call.support === 'partial'
      ? `gVisor implements ${name} in part${noted}`
      : `gVisor implements ${name}`;
  return { outcome: 'works', by: 'gvisor', why, source };
}
