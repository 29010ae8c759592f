// What system calls are for, as far as it decides what a program loses when one of them fails and nobody looks: data that
// it wanted to read, output, work that is not done, or an answer that it can do without. Source: the Linux manual pages,
// section 2 (DESCRIPTION and ERRORS), and POSIX.1-2017 for those that POSIX has.

/**
 * input: brings the data that the program works on. output: takes away what it made. action: changes, waits for or tells something
 * that it goes on to rely on. work: neither an action nor a mere question; code that looks at the error decides. query: asks,
 * advises, sets what has a default, or tries what may always be refused (a connection). identity: cannot fail in the manual,
 * so that the answer is used unseen.
 */
export type CallPurpose = 'input' | 'output' | 'action' | 'work' | 'query' | 'identity';

const lists: Readonly<Record<Exclude<CallPurpose, 'work'>, string>> = {
  input:
    'read pread64 readv preadv preadv2 getdents getdents64 recvfrom recvmsg recvmmsg mq_timedreceive msgrcv io_getevents',
  output:
    'write pwrite64 writev pwritev pwritev2 sendto sendmsg sendmmsg mq_timedsend msgsnd vmsplice',
  action: `accept accept4 bind chdir chroot clock_nanosleep clone clone3 creat dup dup2 dup3 epoll_create epoll_create1
    epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit fchdir fdatasync fork
    fsetxattr fsync ftruncate futex inotify_add_watch inotify_init inotify_init1 kill link linkat listen lsetxattr
    lstat mkdir mkdirat mknod mknodat mmap mount nanosleep newfstatat open openat openat2 pidfd_open pipe pipe2
    pivot_root poll ppoll pselect6 removexattr rename renameat renameat2 rmdir rt_sigqueueinfo rt_sigsuspend
    rt_sigtimedwait select setgid setgroups setitimer setns setregid setresgid setresuid setreuid setuid setxattr
    shmat shmget signalfd signalfd4 socketpair stat symlink symlinkat tgkill timer_create timer_settime
    timerfd_create timerfd_settime tkill truncate umount2 unlink unlinkat unshare vfork wait4 waitid`,
  query: `access alarm arch_prctl brk capget clock_getres clock_gettime connect faccessat faccessat2 fadvise64 fallocate
    fgetxattr flistxattr flock fstatfs getcwd getgroups getitimer getpeername getpgid getpgrp getpriority getrandom
    getresgid getresuid getrlimit getrusage getsid getsockopt gettimeofday getxattr ioctl ioprio_set lgetxattr
    listxattr llistxattr lseek madvise membarrier mincore mlock mlock2 mlockall munlock munmap prctl prlimit64
    readahead readlink readlinkat rseq rt_sigaction rt_sigpending rt_sigprocmask sched_get_priority_max
    sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_setaffinity
    sched_setattr sched_setparam sched_setscheduler sched_yield set_mempolicy set_robust_list set_tid_address
    setpgid setpriority setrlimit setsid sigaltstack statfs sync sync_file_range sysinfo time times umask uname`,
  identity: 'getegid geteuid getgid getpid getppid gettid getuid',
};

const purposes: ReadonlyMap<string, CallPurpose> = new Map(
  (Object.keys(lists) as (keyof typeof lists)[]).flatMap((purpose) =>
    lists[purpose].split(/\s+/).map((name): [string, CallPurpose] => [name, purpose]),
  ),
);

/** What a call is for; 'work' for what is not listed. */
export const purposeOf = (name: string): CallPurpose => purposes.get(name) ?? 'work';

/**
 * Actions that an older call does, too, with fewer flags or a coarser time. Code that looks at the error of one of them and
 * goes on has the older one left, which it also calls where the newer one is of no use. Source: the manual pages' HISTORY.
 */
const successors: ReadonlySet<string> = new Set(
  `accept4 clone3 dup3 epoll_create1 epoll_pwait epoll_pwait2 eventfd2 inotify_init1 openat2 pipe2 ppoll pselect6 renameat2
  signalfd4`.split(/\s+/),
);

/** Whether an older call does the same. */
export const hasPredecessor = (name: string): boolean => successors.has(name);

/**
 * Calls that glibc's dynamic loader makes on every start, before the program. What else it holds (debug output, getcwd for
 * $ORIGIN, profiling) runs on request. Sources: glibc's elf/rtld.c, elf/dl-load.c, elf/dl-reloc.c, csu/libc-tls.c and
 * sysdeps/unix/sysv/linux/dl-sysdep.c of 2.28 to 2.41.
 */
export const loaderCalls: ReadonlySet<string> = new Set([
  'access',
  'arch_prctl',
  'brk',
  'close',
  'faccessat',
  'fstat',
  'mmap',
  'mprotect',
  'munmap',
  'newfstatat',
  'open',
  'openat',
  'pread64',
  'read',
  'rseq',
  'set_robust_list',
  'set_tid_address',
]);
