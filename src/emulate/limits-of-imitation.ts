// What a filter and a few files cannot imitate of another host, so that nobody takes the imitation for more than it is.
import { answerTo } from '../host/answer.ts';
import { baseRelease } from '../host/kernel-flags.ts';
import type { Offer } from '../host/offer.ts';
import { compareReleases } from '../kernel/release.ts';
import type { ImitatedCall } from './imitated-call.ts';
import type { Surface } from './surface-filter.ts';

/** This machine, as far as the limits hang on it. */
export interface ImitatingMachine {
  /** uname -m. */
  readonly machine: string;
  /** uname -r. */
  readonly release: string;
  /** Bytes. */
  readonly pageSize?: number;
  /** Version of the libseccomp that runtimes load. */
  readonly libseccomp?: string | undefined;
}

/** One thing that is not imitated. */
export interface Limit {
  /** In a word or two. */
  readonly name: string;
  /** A sentence. */
  readonly says: string;
}

/** Names that one sentence lists. */
const mostNamed = 8;

function listed(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return more > 0 ? `${names.slice(0, mostNamed).join(', ')} and ${more} more` : names.join(', ');
}

function processorLimits({ machine, cpu }: Offer, here: ImitatingMachine): readonly Limit[] {
  const name = 'the processor';
  if (machine !== undefined && machine !== here.machine)
    return [
      { name, says: `its processor is ${machine}; programs run on this one, ${here.machine}` },
    ];
  const level = cpu?.level;
  return level === undefined
    ? []
    : [
        {
          name,
          says: `its processor is ${level}; instructions beyond that work here and would be SIGILL there`,
        },
      ];
}

/** Calls that the host has and this kernel does not: no filter can add one. */
function missingHere(calls: readonly ImitatedCall[], here: ImitatingMachine): readonly string[] {
  const offer: Offer = {
    schema: 'plimsoll.host/1',
    name: 'this',
    machine: here.machine,
    kernel: { release: here.release },
  };
  return calls
    .filter(({ refused, open }) => refused === undefined && open === undefined)
    .filter(({ name, abi }) => {
      const { by, errno } = answerTo(offer, { name, abi });
      return by === 'kernel' && errno === 'ENOSYS';
    })
    .map(({ name }) => name);
}

const nothingKept = { letThrough: [], keptForRuntime: [] } as const;

/** Each thing that is not imitated. */
export function limitsOfImitation(
  offer: Offer,
  calls: readonly ImitatedCall[],
  here: ImitatingMachine,
  supervised: ReadonlySet<string> = new Set(),
  { letThrough, keptForRuntime }: Pick<Surface, 'letThrough' | 'keptForRuntime'> = nothingKept,
): readonly Limit[] {
  const { pageSize, vsyscall, lsm, cgroup } = offer;
  const limits: Limit[] = [...processorLimits(offer, here)];
  const add = (name: string, says: string): void => void limits.push({ name, says });
  if (pageSize !== undefined && here.pageSize !== undefined && pageSize !== here.pageSize)
    add('pages', `its pages are ${pageSize} bytes; here they are ${here.pageSize}`);
  if (vsyscall === 'none' && here.machine === 'x86_64')
    add(
      'vsyscall',
      'it has no vsyscall page: programs of glibc before 2.14 crash there, and not here',
    );
  const security = [
    ...(lsm?.selinux === 'enforcing' ? ['SELinux'] : []),
    ...(lsm?.apparmor === true ? ['AppArmor'] : []),
  ].join(' and ');
  if (security !== '') add(security, `what its ${security} refuses is not refused here`);
  if (cgroup?.version !== undefined)
    add('cgroups', `its cgroups are ${cgroup.version}; the container sees those of this machine`);
  const missing = missingHere(calls, here);
  if (missing.length > 0)
    add('calls that this kernel lacks', `this kernel has no ${listed(missing)}`);
  if (letThrough.length > 0)
    add(
      'calls that libseccomp does not know',
      `libseccomp ${here.libseccomp} does not know ${listed(letThrough)}: not refused, though that kernel has them not`,
    );
  if (keptForRuntime.length > 0)
    add(
      'calls of the runtime',
      `${listed(keptForRuntime)}: not refused, since the runtime itself calls it behind the filter`,
    );
  const open = calls.filter((call) => call.open !== undefined).map(({ name }) => name);
  if (open.length > 0)
    add('calls of which nothing is known', `not known there, so let through: ${listed(open)}`);
  const base = baseRelease(offer);
  if (base !== undefined && compareReleases(base, here.release) < 0) {
    add(
      'flags in memory',
      'operations of io_uring that are used unasked, flags in memory (clone3, statx), flags that older kernels ignore, and bugs are those of this kernel',
    );
    add(
      'netlink, /proc and /sys',
      'what goes through netlink (nftables, ip, tc, ethtool), what files below /proc and /sys hold, and directories there, are those of this kernel',
    );
  }
  if (supervised.size > 0)
    add(
      'seccomp listeners',
      'a program that takes calls over by seccomp itself (SECCOMP_FILTER_FLAG_NEW_LISTENER) gets EBUSY',
    );
  if (!supervised.has('mount'))
    add('file systems', 'file systems, mount options and on-disk formats are those of this kernel');
  if (!supervised.has('uname'))
    add('uname', 'uname(2) tells of this kernel; files below /proc of that one');
  return limits;
}
