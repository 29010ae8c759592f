// Functions of C and C++ libraries that say something about how an error goes on, by name. Sources: POSIX.1-2017, the
// manuals of glibc (err(3), error(3), exit(3), perror(3), strerror(3)), the Itanium C++ ABI, and musl's sources.

/** Never come back. exit and its kin end with the status that they are given. */
export const endingFunctions: ReadonlySet<string> = new Set([
  'exit',
  '_exit',
  '_Exit',
  'quick_exit',
  'abort',
  'err',
  'errx',
  'verr',
  'verrx',
  'longjmp',
  '_longjmp',
  'siglongjmp',
  '__longjmp_chk',
  'pthread_exit',
  'thrd_exit',
  '__assert_fail',
  '__assert_perror_fail',
  '__assert',
  '__stack_chk_fail',
  '__chk_fail',
  '__fortify_fail',
  '__libc_fatal',
  '__cxa_throw',
  '__cxa_rethrow',
  '__cxa_pure_virtual',
  '__cxa_bad_cast',
  '_Unwind_Resume',
  '_ZSt9terminatev',
]);

/** End the program with a status when it is not zero, and only tell of the error when it is: error(3). */
export const endingWithStatus: ReadonlySet<string> = new Set(['error', 'error_at_line']);

/** Those whose status is their first argument: 0 is success. */
export const exitFunctions: ReadonlySet<string> = new Set(['exit', '_exit', '_Exit', 'quick_exit']);

/** Tell somebody of an error. */
export const tellingFunctions: ReadonlySet<string> = new Set([
  ...endingWithStatus,
  'perror',
  'psignal',
  'strerror',
  'strerror_l',
  'strerror_r',
  '__xpg_strerror_r',
  'strerrordesc_np',
  'strerrorname_np',
  'warn',
  'warnx',
  'vwarn',
  'vwarnx',
  'dcgettext',
  'dgettext',
  'gettext',
  'ngettext',
  'gai_strerror',
]);

/** Only tell where errno is. */
export const errnoLocations: ReadonlySet<string> = new Set([
  '__errno_location',
  '___errno_location',
]);

/**
 * Functions whose way to the kernel, if they have one, is none that a program looks at: memory, text, numbers, locks,
 * buffered output. Not followed in their callers.
 */
const uninteresting =
  /^(?:_*(?:mem|str|wcs|wmem|is|to|isw|tow|mb|wc|btowc|atoi|atol|atof|abs|labs|div|qsort|bsearch|rand|srand|random|ffs|htons|ntoh|inet_|bindtextdomain|textdomain|setlocale|nl_langinfo|localeconv|iconv|gmtime|mktime|timegm|localtime|asctime|ctime|difftime|getenv|secure_getenv|setenv|unsetenv|putenv|getopt|glob|fnmatch|reg|basename|dirname|hsearch|tsearch|tfind|lfind|insque|obstack|argz|env)\w*|_*(?:v?f?printf|v?sn?printf|v?asprintf|v?dprintf|vf?w?printf|puts|putc|putchar|fputs|fputc|fwrite|printf_chk|sprintf_chk|snprintf_chk|fprintf_chk|vfprintf_chk|vsnprintf_chk|asprintf_chk|\w*printf_chk|\w*_unlocked|sscanf|isoc99_sscanf|overflow|uflow)|(?:m|c|re|v|p?v)alloc|re(?:alloc)?array|free|cfree|aligned_alloc|posix_memalign|memalign|malloc_usable_size|malloc_trim|errno|_*(?:cxa|gmon|libc_start|tls_get|ctype_b|ctype_to|register_atfork|sigsetjmp|setjmp|fdelt|stack_chk|fpending|freading|fwriting|fsetlocking|overflow|uflow|explicit_bzero)\w*|atexit|on_exit|_*f?pathconf|_*sysconf|_*ctype\w*|(?:new|free|dup|use)locale|__libc_current\w*|getpagesize|gettimeofday|clock|time|ferror|feof|clearerr|fileno|pthread_(?:mutex|cond|rwlock|spin|once|self|equal|getspecific|setspecific|key|attr|condattr|mutexattr|rwlockattr|testcancel|cleanup|sigmask)\w*|sem_\w+|sig(?:add|del|empty|fill|is)\w*|_*(?:a?sin|a?cos|a?tan|exp|log|pow|sqrt|floor|ceil|round|trunc|fmod|ldexp|frexp|modf|hypot|cbrt|erf|gamma|lgamma|nan|fabs|fmax|fmin|rint|lrint|llrint|lround|copysign|scalb)\w*|_Z\w*|_ITM\w*|_Unwind\w*|dl\w+)$/;

/** Whether an imported function of the C library may return a kernel's error that its callers look at. */
export function mayReturnError(name: string, version: string | undefined): boolean {
  if (name === '' || (version !== undefined && !version.startsWith('GLIBC_'))) return false;
  return (
    !uninteresting.test(name) &&
    !endingFunctions.has(name) &&
    !tellingFunctions.has(name) &&
    !errnoLocations.has(name)
  );
}

/** Memory of the process: where these fail everything does, and their callers are too many to be looked at. */
export const allocators: ReadonlySet<string> = new Set([
  'malloc',
  'calloc',
  'realloc',
  'reallocarray',
  'free',
  'memalign',
  'aligned_alloc',
  'posix_memalign',
  '__libc_malloc',
  '__libc_calloc',
  '__libc_realloc',
  '__libc_memalign',
  '__libc_free',
]);

/**
 * System calls, and functions of the C library of the same names and kin, that return something else than 0 when they
 * work: a descriptor, a number of bytes, an id, an address. Source: section 2 of the Linux manual pages, RETURN VALUE.
 */
export const countFunctions: ReadonlySet<string> = new Set(
  `accept accept4 add_key alarm brk clone clone3 copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_pwait
  epoll_pwait2 epoll_wait eventfd eventfd2 fanotify_init fcntl fcntl64 fgetxattr flistxattr fork fsmount fsopen fspick
  getcwd getdents getdents64 getegid geteuid getgid getgroups getpgid getpgrp getpid getppid getrandom getsid gettid getuid
  getxattr inotify_add_watch inotify_init inotify_init1 io_getevents io_submit io_uring_enter io_uring_register
  io_uring_setup ioctl keyctl landlock_create_ruleset lgetxattr listxattr llistxattr lseek lseek64 _llseek memfd_create
  memfd_secret mmap mmap64 mremap mq_open mq_receive mq_timedreceive msgget msgrcv name_to_handle_at open open64 openat
  openat64 openat2 open_by_handle_at open_tree perf_event_open pidfd_getfd pidfd_open pkey_alloc poll ppoll prctl pread
  pread64 preadv preadv2 process_vm_readv process_vm_writev pselect6 ptrace pwrite pwrite64 pwritev pwritev2 read readlink
  readlinkat readv recv recvfrom recvmmsg recvmsg request_key rt_sigtimedwait sched_getaffinity sched_get_priority_max
  sched_get_priority_min seccomp select pselect semget send sendfile sendfile64 sendmmsg sendmsg sendto setfsgid setfsuid
  set_tid_address shmat shmget signal signalfd signalfd4 socket splice syscall sysconf sysfs tee time timerfd_create times
  umask userfaultfd vfork vmsplice wait wait3 wait4 waitpid write writev pathconf fpathconf
  getpriority nice personality posix_openpt getpagesize getdtablesize tell ulimit membarrier futex`.split(
    /\s+/,
  ),
);
