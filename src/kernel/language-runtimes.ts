// What the run-times of Go and Rust do when one of their own system calls fails. They hand errors on in ways that are not
// followed through code, but are the same in every program. Sources: Go 1.15 to 1.24, runtime/os_linux.go, proc.go,
// netpoll_epoll.go, cgo_sigaction.go, mem_linux.go and fds_unix.go, os/file_unix.go, internal/poll/fd_unix.go and
// syscall/exec_linux.go; Rust 1.63 to 1.85, library/std/src/sys/unix (later sys/pal/unix), mod.rs: init.

/** The errors that are told apart. */
type Errno = 'ENOSYS' | 'EPERM' | 'EINVAL';

/** What of a program decides beside the call. */
export interface GoProgram {
  /** Its run-time asks the C library for handlers of signals (cgo). */
  readonly asksLibc: boolean;
  /** It can make epoll_create, as the run-time did up to Go 1.20 where epoll_create1 fails: it is no newer. */
  readonly hasEpollCreate: boolean;
}

/** Whether a Go program does without a call of its run-time; undefined where that is not the run-time's alone. */
export function goDoesWithout(
  call: string,
  errno: Errno,
  { asksLibc, hasEpollCreate }: GoProgram,
): boolean | undefined {
  switch (call) {
    // runtime.main stores to address 0 behind it.
    case 'exit_group':
      return false;
    // sysSigaction: "sigaction failed". The C library's answer is looked at for EINVAL alone.
    case 'rt_sigaction':
      return asksLibc && errno !== 'EINVAL';
    // Since Go 1.21 "netpollinit failed", and "cannot open standard fds" (checkfds).
    case 'epoll_create1':
    case 'fcntl':
      return hasEpollCreate;
    // Memory is given back only where a reservation came out unaligned.
    case 'munmap':
    // Only between two looks at a lock (usleep); programs sleep by futex and epoll_pwait.
    case 'nanosleep':
    // A thread that is asked to stop, and is not, goes on to its next safe point.
    case 'tgkill':
      return true;
    // Only for a child in a cgroup of its own; threads are the C library's.
    case 'clone3':
      return errno === 'ENOSYS' ? true : undefined;
    default:
      return undefined;
  }
}

/** The same for Rust's, which prepares each program before its main; undefined for what it leaves to the program. */
export function rustDoesWithout(call: string, errno: Errno): boolean | undefined {
  switch (call) {
    // sanitize_standard_fds aborts, but for errors that it knows.
    case 'poll':
      return errno === 'EINVAL';
    // reset_sigpipe asserts that SIGPIPE could be ignored.
    case 'rt_sigaction':
      return false;
    default:
      return undefined;
  }
}

/** Functions of glibc that Rust's run-time asks for weakly, as no C program does. */
export const rustImports: readonly string[] = ['statx', 'getrandom'];
