// From the calls that programs can make to a seccomp profile, in the form of the OCI runtime specification
// (config-linux.md, "Seccomp") with the comments of docker's profiles: runtimes pass over those.
import type { Abi } from '../../kernel/abi.ts';
import type { CallEvidence, ReportedCall, SyscallsReport } from './syscall-report.ts';

interface ProfileEntry {
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ALLOW';
  /** Why it is allowed. */
  readonly comment: string;
}

/** A profile as engines and runtimes read it. */
export interface SeccompProfile {
  readonly defaultAction: 'SCMP_ACT_ERRNO';
  readonly defaultErrnoRet: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly ProfileEntry[];
}

/** ENOSYS: programs fall back on it, as on an older kernel. */
const missing = 38;

/**
 * What runtimes call themselves between loading the filter and execve. Seen with runc 1.1 and crun 1.8 with and without
 * no_new_privs; the rest is what the scheduler, signals and memory of a Go program, or crun and runc of other
 * versions, may add by their sources.
 */
export const byRuntime: readonly string[] = [
  ...['capget', 'capset', 'chdir', 'clone', 'close', 'close_range', 'dup3', 'epoll_create1'],
  ...['epoll_ctl', 'epoll_pwait', 'eventfd2', 'execve', 'execveat', 'exit', 'exit_group'],
  ...['faccessat', 'faccessat2', 'fchown', 'fcntl', 'fstat', 'fstatfs', 'futex', 'getcwd'],
  ...['getdents64', 'getpid', 'getppid', 'gettid', 'getuid', 'ioctl', 'keyctl', 'lseek'],
  ...['madvise', 'mmap', 'mprotect', 'munmap', 'nanosleep', 'newfstatat', 'openat', 'openat2'],
  ...['pidfd_open', 'pidfd_send_signal', 'prctl', 'prlimit64', 'read', 'readlinkat', 'recvmsg'],
  ...['rt_sigaction', 'rt_sigprocmask', 'rt_sigreturn', 'sched_getaffinity', 'sched_yield'],
  ...[
    'poll',
    'ppoll',
    'pselect6',
    'select',
    'sendmsg',
    'sendto',
    'set_robust_list',
    'setgid',
    'setgroups',
    'setresgid',
    'setresuid',
  ],
  ...['setsid', 'setuid', 'sigaltstack', 'statfs', 'statx', 'tgkill', 'umask', 'write', 'writev'],
];

/** What the kernel makes a program call that it never asked for. */
export const byKernel: Readonly<Record<string, string>> = {
  restart_syscall: 'the kernel goes on with a call that a signal stopped',
  rt_sigreturn: 'the return from a signal handler',
};

/** libseccomp's names of the ABIs of programs. */
export const seccompArchitectures: Partial<Record<Abi, string>> = {
  x86_64: 'SCMP_ARCH_X86_64',
  i386: 'SCMP_ARCH_X86',
  aarch64: 'SCMP_ARCH_AARCH64',
};

/** How a call is reached, in one line. */
export function reasonOf({ program, chain, path, root }: CallEvidence): string {
  const steps = chain.slice(-3).map((step) => step.function);
  return `${program}: ${root} → ${steps.join(' → ')} in ${path}`;
}

/** A profile that allows what was found, for the container as a whole, and answers all else with ENOSYS. */
export function seccompProfile({ syscalls, abi }: SyscallsReport): SeccompProfile {
  const reasons = new Map<string, string>();
  const add = (name: string, reason: string): void => {
    if (!reasons.has(name)) reasons.set(name, reason);
  };
  for (const { name, evidence } of syscalls as readonly ReportedCall[]) {
    const [first] = evidence;
    // A number that no table knows has no name that a profile could say.
    if (!name.includes(' ')) add(name, first === undefined ? 'reached' : reasonOf(first));
  }
  for (const [name, reason] of Object.entries(byKernel)) add(name, reason);
  for (const name of byRuntime) add(name, 'the container runtime, before it starts the program');
  const abis = new Set([abi, ...syscalls.map((call) => call.abi)]);
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: missing,
    architectures: [...abis].flatMap((each) => seccompArchitectures[each] ?? []),
    syscalls: [...reasons]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, comment]) => ({ names: [name], action: 'SCMP_ACT_ALLOW', comment })),
  };
}
