// What glibc does only for programs that ask for it by another function first: a thread's scheduling policy, mutexes
// with a priority ceiling, attributes of posix_spawn, name services by database, memory sizes by sysconf. The asking
// is kept in flags that no analysis of single functions sees, so it stands here, read in the sources of glibc 2.31,
// 2.36 and 2.41. A condition holds back only what glibc's own internal functions do; a program that calls the wrapper
// itself is not concerned.

/** Which functions of glibc a condition is about. */
export type Within =
  /** Functions that no symbol is exported for, and those named. */
  | { readonly kind: 'internal'; readonly and: readonly string[] }
  /** The internal function that is the child of posix_spawn: it sets both kinds of IDs by itself. */
  | { readonly kind: 'spawn-child' }
  /** The exported function of that name. */
  | { readonly kind: 'function'; readonly name: string }
  /** All of them. */
  | { readonly kind: 'anywhere' }
  /** All of the loader's. */
  | { readonly kind: 'loader' }
  /** Internal functions that ask for random numbers to begin with, and for the time where there are none. */
  | { readonly kind: 'seeder' };

/** Internal functions that are known by what they do: stripped files have no names for them. */
export type Inner =
  /** __libc_message: writes why the process is ended, and ends it. */
  | 'message'
  /** Whatever loads libgcc_s to unwind. */
  | 'unwinder';

/** What the files of a program ask of the loader and of glibc, apart from their code. */
export type FileTrait =
  /** A search path, a needed library, or a name given to dlopen, with $ORIGIN in it. */
  | 'origin'
  /** A search path or needed library by a path that does not begin at the root. */
  | 'relative'
  /** A program that is set-user-ID or set-group-ID, or has capabilities. */
  | 'privileged'
  /** A target that holds a daemon which answers on nscd's socket. */
  | 'name-cache'
  /** A target without libgcc_s, which some functions of glibc open. */
  | 'no-unwinder'
  /** A target without gconv-modules.cache, which iconvconfig makes where glibc is installed. */
  | 'no-conversion-cache';

/** Holds back until one of its "when" is met; without any for good. */
export interface Condition {
  readonly within: Within;
  /** System calls by name, made there or by the exported function of the same name that is called there. */
  readonly calls?: readonly string[];
  /** Other exported functions that are called there. */
  readonly functions?: readonly string[];
  /** An internal function that is called there. */
  readonly inner?: Inner;
  /** Counts when one of these exported functions can run, whoever calls it. */
  readonly whenReached?: readonly string[];
  /** Counts when a file that is no part of glibc refers to one of these. */
  readonly whenAsked?: readonly string[];
  /** Never counts where no file of the program has this. */
  readonly onlyWith?: FileTrait;
  /** What is asked or reached counts only where glibc's own function of the one name calls that of the other. */
  readonly ifCalls?: readonly [from: string, to: string];
  /** Counts when a file of the program has one of these. */
  readonly whenFile?: readonly FileTrait[];
  /** Counts when a file that is no part of glibc calls that with such a number, or with an unknown one. */
  readonly whenGiven?: readonly Given[];
}

/** An argument that decides. */
export interface Given {
  readonly name: string;
  readonly position: number;
  /** One of these. */
  readonly numbers?: readonly number[];
  /** One that has one of these bits. */
  readonly bits?: number;
}

const internal = (...and: string[]): Within => ({ kind: 'internal', and });
const within = (name: string): Within => ({ kind: 'function', name });
const anywhere: Within = { kind: 'anywhere' };
const loader: Within = { kind: 'loader' };
const spawnChild: Within = { kind: 'spawn-child' };

/** Set PTHREAD_PRIO_PROTECT or a ceiling (nptl/tpp.c, nptl/pthread_mutexattr_setprotocol.c). */
const ceilings = [
  'pthread_mutexattr_setprotocol',
  'pthread_mutexattr_setprioceiling',
  'pthread_mutexattr_getprioceiling',
  'pthread_mutex_setprioceiling',
];

/** Give a thread a policy or priority of its own (nptl/pthread_create.c, default-sched.h). */
const policies = [
  'pthread_attr_setinheritsched',
  'pthread_attr_setschedpolicy',
  'pthread_attr_setschedparam',
  'pthread_setattr_default_np',
  'pthread_getattr_np',
  'pthread_setschedparam',
  'pthread_setschedprio',
  'pthread_getschedparam',
];

/** Make a second thread in the same memory. */
const threads = ['pthread_create', 'thrd_create', 'clone', '__clone', 'clone3', '__clone_internal'];

/** Unwind the stack by libgcc_s, other than for the exceptions of C++, whose programs are linked with it. */
const unwinders = ['pthread_exit', 'pthread_cancel', 'thrd_exit', 'backtrace'];

/** Change the user or groups of all threads (nptl/nptl_setxid.c). */
const userChanges = [
  ...['setuid', 'setgid', 'seteuid', 'setegid', 'setreuid', 'setregid', 'setresuid'],
  ...['setresgid', 'setgroups', 'initgroups'],
];

/** Calls of remote procedures: both ends. */
const remoteCalls = [
  ...['clnt_create', 'clnttcp_create', 'clntudp_create', 'clntudp_bufcreate', 'clntunix_create'],
  ...['__libc_clntudp_bufcreate', 'clnt_broadcast', 'callrpc', 'pmap_getport', 'pmap_rmtcall'],
  ...['svcudp_create', 'svcudp_bufcreate', 'svctcp_create', 'svcfd_create', 'svcunix_create'],
  ...['svcunixfd_create', 'svc_run', 'rtime', 'rcmd', 'rcmd_af', 'rexec', 'rexec_af'],
];

/** Look up hosts and networks, by all services. */
const hostFunctions = [
  ...['getaddrinfo', 'gethostbyname', 'gethostbyname2', 'gethostbyname_r', 'gethostbyname2_r'],
  ...['gethostbyaddr', 'gethostbyaddr_r', 'getnetbyname', 'getnetbyname_r', 'getnetbyaddr'],
  ...['getnetbyaddr_r', 'gethostent', 'gethostent_r', 'sethostent', 'endhostent', 'getnetent'],
  ...['getnetent_r', 'setnetent', 'endnetent', '__nss_hostname_digits_dots'],
];

/** Sort lists of any length with qsort, inside of glibc. */
const sorters = [
  ...['scandir', 'scandir64', 'scandirat', 'scandirat64', 'glob', 'glob64', 'wordexp'],
  ...['fts_open', 'fts64_open', 'argp_parse', 'argp_help', 'argp_state_help', 'getaddrinfo'],
];

/** Read directories, inside of glibc. */
const directoryReaders = [
  ...['scandir', 'scandir64', 'scandirat', 'scandirat64', 'glob', 'glob64', 'wordexp'],
  ...['ftw', 'ftw64', 'nftw', 'nftw64', 'fts_open', 'fts64_open', 'rewinddir', 'telldir'],
];

/** Choose a locale or a conversion of characters. */
const conversions = ['setlocale', 'newlocale', '__newlocale', 'iconv_open'];

/** Let blocks of memory grow by realloc, inside of glibc, as far as what they read is long. */
const growers = [
  ...sorters,
  ...directoryReaders,
  ...['getdelim', '__getdelim', 'getline', 'open_memstream', 'open_wmemstream'],
  ...['asprintf', 'vasprintf', '__asprintf_chk', '__vasprintf_chk', '__asprintf', 'obstack_printf'],
  ...['scanf', 'fscanf', 'sscanf', 'vscanf', 'vfscanf', 'vsscanf', 'wscanf', 'fwscanf', 'swscanf'],
  ...['__isoc99_scanf', '__isoc99_fscanf', '__isoc99_sscanf', '__isoc99_vscanf'],
  ...['__isoc99_vfscanf', '__isoc99_vsscanf', '__isoc23_scanf', '__isoc23_fscanf'],
  ...['__isoc23_sscanf', '__isoc23_vscanf', '__isoc23_vfscanf', '__isoc23_vsscanf'],
  ...['regcomp', 'regexec', 're_compile_pattern', 're_search', 're_match', 're_search_2'],
  ...['setenv', 'putenv', 'argz_append', 'argz_add', 'argz_add_sep', 'argz_create_sep'],
  ...['argz_insert', 'argz_replace', 'envz_add', 'envz_merge', 'catopen', 'crypt', 'crypt_r'],
  ...['getpwnam', 'getpwuid', 'getpwent', 'getgrnam', 'getgrgid', 'getgrent', 'getgrouplist'],
  ...['initgroups', 'getspnam', 'getspent', 'fgetpwent', 'fgetgrent', 'fgetspent', 'sgetspent'],
  ...['gethostbyname', 'gethostbyname2', 'gethostbyaddr', 'gethostent', 'getservbyname'],
  ...['getservbyport', 'getservent', 'getprotobyname', 'getprotobynumber', 'getprotoent'],
  ...['getnetbyname', 'getnetbyaddr', 'getnetent', 'getaliasbyname', 'getaliasent', 'getrpcbyname'],
  ...['getrpcbynumber', 'getrpcent', 'if_nameindex', 'getifaddrs', 'svc_register', 'xprt_register'],
  ...['pthread_attr_setaffinity_np', 'pthread_getattr_np', 'posix_spawn_file_actions_addopen'],
  ...['aio_read', 'aio_read64', 'aio_write', 'aio_write64', 'lio_listio', 'lio_listio64'],
  ...['getaddrinfo_a', 'dlopen', 'dlmopen'],
];

/** Wait for another thread or process, or wake it, even where this process has but one thread. */
const waiters = [
  ...threads,
  ...['pthread_once', '__pthread_once', 'call_once', 'pthread_join', 'pthread_barrier_wait'],
  ...['pthread_cond_wait', 'pthread_cond_timedwait', 'pthread_cond_clockwait', 'cnd_wait'],
  ...['cnd_timedwait', 'mtx_timedlock', 'pthread_mutex_timedlock', 'pthread_mutex_clocklock'],
  ...['pthread_rwlock_timedrdlock', 'pthread_rwlock_timedwrlock', 'pthread_rwlock_clockrdlock'],
  ...['pthread_rwlock_clockwrlock', 'sem_wait', 'sem_timedwait', 'sem_clockwait', 'sem_post'],
  ...['pthread_mutexattr_setpshared', 'pthread_condattr_setpshared', 'pthread_mutex_consistent'],
  ...['pthread_rwlockattr_setpshared', 'pthread_barrierattr_setpshared', 'aio_suspend'],
  ...['pthread_mutexattr_setrobust', 'pthread_mutexattr_setrobust_np', 'aio_suspend64'],
  ...['gai_suspend', 'pthread_mutexattr_setprotocol'],
];

/** Numbers of sysconf: _SC_NPROCESSORS_CONF and _SC_NPROCESSORS_ONLN, _SC_PHYS_PAGES and _SC_AVPHYS_PAGES. */
const processorNumbers = [83, 84];
const memoryNumbers = [85, 86];

/** What posix_spawnattr_setflags is given (posix/spawn.h). */
const spawnFlags = (bits: number): readonly Given[] => [
  { name: 'posix_spawnattr_setflags', position: 2, bits },
];

export const conditions: readonly Condition[] = [
  {
    within: internal('pthread_create'),
    calls: ['sched_setscheduler', 'sched_getscheduler', 'sched_getparam'],
    whenReached: [...ceilings, ...policies],
    whenGiven: spawnFlags(0x20),
  },
  {
    within: internal(),
    calls: ['sched_get_priority_min', 'sched_get_priority_max'],
    whenReached: [...ceilings, 'pthread_attr_setschedparam', 'pthread_setattr_default_np'],
  },
  {
    within: internal('pthread_create'),
    calls: ['sched_setaffinity'],
    whenAsked: ['pthread_attr_setaffinity_np', 'pthread_setattr_default_np', 'pthread_getattr_np'],
  },
  // sysdeps/unix/sysv/linux/spawni.c, __spawni_child: each flag of POSIX_SPAWN_* by itself.
  {
    within: spawnChild,
    calls: ['setresuid', 'setresgid', 'getuid', 'getgid'],
    whenGiven: spawnFlags(0x01),
  },
  { within: spawnChild, calls: ['setpgid'], whenGiven: spawnFlags(0x02) },
  { within: spawnChild, calls: ['sched_setparam'], whenGiven: spawnFlags(0x10) },
  { within: spawnChild, calls: ['sched_setscheduler'], whenGiven: spawnFlags(0x20) },
  { within: spawnChild, calls: ['setsid'], whenGiven: spawnFlags(0x80) },
  {
    within: spawnChild,
    calls: ['dup2', 'dup3'],
    whenReached: ['posix_spawn_file_actions_adddup2', 'posix_spawn_file_actions_addopen'],
  },
  {
    within: spawnChild,
    calls: ['chdir'],
    whenReached: ['posix_spawn_file_actions_addchdir_np', 'posix_spawn_file_actions_addchdir'],
  },
  {
    within: spawnChild,
    calls: ['fchdir'],
    whenReached: ['posix_spawn_file_actions_addfchdir_np', 'posix_spawn_file_actions_addfchdir'],
  },
  {
    within: spawnChild,
    calls: ['close_range'],
    whenReached: ['posix_spawn_file_actions_addclosefrom_np'],
  },
  {
    within: spawnChild,
    calls: ['getpgid'],
    functions: ['tcsetpgrp'],
    whenReached: ['posix_spawn_file_actions_addtcsetpgrp_np'],
  },
  // sunrpc/svc.c, __rpc_thread_svc_cleanup: a thread that ends unregisters the services that it registered.
  { within: internal(), functions: ['svc_unregister'], whenReached: ['svc_register'] },
  // sysdeps/posix/sysconf.c; stdlib/msort.c asks for the memory before it sorts more than 1 kB, up to 2.36. The list of
  // locale aliases, 16 bytes each, that setlocale sorts is shorter than that.
  {
    within: within('sysconf'),
    calls: ['sysinfo'],
    functions: ['get_phys_pages', 'get_avphys_pages'],
    ifCalls: ['qsort_r', 'sysconf'],
    whenAsked: ['qsort', 'qsort_r'],
    whenReached: sorters,
    whenGiven: [{ name: 'sysconf', position: 1, numbers: memoryNumbers }],
  },
  {
    within: within('sysconf'),
    functions: ['get_nprocs', 'get_nprocs_conf'],
    whenGiven: [{ name: 'sysconf', position: 1, numbers: processorNumbers }],
  },
  // malloc/arena.c: arenas other than the first, and the number of processors that bounds them, are only for further
  // threads: where there is one thread malloc, calloc, realloc and free take the first one (SINGLE_THREAD_P).
  { within: internal(), functions: ['get_nprocs'], whenReached: threads },
  {
    within: internal(),
    calls: ['sched_getaffinity'],
    whenReached: [...threads, 'get_nprocs', 'get_nprocs_conf'],
  },
  // shrink_heap and mtrim there, advise_stack_range (nptl/allocatestack.c); huge pages are asked for by GLIBC_TUNABLES.
  {
    within: internal('malloc', 'calloc', 'realloc', 'free', 'memalign', 'aligned_alloc'),
    calls: ['madvise'],
    whenReached: [...threads, 'malloc_trim'],
  },
  // malloc/malloc.c, mremap_chunk: blocks of 128 kB and more. What the loader lets grow is shorter.
  {
    within: internal('realloc'),
    calls: ['mremap'],
    whenAsked: ['realloc', 'reallocarray', '__libc_reallocarray', '__libc_realloc'],
    whenReached: growers,
  },
  // sysdeps/nptl/libc_start_call_main.h and nptl/pthread_create.c: the end of one thread of several, or of the first
  // one by pthread_exit. In _exit it stands behind exit_group, which does not come back.
  {
    within: internal('__libc_start_main'),
    calls: ['exit'],
    whenReached: [...threads, ...unwinders],
  },
  { within: within('_exit'), calls: ['exit'] },
  // libio/genops.c, _IO_unbuffer_all: waits for a thread that holds a stream.
  { within: internal('_IO_cleanup'), calls: ['sched_yield'], whenReached: threads },
  // Locks are taken without the kernel unless somebody else holds them.
  { within: anywhere, calls: ['futex'], whenReached: waiters },
  // assert() inside of glibc, and what it does when it finds memory damaged: malloc's checks, __stack_chk_fail,
  // __chk_fail, the check of stdio's tables (libio/vtables.c).
  { within: anywhere, functions: ['__assert_fail', '__assert_perror_fail', '__assert'] },
  // Without damage only where unwinding finds no libgcc_s; arc4random gives up where getrandom is refused.
  { within: anywhere, inner: 'message', whenReached: unwinders, onlyWith: 'no-unwinder' },
  {
    within: anywhere,
    functions: ['abort'],
    whenAsked: ['abort', '__assert_fail', '__assert_perror_fail', '__assert', 'mcheck'],
  },
  // intl/eval-plural.h: a catalogue whose plural form divides by zero. (abort is not internal.)
  { within: internal(), functions: ['raise'], whenAsked: ['raise', 'abort'] },
  // misc/unwind-link.c; before 2.34 in each place. The landing pads of glibc's own functions run only when unwinding.
  { within: anywhere, inner: 'unwinder', whenReached: unwinders },
  // sysdeps/unix/sysv/linux/getcwd.c, generic_getcwd: where the kernel's answer does not begin at the root.
  { within: within('getcwd'), functions: ['fdopendir', 'readdir', 'readdir64', 'rewinddir'] },
  // iconv/gconv_conf.c: only with GCONV_PATH. intl/dcigettext.c: only with a catalogue's path that is relative.
  {
    within: internal(),
    functions: ['getcwd'],
    whenReached: ['bindtextdomain', 'ftw', 'ftw64', 'nftw', 'nftw64'],
  },
  // Conversions of characters are looked for once a locale other than C is chosen, or iconv asks for them
  // (wcsmbs/wcsmbsload.c, intl/dcigettext.c); only without gconv-modules.cache are the files of a directory read
  // (iconv/gconv_conf.c).
  {
    within: internal(),
    functions: ['opendir', 'readdir', 'readdir64'],
    whenReached: [...directoryReaders, ...conversions],
  },
  {
    within: internal(),
    functions: ['opendir', 'readdir', 'readdir64'],
    whenReached: directoryReaders,
    whenFile: ['no-conversion-cache'],
  },
  // What glibc itself prepares once.
  {
    within: internal(),
    functions: ['pthread_once', '__pthread_once'],
    whenReached: [
      ...[
        ...conversions,
        ...hostFunctions,
        ...remoteCalls,
        'timer_create',
        'mq_notify',
        'call_once',
      ],
      ...['setnetgrent', 'getnetgrent', 'getnetgrent_r', 'innetgr', 'fmtmsg', 'authnone_create'],
      ...['svc_register', 'svc_exit', 'xprt_register', 'svc_getreqset', '__rpc_thread_svc_fdset'],
    ],
  },
  // sysdeps/unix/sysv/linux/faccessat.c: what access() leaves out is computed for AT_SYMLINK_NOFOLLOW, and in
  // privileged programs for AT_EACCESS.
  {
    within: within('faccessat'),
    calls: ['getuid', 'geteuid', 'getgid', 'getegid'],
    functions: ['group_member', '__group_member'],
    whenFile: ['privileged'],
    whenGiven: [{ name: 'faccessat', position: 4, bits: 0x100 }],
  },
  // nscd/nscd_helper.c: an answer of nscd. Without one it goes no further than to a socket that nobody listens on.
  { within: internal(), calls: ['readv'], whenFile: ['name-cache'] },
  {
    within: internal(),
    calls: ['recvmsg'],
    whenFile: ['name-cache'],
    whenReached: [...remoteCalls, 'getaddrinfo', 'getifaddrs'],
  },
  {
    within: internal(),
    calls: ['poll'],
    whenFile: ['name-cache'],
    whenReached: [...remoteCalls, '__res_context_send', 'res_send', 'res_nsend', '__res_nsend'],
  },
  {
    within: internal(),
    calls: ['sendto'],
    functions: ['send', '__send'],
    whenFile: ['name-cache'],
    whenReached: [
      ...[...remoteCalls, '__res_context_send', 'res_send', 'res_nsend', '__res_nsend'],
      ...['getaddrinfo', 'getifaddrs', 'syslog', 'vsyslog', '__syslog_chk', '__vsyslog_chk'],
    ],
  },
  // nss/getnssent_r.c: only for hosts and networks.
  { within: internal(), functions: ['__resolv_context_get'], whenReached: hostFunctions },
  // posix/glob.c: GLOB_TILDE and GLOB_TILDE_CHECK.
  {
    within: within('glob64'),
    functions: ['getlogin_r', 'getpwnam_r', 'getpwnam'],
    whenGiven: [
      { name: 'glob', position: 2, bits: 0x5000 },
      { name: 'glob64', position: 2, bits: 0x5000 },
    ],
  },
  // debug/longjmp_chk.c: a jump that looks as if it went down is allowed from a signal's own stack only.
  { within: internal('__longjmp_chk'), calls: ['sigaltstack'], whenReached: ['sigaltstack'] },
  // nptl/nptl_setxid.c tells all other threads of a change of user.
  {
    within: internal(),
    calls: ['tgkill'],
    whenReached: [...threads, 'raise', 'pthread_kill', 'abort', 'pthread_sigqueue'],
  },
  // The way back from a handler (sysdeps/unix/sysv/linux/x86_64/libc_sigaction.c), where there is one: a program's own, that
  // of a thread that changes its user or is cancelled (nptl/pthread_create.c, pthread_cancel.c), or of profiling
  // (sysdeps/posix/profil.c). All else that glibc sets itself is SIG_DFL or SIG_IGN.
  {
    within: internal(),
    calls: ['rt_sigreturn'],
    whenAsked: [
      ...['sigaction', '__sigaction', 'sigvec', 'siginterrupt', 'sigset', 'ssignal', 'bsd_signal'],
      ...['sysv_signal', '__sysv_signal', 'profil', 'sprofil', 'monstartup', '__monstartup'],
    ],
    whenReached: ['pthread_cancel', ...userChanges],
    whenGiven: [{ name: 'signal', position: 2, bits: -2 }],
  },
  // sysdeps/posix/system.c: a thread that waits for system() is cancelled.
  { within: internal(), calls: ['kill'], whenReached: ['pthread_cancel'] },
  // sysdeps/posix/tempname.c: what is made under the name is a directory only for mkdtemp.
  { within: internal(), calls: ['mkdir'], whenReached: ['mkdtemp'] },
  // malloc/malloc.c and sysdeps/posix/tempname.c: the time is taken where the kernel has no getrandom. Kernels that old
  // are asked for the time through the vDSO.
  { within: { kind: 'seeder' }, functions: ['clock_gettime'] },
  // stdlib/arc4random.c: waits for /dev/random where the kernel has no getrandom.
  { within: { kind: 'seeder' }, calls: ['ppoll'] },
  // sysdeps/unix/sysv/linux/time.c: what is put in the place of the vDSO's function.
  { within: internal(), calls: ['time'] },
  // elf/rtld.c, when the loader is itself what was started; elf/dl-profile.c with LD_PROFILE; elf/dl-printf.c with
  // LD_DEBUG, with LD_TRACE_LOADED_OBJECTS (ldd), or when a library or symbol is missing; getcwd's own walk over
  // directories; exit behind exit_group; the version of a kernel without vDSO.
  {
    within: loader,
    calls: [
      ...['execve', 'setitimer', 'rt_sigaction', 'rt_sigreturn', 'lseek', 'getpid', 'getdents64'],
      ...['exit', 'uname', 'writev'],
    ],
  },
  // elf/dl-origin.c, elf/dl-object.c.
  { within: loader, calls: ['readlink', 'readlinkat'], whenFile: ['origin'] },
  {
    within: loader,
    calls: ['getcwd'],
    whenAsked: ['dlopen', 'dlmopen'],
    whenFile: ['relative'],
  },
  // csu/check_fds.c: standard descriptors that are closed.
  { within: loader, calls: ['fcntl'], whenFile: ['privileged'] },
];

/**
 * Functions of name services that look up hosts and networks, and the public ones that ask for them (nss/,
 * sysdeps/posix/getaddrinfo.c): glibc's own services hold the addresses of all of theirs.
 */
export const hostLookups: readonly {
  readonly name: string;
  readonly whenReached: readonly string[];
}[] = [
  { name: 'gethostbyname_r', whenReached: ['gethostbyname_r', 'gethostbyname2_r', 'getaddrinfo'] },
  { name: 'gethostbyname2_r', whenReached: ['gethostbyname_r', 'gethostbyname2_r', 'getaddrinfo'] },
  { name: 'gethostbyname3_r', whenReached: ['gethostbyname_r', 'gethostbyname2_r', 'getaddrinfo'] },
  { name: 'gethostbyname4_r', whenReached: ['getaddrinfo'] },
  { name: 'gethostbyaddr_r', whenReached: ['gethostbyaddr_r'] },
  { name: 'gethostbyaddr2_r', whenReached: ['gethostbyaddr_r'] },
  { name: 'getcanonname_r', whenReached: ['getaddrinfo'] },
  { name: 'getnetbyname_r', whenReached: ['getnetbyname_r'] },
  { name: 'getnetbyaddr_r', whenReached: ['getnetbyaddr_r'] },
];

/**
 * OpenSSL waits for the kernel's random numbers in one function only (wait_random_seeded in rand_unix.c of 1.1.1 and 3.x:
 * shared memory tells other processes, uname whether the kernel is older than 4.8), where getrandom gave none: before
 * Linux 3.17. The library is known by what it exports.
 */
export const opensslSeeding = {
  exports: ['RAND_bytes', 'OPENSSL_init_crypto'],
  functions: ['shmget', 'shmat', 'shmdt', 'uname'],
} as const;

/**
 * libgcc_s ends the process where it finds unwind tables damaged (gcc_assert in libgcc/unwind-dw2.c and unwind.inc), as
 * glibc does where it finds memory damaged. What it computes for -ftrapv ends it for a reason of the program's.
 */
export const unwinding = {
  exports: ['_Unwind_Resume', '__gcc_personality_v0'],
  functions: ['abort'],
  unless: /^__(?:abs|add|sub|mul|neg)v[sdt]i[23]$/,
} as const;

/**
 * The import by which functions of glibc are told of GLIBC_TUNABLES, and the position of what it calls then. What gives names to
 * mappings (`call`; sysdeps/unix/sysv/linux/setvmaname.c, 2.41) does so only where it asks for that.
 */
export const tunable = { name: '__tunable_get_val', position: 3, call: 'prctl' } as const;

/** The newest release, 2.x, that was looked at; of later ones nothing is held back. */
export const knownReleases = { to: 41 } as const;
