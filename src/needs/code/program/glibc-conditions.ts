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
  | { readonly kind: 'function'; readonly name: string };

export interface Condition {
  readonly within: Within;
  /** System calls by name, made there or by the exported function of the same name that is called there. */
  readonly calls: readonly string[];
  /** Other exported functions that are called there. */
  readonly functions?: readonly string[];
  /** Counts when one of these exported functions can run, whoever calls it. */
  readonly whenReached: readonly string[];
  /** Counts when a file that is no part of glibc refers to one of these. */
  readonly whenAsked: readonly string[];
  /** Counts when a file that is no part of glibc calls that with one of these numbers, or with an unknown one. */
  readonly whenGiven?: {
    readonly name: string;
    readonly position: number;
    readonly numbers: readonly number[];
  };
}

const internal = (...and: string[]): Within => ({ kind: 'internal', and });

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

export const conditions: readonly Condition[] = [
  {
    within: internal('pthread_create'),
    calls: ['sched_setscheduler', 'sched_getscheduler', 'sched_getparam'],
    whenReached: [...ceilings, ...policies],
    whenAsked: ['posix_spawnattr_setflags'],
  },
  {
    within: internal(),
    calls: ['sched_get_priority_min', 'sched_get_priority_max'],
    whenReached: [...ceilings, 'pthread_attr_setschedparam', 'pthread_setattr_default_np'],
    whenAsked: [],
  },
  {
    within: internal('pthread_create'),
    calls: ['sched_setaffinity'],
    whenReached: [
      'pthread_attr_setaffinity_np',
      'pthread_setaffinity_np',
      'pthread_setattr_default_np',
      'pthread_getattr_np',
    ],
    whenAsked: [],
  },
  // sysdeps/unix/sysv/linux/spawni.c, __spawni_child.
  {
    within: { kind: 'spawn-child' },
    calls: ['setresuid', 'setresgid', 'getuid', 'getgid', 'setsid', 'setpgid', 'sched_setparam'],
    whenReached: [],
    whenAsked: ['posix_spawnattr_setflags'],
  },
  {
    within: { kind: 'spawn-child' },
    calls: ['dup2', 'dup3'],
    whenReached: ['posix_spawn_file_actions_adddup2', 'posix_spawn_file_actions_addopen'],
    whenAsked: [],
  },
  {
    within: { kind: 'spawn-child' },
    calls: ['chdir'],
    whenReached: ['posix_spawn_file_actions_addchdir_np', 'posix_spawn_file_actions_addchdir'],
    whenAsked: [],
  },
  {
    within: { kind: 'spawn-child' },
    calls: ['fchdir'],
    whenReached: ['posix_spawn_file_actions_addfchdir_np', 'posix_spawn_file_actions_addfchdir'],
    whenAsked: [],
  },
  {
    within: { kind: 'spawn-child' },
    calls: ['close_range'],
    whenReached: ['posix_spawn_file_actions_addclosefrom_np'],
    whenAsked: [],
  },
  {
    within: { kind: 'spawn-child' },
    calls: ['getpgid'],
    functions: ['tcsetpgrp'],
    whenReached: ['posix_spawn_file_actions_addtcsetpgrp_np'],
    whenAsked: [],
  },
  // sunrpc/svc.c, __rpc_thread_svc_cleanup: a thread that ends unregisters the services that it registered.
  {
    within: internal(),
    calls: [],
    functions: ['svc_unregister'],
    whenReached: ['svc_register'],
    whenAsked: [],
  },
  // sysdeps/posix/sysconf.c: _SC_PHYS_PAGES and _SC_AVPHYS_PAGES; stdlib/msort.c asks for the first.
  {
    within: { kind: 'function', name: 'sysconf' },
    calls: ['sysinfo'],
    functions: ['get_phys_pages', 'get_avphys_pages'],
    whenReached: ['qsort', 'qsort_r'],
    whenAsked: [],
    whenGiven: { name: 'sysconf', position: 1, numbers: [85, 86] },
  },
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
 * What the loader does only when it is itself the program that was started (execve of a static program, elf/rtld.c), or
 * when LD_PROFILE is set (setitimer, elf/dl-profile.c).
 */
export const loaderOnRequest: ReadonlySet<string> = new Set(['execve', 'setitimer']);

/** The import by which functions of glibc are told of GLIBC_TUNABLES, and the position of what it calls then. */
export const tunable = { name: '__tunable_get_val', position: 3 } as const;

/** The newest release, 2.x, that was looked at; of later ones nothing is held back. */
export const knownReleases = { to: 41 } as const;
