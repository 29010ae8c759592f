// systemd-nspawn's own filter before systemd 247: what it does not name gets EPERM, new calls too (src/nspawn/nspawn-seccomp.c
// and the sets of src/shared/seccomp-util.c, read at the revision of mid-2020 that came before openat2 and faccessat2 were
// let through). From 247 on it answers ENOSYS for calls that it does not know: see src/kernel/tables/filters.tsv has those.
import type { Filter } from '../kernel/filters.ts';
import { parseOciProfile } from '../kernel/filters.ts';

/** Calls that every container may make, by the sets of systemd that they are in. */
const allowed = {
  aio: 'io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit io_uring_enter io_uring_register io_uring_setup',
  basic:
    '_llseek close dup dup2 dup3 lseek pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readv write writev',
  chown: 'chown chown32 fchown fchown32 fchownat lchown lchown32',
  default:
    'arch_prctl cacheflush clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 execve exit exit_group futex futex_time64 get_robust_list get_thread_area getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid getpgrp getpid getppid getresgid getresgid32 getresuid getresuid32 getrlimit getsid gettid gettimeofday getuid getuid32 membarrier nanosleep pause prlimit64 restart_syscall rseq rt_sigreturn sched_yield set_robust_list set_thread_area set_tid_address set_tls sigreturn time ugetrlimit',
  files:
    'access chdir chmod creat faccessat fallocate fchdir fchmod fchmodat fcntl fcntl64 fgetxattr flistxattr fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lgetxattr link linkat listxattr llistxattr lremovexattr lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat mmap mmap2 munmap newfstatat oldfstat oldlstat oldstat open openat readlink readlinkat removexattr rename renameat renameat2 rmdir setxattr stat stat64 statfs statfs64 statx symlink symlinkat truncate truncate64 unlink unlinkat utime utimensat utimensat_time64 utimes',
  events:
    '_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_wait epoll_wait_old eventfd eventfd2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select',
  ipc: 'ipc memfd_create mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd pipe pipe2 process_vm_readv process_vm_writev semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget',
  mount:
    'chroot fsconfig fsmount fsopen fspick mount move_mount open_tree pivot_root umount umount2',
  network:
    'accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socket socketcall socketpair',
  process:
    'capget clone clone3 execveat fork getrusage kill pidfd_open pidfd_send_signal prctl rt_sigqueueinfo rt_tgsigqueueinfo setns swapcontext tgkill times tkill unshare vfork wait4 waitid waitpid',
  resources:
    'ioprio_set mbind migrate_pages move_pages nice sched_setaffinity sched_setattr sched_setparam sched_setscheduler set_mempolicy setpriority setrlimit',
  setuid:
    'setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32',
  signal:
    'rt_sigaction rt_sigpending rt_sigprocmask rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigsuspend',
  sync: 'fdatasync fsync msync sync sync_file_range sync_file_range2 syncfs',
  timer:
    'alarm getitimer setitimer timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64',
  others:
    'brk capset copy_file_range fadvise64 fadvise64_64 flock get_mempolicy getcpu getpriority getrandom ioctl ioprio_get kcmp madvise mincore mprotect mremap name_to_handle_at oldolduname olduname personality readahead readdir remap_file_pages sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval seccomp sendfile sendfile64 setdomainname setfsgid setfsgid32 setfsuid setfsuid32 sethostname setpgid setsid splice sysinfo tee umask uname userfaultfd vmsplice',
} as const;

/** Calls that some capability opens; nspawn keeps the first three by default. */
const withCapability: Readonly<Record<string, string>> = {
  CAP_SYS_PTRACE: 'ptrace process_vm_readv process_vm_writev',
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_TTY_CONFIG: 'vhangup',
  CAP_SYS_TIME:
    'adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday stime',
  CAP_SYS_MODULE: 'delete_module finit_module init_module',
  CAP_SYS_RAWIO: 'ioperm iopl pciconfig_iobase pciconfig_read pciconfig_write',
  CAP_IPC_LOCK: 'mlock mlock2 mlockall munlock munlockall',
  CAP_SYS_PACCT: 'acct',
  CAP_SYSLOG: 'syslog',
};

/** The filter of systemd-nspawn before 247. */
export const nspawnFilter: Filter = parseOciProfile(
  {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    syscalls: [
      { names: Object.values(allowed).join(' ').split(' '), action: 'SCMP_ACT_ALLOW' },
      ...Object.entries(withCapability).map(([capability, names]) => ({
        names: names.split(' '),
        action: 'SCMP_ACT_ALLOW',
        includes: { caps: [capability] },
      })),
    ],
  },
  'filter of systemd-nspawn before 247',
);
