// Calls that a kernel has and still refuses: by a setting, or for want of a capability.
// Sources: capabilities(7), the manual pages of the calls, Documentation/admin-guide/sysctl/{kernel,vm,user}.rst.
import { startingSet } from './capabilities.ts';
import type { Offer } from './offer.ts';

/** Why a call is refused. */
export interface Refusal {
  readonly errno: string;
  readonly by: 'sysctl' | 'capability' | 'configuration';
  readonly why: string;
  readonly source: string;
}

/** Calls that need one of these capabilities in the initial user namespace or the container's own. */
const needed: Readonly<Record<string, readonly string[]>> = {
  mount: ['SYS_ADMIN'],
  umount2: ['SYS_ADMIN'],
  umount: ['SYS_ADMIN'],
  pivot_root: ['SYS_ADMIN'],
  move_mount: ['SYS_ADMIN'],
  open_tree: [],
  fsopen: ['SYS_ADMIN'],
  fsmount: ['SYS_ADMIN'],
  fspick: ['SYS_ADMIN'],
  mount_setattr: ['SYS_ADMIN'],
  sethostname: ['SYS_ADMIN'],
  setdomainname: ['SYS_ADMIN'],
  swapon: ['SYS_ADMIN'],
  swapoff: ['SYS_ADMIN'],
  quotactl_fd: ['SYS_ADMIN'],
  chroot: ['SYS_CHROOT'],
  reboot: ['SYS_BOOT'],
  kexec_load: ['SYS_BOOT'],
  kexec_file_load: ['SYS_BOOT'],
  init_module: ['SYS_MODULE'],
  finit_module: ['SYS_MODULE'],
  delete_module: ['SYS_MODULE'],
  settimeofday: ['SYS_TIME'],
  clock_settime: ['SYS_TIME'],
  clock_settime64: ['SYS_TIME'],
  stime: ['SYS_TIME'],
  acct: ['SYS_PACCT'],
  iopl: ['SYS_RAWIO'],
  ioperm: ['SYS_RAWIO'],
  open_by_handle_at: ['DAC_READ_SEARCH'],
  vhangup: ['SYS_TTY_CONFIG'],
  lookup_dcookie: ['SYS_ADMIN'],
};

/** Bit of CLONE_NEWUSER in the flags of clone and unshare. */
const cloneNewUser = 0x10000000n;

/** Does the container have one of those? Undefined where its capabilities are not known. */
function holds(offer: Offer, names: readonly string[]): boolean | undefined {
  // Without an engine the program runs as the user likes: nothing is taken away from root.
  if (offer.engine === undefined && offer.container === undefined) return true;
  const set = startingSet(offer);
  return set === undefined ? undefined : names.some((name) => set.has(`CAP_${name}`));
}

function settingOf(offer: Offer, name: string): { value: string; source: string } | undefined {
  const value = offer.sysctls?.[name];
  if (value === undefined) return undefined;
  const source = offer.sources?.[`sysctls.${name}`] ?? offer.sources?.['sysctls'];
  return {
    value,
    source: source === undefined ? `${name}=${value}` : `${name}=${value} (${source})`,
  };
}

function bySetting(
  offer: Offer,
  setting: string,
  refuses: (value: string) => string | undefined,
  why: string,
): Refusal | undefined {
  const found = settingOf(offer, setting);
  if (found === undefined) return undefined;
  const errno = refuses(found.value);
  return errno === undefined
    ? undefined
    : { errno, by: 'sysctl', why: `${setting} is ${found.value}: ${why}`, source: found.source };
}

type Gate = (offer: Offer, args: readonly (bigint | undefined)[]) => Refusal | undefined;

function newUserNamespace(offer: Offer, flags: bigint | undefined): Refusal | undefined {
  if (flags === undefined || (flags & cloneNewUser) === 0n) return undefined;
  const privileged = holds(offer, ['SYS_ADMIN']);
  return (
    bySetting(
      offer,
      'user.max_user_namespaces',
      (value) => (value === '0' ? 'ENOSPC' : undefined),
      'no user namespace may be made',
    ) ??
    (privileged === true
      ? undefined
      : bySetting(
          offer,
          'kernel.unprivileged_userns_clone',
          (value) => (value === '0' ? 'EPERM' : undefined),
          'only root may make user namespaces',
        ))
  );
}

const gates: Readonly<Record<string, Gate>> = {
  io_uring_setup: (offer) =>
    bySetting(
      offer,
      'kernel.io_uring_disabled',
      (value) =>
        value === '2' || (value === '1' && holds(offer, ['SYS_ADMIN']) === false)
          ? 'EPERM'
          : undefined,
      'io_uring is switched off',
    ),
  userfaultfd: (offer, [flags]) =>
    // UFFD_USER_MODE_ONLY is always allowed.
    flags !== undefined && (flags & 1n) === 1n
      ? undefined
      : bySetting(
          offer,
          'vm.unprivileged_userfaultfd',
          (value) =>
            value === '0' && holds(offer, ['SYS_PTRACE']) === false ? 'EPERM' : undefined,
          'faults of the kernel may be handled with CAP_SYS_PTRACE only',
        ),
  bpf: (offer) =>
    bySetting(
      offer,
      'kernel.unprivileged_bpf_disabled',
      (value) =>
        value !== '0' && holds(offer, ['BPF', 'SYS_ADMIN']) === false ? 'EPERM' : undefined,
      'bpf needs CAP_BPF',
    ),
  perf_event_open: (offer) =>
    bySetting(
      offer,
      'kernel.perf_event_paranoid',
      (value) =>
        Number(value) >= 3 && holds(offer, ['PERFMON', 'SYS_ADMIN']) === false
          ? 'EACCES'
          : undefined,
      'performance events need CAP_PERFMON',
    ),
  unshare: (offer, [flags]) => newUserNamespace(offer, flags),
  clone: (offer, [flags]) => newUserNamespace(offer, flags),
};

/** Why the kernel refuses a call that it has; undefined when nothing that is known speaks against it. */
export function refusalOf(
  offer: Offer,
  name: string,
  args: readonly (bigint | undefined)[] = [],
): Refusal | undefined {
  const gated = gates[name]?.(offer, args);
  if (gated !== undefined) return gated;
  const capabilities = needed[name];
  if (capabilities === undefined || capabilities.length === 0) return undefined;
  if (holds(offer, capabilities) !== false) return undefined;
  const listed = capabilities.map((capability) => `CAP_${capability}`).join(' or ');
  return {
    errno: 'EPERM',
    by: 'capability',
    why: `${name} needs ${listed}, which the container does not have`,
    source: 'capabilities(7)',
  };
}
