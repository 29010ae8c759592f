// What people see when a call is refused, word for word where a report has the words, and what to do about it.
import type { Offer } from '../../host/offer.ts';
import { ownEntry } from '../../lib/own-entry.ts';

/** Symptoms by call, then by errno; '*' for any. */
const seen: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  clone3: {
    EPERM:
      "pthread_create failed: Operation not permitted; OS can't spawn worker thread: Operation not permitted (os error 1); Failed to create CoreCLR, HRESULT: 0x80070008; getaddrinfo() thread failed to start",
  },
  faccessat2: {
    EPERM:
      "test -x and test -r give wrong answers; apt: the key(s) in the keyring are ignored as the file is not readable by user '_apt'; Failed to allocate manager object",
    ENOSYS: 'could not find or read directory; access checks fail: Function not implemented',
  },
  fchmodat2: { EPERM: 'tar: Cannot change mode to rwxrwxr-x: Operation not permitted' },
  statx: {
    EPERM: "ls: cannot access 'x': Operation not permitted",
    ENOSYS: 'cannot stat: Function not implemented',
  },
  getrandom: {
    ENOSYS:
      'Fatal glibc error: cannot get entropy for arc4random; AH00141: Could not initialize random number generator: Function not implemented',
    EPERM: 'Fatal glibc error: cannot get entropy for arc4random',
  },
  memfd_create: {
    ENOSYS: 'memfd_create: Function not implemented; Failed to create CoreCLR, HRESULT: 0x80004005',
  },
  close_range: { EPERM: 'close_range: Operation not permitted' },
  openat2: { EPERM: 'openat2: Operation not permitted' },
  copy_file_range: { EPERM: 'copy file range failed: operation not permitted' },
  epoll_pwait: { ENOSYS: 'runtime: epollwait on fd 4 failed with 38' },
  membarrier: { killed: 'Bad system call (SIGSYS)' },
  ptrace: { '*': 'PTRACE_TRACEME: Operation not permitted' },
  kcmp: { '*': 'kcmp: Operation not permitted' },
  process_vm_readv: {
    '*': 'process_vm_readv: Operation not permitted; Read -1, expected 10024, errno = 1',
  },
  process_vm_writev: { '*': 'process_vm_writev: Operation not permitted' },
  mbind: { '*': 'mbind: Operation not permitted' },
  set_mempolicy: { '*': 'set_mempolicy: Operation not permitted' },
  get_mempolicy: { '*': 'get_mempolicy: Operation not permitted' },
  keyctl: {
    '*': 'keyctl: Operation not permitted; kinit: Invalid UID in persistent keyring name while getting default ccache',
  },
  perf_event_open: { '*': 'perf_event_open: Operation not permitted' },
  bpf: { '*': "Couldn't load trivial BPF program: Operation not permitted" },
  userfaultfd: { '*': 'userfaultfd: Operation not permitted' },
  unshare: {
    '*': 'bwrap: No permissions to creating new namespace; Failed to move to new namespace: errno = Operation not permitted',
  },
  io_uring_setup: {
    EPERM:
      'io_uring_queue_init: Operation not permitted; failed to create io_uring ring fd Operation not permitted',
    ENOSYS: 'io_uring_queue_init: Function not implemented',
  },
  landlock_create_ruleset: {
    '*': 'restricting filesystem access failed because the landlock ruleset could not be applied',
  },
};

const time64: Readonly<Record<string, string>> = {
  EPERM:
    'date prints Sun Jan  0 00:100:4174038  1900; apt: At least one invalid signature was encountered; clock_gettime: Operation not permitted',
};

/** Calls of 32-bit ABIs that take 64-bit times (Linux 5.1). */
export function isTime64(name: string): boolean {
  return /_time64$|^clock_[a-z_]+64$|^timer_[gs]ettime64$|^timerfd_[gs]ettime64$|^utimensat_time64$|^ppoll_time64$/.test(
    name,
  );
}

/** The symptom of a call that answers so; `answer` is an errno or 'killed'. */
export function syscallSymptom(name: string, answer: string, effect: string): string {
  const words = isTime64(name)
    ? time64
    : seen[name.startsWith('io_uring') ? 'io_uring_setup' : name];
  const known = words?.[answer] ?? words?.['*'];
  if (known !== undefined) return known;
  if (effect !== '') return effect;
  return answer === 'killed'
    ? 'Bad system call (SIGSYS), exit status 159'
    : `${name}: ${message(answer)}`;
}

function message(errno: string): string {
  return (
    {
      ENOSYS: 'Function not implemented',
      EPERM: 'Operation not permitted',
      EACCES: 'Permission denied',
      EINVAL: 'Invalid argument',
    }[errno] ?? errno
  );
}

/** A capability that opens a facility in the usual filters, where one does. */
const opens: Readonly<Record<string, string>> = {
  ptrace: 'SYS_PTRACE',
  kcmp: 'SYS_PTRACE',
  process_vm_readv: 'SYS_PTRACE',
  process_vm_writev: 'SYS_PTRACE',
  pidfd_getfd: 'SYS_PTRACE',
  process_madvise: 'SYS_PTRACE',
  mbind: 'SYS_NICE',
  get_mempolicy: 'SYS_NICE',
  set_mempolicy: 'SYS_NICE',
  set_mempolicy_home_node: 'SYS_NICE',
  perf_event_open: 'PERFMON',
  bpf: 'BPF',
  syslog: 'SYSLOG',
  open_by_handle_at: 'DAC_READ_SEARCH',
  chroot: 'SYS_CHROOT',
  mount: 'SYS_ADMIN',
  umount2: 'SYS_ADMIN',
  unshare: 'SYS_ADMIN',
  setns: 'SYS_ADMIN',
  fanotify_init: 'SYS_ADMIN',
  quotactl: 'SYS_ADMIN',
  sethostname: 'SYS_ADMIN',
  pivot_root: 'SYS_ADMIN',
  fsopen: 'SYS_ADMIN',
  fsmount: 'SYS_ADMIN',
  move_mount: 'SYS_ADMIN',
  open_tree: 'SYS_ADMIN',
  init_module: 'SYS_MODULE',
  finit_module: 'SYS_MODULE',
  reboot: 'SYS_BOOT',
  settimeofday: 'SYS_TIME',
  clock_settime: 'SYS_TIME',
  iopl: 'SYS_RAWIO',
  ioperm: 'SYS_RAWIO',
  acct: 'SYS_PACCT',
  swapon: 'SYS_ADMIN',
  delete_module: 'SYS_MODULE',
};

/** Calls that default filters leave out on purpose, rather than for not knowing them. */
const privileged = new Set([
  ...Object.keys(opens),
  'keyctl',
  'add_key',
  'request_key',
  'userfaultfd',
  'clone',
  'io_uring_setup',
  'kexec_load',
  'personality',
]);

/** Whether filters refuse this call because of what it can do. */
export function isPrivilegedFacility(name: string): boolean {
  return privileged.has(name);
}

/** How to get a call through that a filter refuses; the safest way first. */
export function filterHelp(name: string, offer: Offer, waitsForEnosys: boolean): string {
  const profile = `a seccomp profile of its own that allows ${name} (--security-opt seccomp=FILE)`;
  const capability = ownEntry(opens, name);
  if (capability !== undefined)
    return `--cap-add ${capability}, if what runs inside is trusted; else ${profile}`;
  if (isPrivilegedFacility(name)) return `${profile}; or switch off what uses it`;
  return `${upgrade(name, offer)}; else ${waitsForEnosys ? 'a seccomp profile whose default is ENOSYS (defaultErrnoRet 38), or one that allows the call' : profile}`;
}

function upgrade(name: string, offer: Offer): string {
  const first = ownEntry(firstDocker, name);
  switch (offer.engine?.name) {
    case 'docker':
      return `upgrade Docker${first === undefined ? '' : ` to ${first} or newer`} with runc and libseccomp of the same age`;
    case 'podman':
    case 'buildah':
    case 'cri-o':
      return 'upgrade containers-common (which brings the seccomp profile), libseccomp and crun or runc on the host';
    case 'containerd':
      return `upgrade containerd${name === 'clone3' ? ' to 1.6 or newer (1.5.x: the fix was carried back)' : ''} and libseccomp on the host`;
    default:
      return 'upgrade the container engine, its runtime and libseccomp on the host';
  }
}

/** Docker releases whose default profile first lets the call through or answers ENOSYS. */
const firstDocker: Readonly<Record<string, string>> = {
  clone3: '20.10.10',
  faccessat2: '20.10.4',
  statx: '18.04',
  openat2: '20.10.4',
  close_range: '20.10.4',
  fchmodat2: '25.0',
};
