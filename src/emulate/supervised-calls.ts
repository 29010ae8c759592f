// Calls whose answer stands in memory, so that a filter alone cannot imitate them: it hands them over
// (sys/seccomp-notify.ts), and they are answered here as the imitated host's kernel would.
import { kernelKnowsFlag } from '../host/kernel-flags.ts';
import type { Offer } from '../host/offer.ts';
import type { CallReply, WaitingCall } from '../sys/seccomp-notify.ts';
import { answerBpfTypes } from './bpf-types.ts';
import type { Answerer, Caller } from './caller.ts';
import { deviceAnswerers, handedArguments } from './device-calls.ts';
import { identityOf, type KernelIdentity } from './identity.ts';
import type { Supervision } from './imitated-call.ts';
import { mountAnswerers } from './mounted-file-systems.ts';
import { answerRingProbe } from './ring-probe.ts';

const E2BIG = 7;
const EFAULT = 14;
const EINVAL = 22;
const passOn: CallReply = { passOn: true };

/** Length of one text of struct new_utsname (include/uapi/linux/utsname.h). */
const utsLength = 65;

function answerUname(
  { release, version }: KernelIdentity,
  hostname: string,
  machine: string,
): Answerer {
  const bytes = Buffer.alloc(6 * utsLength);
  for (const [index, text] of ['Linux', hostname, release, version, machine, '(none)'].entries())
    bytes.write(text.slice(0, utsLength - 1), index * utsLength);
  return ({ args: [buffer = 0n] }, caller) =>
    caller.write(buffer, bytes) ? { value: 0n } : { errno: EFAULT };
}

/** What each version of the Landlock ABI added (Documentation/userspace-api/landlock.rst), from the second on. */
const landlockVersions: readonly string[] = [
  'LANDLOCK_ACCESS_FS_REFER',
  'LANDLOCK_ACCESS_FS_TRUNCATE',
  'LANDLOCK_ACCESS_NET_BIND_TCP',
  'LANDLOCK_ACCESS_FS_IOCTL_DEV',
  'LANDLOCK_SCOPE_SIGNAL',
  'LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON',
  'LANDLOCK_RESTRICT_SELF_TSYNC',
];
/** Access rights of files that each version has: bits from the lowest on. */
const landlockFileRights: readonly number[] = [13, 14, 15, 15, 16, 16, 16, 16];

/** landlock_create_ruleset: which version it says it is, and rights that it does not know. */
function answerLandlock(offer: Offer): Answerer {
  const lacking = landlockVersions.findIndex((symbol) => kernelKnowsFlag(offer, symbol) === false);
  const version = lacking < 0 ? landlockVersions.length + 1 : lacking + 1;
  const known = (1n << BigInt(landlockFileRights[version - 1] ?? 16)) - 1n;
  // handled_access_net came with the fourth version, scoped with the sixth.
  const bytes = version < 4 ? 8 : version < 6 ? 16 : 24;
  return ({ args: [attribute = 0n, size = 0n, flags = 0n] }, caller) => {
    // LANDLOCK_CREATE_RULESET_VERSION
    if (flags === 1n) return { value: BigInt(version) };
    if (flags !== 0n || size < 8n) return passOn;
    const later = Number(size) - bytes;
    if (later > 0 && later <= 4096) {
      const beyond = caller.read(attribute + BigInt(bytes), later);
      if (beyond?.some((byte) => byte !== 0) === true) return { errno: E2BIG };
    }
    const rights = caller.read(attribute, 8)?.readBigUInt64LE(0);
    return rights !== undefined && (rights & ~known) !== 0n ? { errno: EINVAL } : passOn;
  };
}

/** io_uring_setup: flags of struct io_uring_params (include/uapi/linux/io_uring.h) that are newer, by their bits. */
const ringFlags: readonly string[] = [
  'IORING_SETUP_IOPOLL',
  'IORING_SETUP_SQPOLL',
  'IORING_SETUP_SQ_AFF',
  'IORING_SETUP_CQSIZE',
  'IORING_SETUP_CLAMP',
  'IORING_SETUP_ATTACH_WQ',
  'IORING_SETUP_R_DISABLED',
  'IORING_SETUP_SUBMIT_ALL',
  'IORING_SETUP_COOP_TASKRUN',
  'IORING_SETUP_TASKRUN_FLAG',
  'IORING_SETUP_SQE128',
  'IORING_SETUP_CQE32',
  'IORING_SETUP_SINGLE_ISSUER',
  'IORING_SETUP_DEFER_TASKRUN',
  'IORING_SETUP_NO_MMAP',
  'IORING_SETUP_REGISTERED_FD_ONLY',
  'IORING_SETUP_NO_SQARRAY',
  'IORING_SETUP_HYBRID_IOPOLL',
  'IORING_SETUP_CQE_MIXED',
  'IORING_SETUP_SQE_MIXED',
  'IORING_SETUP_SQ_REWIND',
];

function unknownBits(offer: Offer, symbols: readonly string[]): number {
  return symbols.reduce(
    (bits, symbol, index) =>
      kernelKnowsFlag(offer, symbol) === false ? bits | (1 << index) : bits,
    0,
  );
}

function answerRing(refused: number): Answerer {
  return ({ args: [, parameters = 0n] }, caller) => {
    const flags = caller.read(parameters + 8n, 4)?.readUInt32LE(0);
    return flags !== undefined && (flags & refused) !== 0 ? { errno: EINVAL } : passOn;
  };
}

/** openat2: bits of `resolve` in struct open_how (include/uapi/linux/openat2.h) that are newer. */
function answerOpenat2(): Answerer {
  // RESOLVE_CACHED
  const refused = 0x20n;
  return ({ args: [, , how = 0n] }, caller) => {
    const resolve = caller.read(how + 16n, 8)?.readBigUInt64LE(0);
    return resolve !== undefined && (resolve & refused) !== 0n ? { errno: EINVAL } : passOn;
  };
}

/**
 * The calls that the host's imitation has to answer itself, by name.
 * @param hostname of the container: uname(2) tells it too
 */
export function supervisedCalls(offer: Offer, hostname: string): ReadonlyMap<string, Answerer> {
  const answerers = new Map<string, Answerer>();
  const identity = identityOf(offer);
  if (identity !== undefined)
    answerers.set('uname', answerUname(identity, hostname, offer.machine ?? 'x86_64'));
  if (offer.kernel?.kind !== undefined && offer.kernel.kind !== 'linux') return answerers;
  answerers.set('landlock_create_ruleset', answerLandlock(offer));
  const bits = unknownBits(offer, ringFlags);
  if (bits !== 0) answerers.set('io_uring_setup', answerRing(bits));
  if (kernelKnowsFlag(offer, 'RESOLVE_CACHED') === false) answerers.set('openat2', answerOpenat2());
  const probe = answerRingProbe(offer);
  if (probe !== undefined) answerers.set('io_uring_register', probe);
  const bpf = answerBpfTypes(offer);
  if (bpf !== undefined) answerers.set('bpf', bpf);
  for (const [name, answerer] of [...mountAnswerers(offer), ...deviceAnswerers(offer)])
    answerers.set(name, answerer);
  return answerers;
}

/** Which calls have to be handed over for that: all of a name, or those with some arguments. */
export function supervisionOf(
  offer: Offer,
  answerers: ReadonlyMap<string, Answerer>,
): ReadonlyMap<string, Supervision> {
  const handed = handedArguments(offer);
  return new Map(
    [...answerers.keys()].map((name): [string, Supervision] => {
      const argument = handed.get(name);
      if (argument === undefined) return [name, 'all'];
      const { index, values } = argument;
      return [name, values.map((value) => ({ index, operator: '&', mask: 0xffffffffn, value }))];
    }),
  );
}

/** Answers the calls of one container. Those that this machine's other ABIs number differently are passed on. */
export function answerCalls(
  answerers: ReadonlyMap<string, Answerer>,
  nameOf: (call: WaitingCall) => string | undefined,
  callerOf: (pid: number) => Caller,
): (call: WaitingCall) => CallReply {
  return (call) => {
    const answerer = answerers.get(nameOf(call) ?? '');
    return answerer === undefined ? passOn : answerer(call, callerOf(call.pid));
  };
}
