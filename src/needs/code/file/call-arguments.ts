// Which arguments of system calls decide what the kernel must have, and the functions of C libraries that pass them
// on. Positions count from 1; 0 is the number itself.

/** By name of the call: positions of arguments that are looked at, with what they are. */
export const watchedArguments: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  accept4: { 4: 'flags' },
  arch_prctl: { 1: 'code' },
  bpf: { 1: 'cmd' },
  clone: { 1: 'flags' },
  dup3: { 3: 'flags' },
  epoll_create1: { 1: 'flags' },
  epoll_ctl: { 2: 'op' },
  eventfd2: { 2: 'flags' },
  fallocate: { 2: 'mode' },
  fcntl: { 2: 'cmd' },
  fsconfig: { 2: 'cmd' },
  futex: { 2: 'op' },
  getrandom: { 3: 'flags' },
  getsockopt: { 2: 'level', 3: 'optname' },
  inotify_init1: { 1: 'flags' },
  io_uring_register: { 2: 'opcode' },
  ioctl: { 2: 'request' },
  keyctl: { 1: 'operation' },
  kcmp: { 3: 'type' },
  madvise: { 3: 'advice' },
  memfd_create: { 2: 'flags' },
  mmap: { 3: 'prot', 4: 'flags' },
  mount: { 4: 'flags' },
  open: { 2: 'flags' },
  openat: { 3: 'flags' },
  personality: { 1: 'persona' },
  pipe2: { 2: 'flags' },
  prctl: { 1: 'option' },
  prlimit64: { 2: 'resource' },
  ptrace: { 1: 'request' },
  renameat2: { 5: 'flags' },
  seccomp: { 1: 'operation', 2: 'flags' },
  setns: { 2: 'nstype' },
  setsockopt: { 2: 'level', 3: 'optname' },
  signalfd4: { 4: 'flags' },
  socket: { 1: 'family', 2: 'type', 3: 'protocol' },
  socketpair: { 1: 'family', 2: 'type', 3: 'protocol' },
  timerfd_create: { 1: 'clockid', 2: 'flags' },
  umount2: { 2: 'flags' },
  unshare: { 1: 'flags' },
  userfaultfd: { 1: 'flags' },
};

/** Functions of C libraries that start a program, with the position of its name, or of a shell's command. */
export const programStarters: ReadonlyMap<string, number> = new Map([
  ['execve', 1],
  ['execv', 1],
  ['execvp', 1],
  ['execvpe', 1],
  ['execl', 1],
  ['execle', 1],
  ['execlp', 1],
  ['posix_spawn', 2],
  ['posix_spawnp', 2],
  ['system', 1],
  ['popen', 1],
]);

/**
 * Imported functions whose arguments are recorded where they are called: those that pass a number or a watched
 * argument to the kernel, and those that load libraries or look symbols up by name.
 */
export const watchedImports: ReadonlySet<string> = new Set([
  'syscall',
  ...Object.keys(watchedArguments),
  'fcntl64',
  'open64',
  'openat64',
  'mmap64',
  'fallocate64',
  'eventfd',
  'signalfd',
  '__clone',
  '__fcntl',
  '__open',
  '__open64',
  '__mmap',
  'dlopen',
  'dlmopen',
  'dlsym',
  'dlvsym',
  '__libc_dlopen_mode',
  '__libc_dlsym',
  ...programStarters.keys(),
  // What these are given decides what glibc does (glibc-conditions.ts).
  'sysconf',
  '__tunable_get_val',
]);
