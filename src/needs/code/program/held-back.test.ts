// What glibc does on request only: on summaries made by hand, as small as the rule that each shows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edge } from '../file/graph.ts';
import {
  type CodeSummary,
  type Possible,
  type Site,
  type SummarySymbol,
  summaryVersion,
} from '../file/summary.ts';
import type { FileTrait } from './glibc-conditions.ts';
import { type LinkedFile, reach } from './link.ts';
import { collectCalls } from './link-sites.ts';

const setscheduler = 144;
const getScheduler = 145;
const sysinfo = 99;
const writev = 20;
const futex = 202;
const tgkill = 234;
const readv = 19;
const getuid = 102;
const shmget = 29;
const sigreturn = 15;
const prctl = 157;

const native = (number: number): Site => ({
  via: 'native',
  values: [{ numbers: [number] }],
  address: 0,
});
const exported = (name: string, at: number, version = 'GLIBC_2.34'): SummarySymbol => ({
  name,
  version,
  weak: false,
  isDefined: true,
  function: at,
});
const imported = (name: string): SummarySymbol => ({ name, weak: false, isDefined: false });

function summary(parts: Partial<CodeSummary>): CodeSummary {
  const edges = parts.edges ?? [];
  return {
    summary: summaryVersion,
    machine: 'x86_64',
    starts: edges.map((_, at) => 0x1000 + 16 * at),
    names: {},
    edges,
    objects: [],
    symbols: [],
    entry: -1,
    initial: [],
    sites: {},
    libraries: {},
    texts: {},
    paths: {},
    reactions: [],
    isGo: false,
    bytes: 0,
    ...parts,
  };
}

const call = (to: number): number => to * 4 + edge.call;
const symbol = (to: number): number => to * 4 + edge.symbol;

/**
 * A glibc: lock > change of priority > sched_setscheduler; setprotocol; sysconf > sysinfo; puts > message > abort.
 */
const libc = (version: string): LinkedFile => ({
  path: '/lib/libc.so.6',
  role: 'library',
  summary: summary({
    edges: [[call(1)], [call(2)], [], [], [call(5)], [], [call(7)], [call(8)], [], [], []],
    sites: {
      1: [native(getScheduler)],
      2: [native(setscheduler)],
      5: [native(sysinfo)],
      6: [native(futex)],
      7: [native(writev)],
      8: [native(tgkill)],
    },
    symbols: [
      imported(''),
      exported('pthread_mutex_lock', 0, version),
      exported('sched_setscheduler', 2),
      exported('pthread_mutexattr_setprotocol', 3),
      exported('sysconf', 4),
      exported('sysinfo', 5),
      exported('puts', 6),
      exported('abort', 8),
      exported('pthread_create', 9),
      exported('pthread_exit', 10),
      exported('_dl_private', 3, 'GLIBC_PRIVATE'),
    ],
  }),
});

function callsOf(
  names: readonly string[],
  given?: Possible,
  version = 'GLIBC_2.34',
  traits: readonly FileTrait[] = [],
): string[] {
  const symbols = [imported(''), ...names.map(imported)];
  const program: LinkedFile = {
    path: '/bin/p',
    role: 'program',
    traits,
    summary: summary({
      entry: 0,
      edges: [names.map((_, at) => symbol(at + 1))],
      symbols,
      sites: {
        0: names.map((_, at) => ({
          via: 'import',
          symbol: at + 1,
          values: [{}, given ?? {}],
          address: 1,
        })),
      },
    }),
  };
  const { calls } = collectCalls(reach([program, libc(version)]));
  return [...calls.keys()].sort();
}

const cases: readonly [string, string[], string[]][] = [
  ['a lock alone changes no priority', callsOf(['pthread_mutex_lock']), []],
  [
    'with a protocol it may',
    callsOf(['pthread_mutex_lock', 'pthread_mutexattr_setprotocol']),
    ['native 144', 'native 145'],
  ],
  ['the wrapper itself always counts', callsOf(['sched_setscheduler']), ['native 144']],
  ['sysconf of a page size', callsOf(['sysconf'], { numbers: [30] }), []],
  ['sysconf of the memory', callsOf(['sysconf'], { numbers: [30, 85] }), ['native 99']],
  ['sysconf of who knows what', callsOf(['sysconf'], {}), ['native 99']],
  ['one thread waits for nobody, and its memory is whole', callsOf(['puts']), []],
  ['a second thread is waited for', callsOf(['puts', 'pthread_create']), ['native 202']],
  ['who aborts does so without a message', callsOf(['puts', 'abort']), ['native 234']],
  [
    'what unwinds may miss its library',
    callsOf(['puts', 'pthread_exit'], undefined, 'GLIBC_2.34', ['no-unwinder']),
    ['native 20', 'native 234'],
  ],
  ['and finds it where it is', callsOf(['puts', 'pthread_exit']), []],
  [
    'a release that nobody read holds nothing back',
    callsOf(['pthread_mutex_lock'], {}, 'GLIBC_2.99'),
    ['native 144', 'native 145'],
  ],
];

for (const [name, found, expected] of cases) test(name, () => assert.deepEqual(found, expected));

/** A glibc whose signal() makes its handlers return; the program gives it `handler`. */
function callsOfHandler(name: string, handler?: Possible): string[] {
  const handling: LinkedFile = {
    path: '/lib/libc.so.6',
    role: 'library',
    summary: summary({
      edges: [[call(1)], [], [call(0)], [call(0)]],
      sites: { 1: [native(sigreturn)] },
      symbols: [
        imported(''),
        exported('signal', 0),
        exported('system', 2),
        exported('setuid', 3),
        exported('_dl_private', 3, 'GLIBC_PRIVATE'),
      ],
    }),
  };
  const site: Site = { via: 'import', symbol: 1, values: [{}, {}, handler ?? {}], address: 1 };
  const program: LinkedFile = {
    path: '/bin/p',
    role: 'program',
    summary: summary({
      entry: 0,
      edges: [[symbol(1)]],
      symbols: [imported(''), imported(name)],
      sites: { 0: [site] },
    }),
  };
  return [...collectCalls(reach([program, handling])).calls.keys()];
}

const handlerCases: readonly [string, string[], string[]][] = [
  ['what is ignored returns nowhere', callsOfHandler('signal', { numbers: [1] }), []],
  ['a handler returns', callsOfHandler('signal', { numbers: [0, 0x1040] }), ['native 15']],
  ['one that is not known may', callsOfHandler('signal'), ['native 15']],
  ['system() ignores signals only', callsOfHandler('system'), []],
  ['threads are told of another user', callsOfHandler('setuid'), ['native 15']],
];

for (const [name, found, expected] of handlerCases)
  test(name, () => assert.deepEqual(found, expected));

/** A glibc whose mmap tells a mapping's name where GLIBC_TUNABLES asks for it, and whose qsort may ask for the memory. */
function callsOfRelease(name: string, sortAsks: boolean): string[] {
  const release: LinkedFile = {
    path: '/lib/libc.so.6',
    role: 'library',
    summary: summary({
      edges: [
        [call(1)],
        [symbol(1)],
        sortAsks ? [call(3)] : [],
        [call(4)],
        [],
        [call(6), call(3)],
        [],
      ],
      sites: {
        1: [native(prctl), { via: 'import', symbol: 1, values: [], address: 0 }],
        4: [native(sysinfo)],
        6: [native(writev)],
      },
      symbols: [
        imported(''),
        imported('__tunable_get_val'),
        exported('mmap', 0),
        exported('qsort_r', 2),
        exported('sysconf', 3),
        exported('sysinfo', 4),
        exported('qsort', 5),
        exported('writev', 6),
        exported('_dl_private', 6, 'GLIBC_PRIVATE'),
      ],
    }),
  };
  const program: LinkedFile = {
    path: '/bin/p',
    role: 'program',
    summary: summary({ entry: 0, edges: [[symbol(1)]], symbols: [imported(''), imported(name)] }),
  };
  return [...collectCalls(reach([program, release])).calls.keys()].sort();
}

const releaseCases: readonly [string, string[], string[]][] = [
  ['mappings have names on request only', callsOfRelease('mmap', false), []],
  ['a sort that asks for the memory', callsOfRelease('qsort', true), ['native 20', 'native 99']],
  ['a sort that does not', callsOfRelease('qsort', false), ['native 20']],
];

for (const [name, found, expected] of releaseCases)
  test(name, () => assert.deepEqual(found, expected));

/** A glibc whose message ends the process in a part of its own. */
test('the message is known where its end stands apart', () => {
  const message: LinkedFile = {
    path: '/lib/libc.so.6',
    role: 'library',
    summary: summary({
      edges: [[call(1)], [call(2)], [call(3)], []],
      sites: { 1: [native(writev)], 3: [native(tgkill)] },
      symbols: [
        imported(''),
        exported('puts', 0),
        exported('abort', 3),
        exported('_dl_private', 3, 'GLIBC_PRIVATE'),
      ],
    }),
  };
  const program: LinkedFile = {
    path: '/bin/p',
    role: 'program',
    summary: summary({ entry: 0, edges: [[symbol(1)]], symbols: [imported(''), imported('puts')] }),
  };
  assert.deepEqual([...collectCalls(reach([program, message])).calls.keys()], []);
});

test('libgcc_s ends the process for what it computes, not for tables that nobody damages', () => {
  const unwinder = (asked: string): LinkedFile[] => [
    {
      path: '/bin/p',
      role: 'program',
      summary: summary({
        entry: 0,
        edges: [[symbol(1)]],
        symbols: [imported(''), imported(asked)],
      }),
    },
    {
      path: '/lib/libgcc_s.so.1',
      role: 'library',
      summary: summary({
        edges: [[call(2)], [call(2)], [symbol(1)], []],
        symbols: [
          imported(''),
          imported('abort'),
          exported('_Unwind_Resume', 0, 'GCC_3.0'),
          exported('__addvsi3', 1, 'GCC_3.0'),
          exported('__gcc_personality_v0', 3, 'GCC_3.3.1'),
        ],
      }),
    },
    libc('GLIBC_2.34'),
  ];
  const calls = (asked: string) => [...collectCalls(reach(unwinder(asked))).calls.keys()];
  assert.deepEqual(calls('_Unwind_Resume'), []);
  assert.deepEqual(calls('__addvsi3'), ['native 234']);
});

/** A glibc whose getpwnam asks nscd (readv), and whose faccessat looks at who runs it (getuid). */
const asking: LinkedFile = {
  path: '/lib/libc.so.6',
  role: 'library',
  summary: summary({
    edges: [[call(1)], [], [], []],
    sites: { 1: [native(readv)], 2: [native(getuid)], 3: [native(shmget)] },
    symbols: [
      imported(''),
      exported('getpwnam', 0),
      exported('faccessat', 2),
      exported('shmget', 3),
      exported('_dl_private', 3, 'GLIBC_PRIVATE'),
    ],
  }),
};

/** Calls of a file with traits that calls a function, itself or through a library with these exports. */
function callsWith(name: string, traits: readonly FileTrait[], library?: readonly string[]) {
  const asker = (path: string, role: LinkedFile['role'], exports: readonly string[]) => ({
    path,
    role,
    traits,
    summary: summary({
      entry: role === 'program' ? 0 : -1,
      edges: [[symbol(1)]],
      symbols: [
        imported(''),
        imported(role === 'program' && library !== undefined ? (library[0] ?? '') : name),
        ...exports.map((each) => exported(each, 0, 'OPENSSL_3.0.0')),
      ],
      sites: {
        0: [{ via: 'import', symbol: 1, values: [{}, {}, {}, {}, { numbers: [0] }], address: 1 }],
      },
    }),
  });
  const between = library === undefined ? [] : [asker('/lib/libcrypto.so.3', 'library', library)];
  const files = [asker('/bin/p', 'program', []), ...between, asking];
  return [...collectCalls(reach(files)).calls.keys()].sort();
}

const traitCases: readonly [string, string[], string[]][] = [
  ['no nscd, no answer of it', callsWith('getpwnam', []), []],
  ['where it is installed it may answer', callsWith('getpwnam', ['name-cache']), ['native 19']],
  ['access of who has no other rights', callsWith('faccessat', []), []],
  ['of who has', callsWith('faccessat', ['privileged']), ['native 102']],
  ['OpenSSL waits for no seed', callsWith('shmget', [], ['RAND_bytes', 'OPENSSL_init_crypto']), []],
  ['another library means what it calls', callsWith('shmget', [], ['RAND_bytes']), ['native 29']],
  ['so does the program', callsWith('shmget', []), ['native 29']],
];

for (const [name, found, expected] of traitCases)
  test(name, () => assert.deepEqual(found, expected));
