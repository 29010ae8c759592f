// Small AArch64 programs in C and assembly, compiled here, and what is found in them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { syscallNamed, syscallNumbered } from '../../../kernel/syscalls.ts';
import { reach } from '../program/link.ts';
import { collectCalls } from '../program/link-sites.ts';
import { summariseCode } from './summarise.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-code-arm-'));
after(() => rmSync(folder, { recursive: true }));
spawnSync(join(import.meta.dirname, '../../../../scripts/test-tools.sh'), ['aarch64'], {
  stdio: 'inherit',
});

/** Calls that the sources name, as N_name. */
const numbers = [
  'getpid',
  'getppid',
  'getuid',
  'geteuid',
  'getgid',
  'getegid',
  'gettid',
  'uname',
  'exit_group',
  'rt_sigaction',
].map((name) => `-DN_${name}=${syscallNamed(name)?.numbers.aarch64}`);

function compile(source: string, options: readonly string[]): Uint8Array {
  const input = join(folder, 'program.c');
  const output = join(folder, 'program');
  writeFileSync(input, source);
  const made = spawnSync(
    'aarch64-linux-gnu-gcc',
    [
      '-O2',
      '-nostdlib',
      '-ffreestanding',
      '-fno-stack-protector',
      ...numbers,
      '-o',
      output,
      input,
      ...options,
    ],
    { encoding: 'utf8' },
  );
  assert.equal(made.status, 0, made.stderr);
  return readFileSync(output);
}

function callsOf(bytes: Uint8Array) {
  const summary = summariseCode(bytes);
  assert.ok(summary);
  const { calls, unsolved } = collectCalls(reach([{ path: '/program', summary, role: 'program' }]));
  const names = [...calls.values()].map(({ number }) => syscallNumbered('aarch64', number)?.name);
  return { calls, unsolved, names: names.sort() };
}

const enter = `
static inline long enter(long n, long a, long b, long c) {
  register long x8 __asm__("x8") = n; register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b; register long x2 __asm__("x2") = c;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory"); return x0;
}
#define NOINLINE __attribute__((noinline, noclone))
`;
const wrapper = `${enter}
NOINLINE long wrap(long n, long a) { return enter(n, a, 0, 0); }
NOINLINE long twice(int unused, long n) { return wrap(n, unused) + 1; }
`;
const many = Array.from({ length: 12 }, (_, at) => `long a${at}`).join(', ');

/** Source, options, names of the calls that can run, and how many places stay unsolved. */
const cases: readonly [string, string, readonly string[], readonly string[], number][] = [
  [
    'a constant',
    `${enter} void _start(void) { enter(N_getpid, 0, 0, 0); enter(N_exit_group, 0, 0, 0); }`,
    [],
    ['exit_group', 'getpid'],
    0,
  ],
  [
    'a choice',
    `${enter} void _start(long x) { enter(x ? N_getpid : N_gettid, 0, 0, 0); }`,
    [],
    ['getpid', 'gettid'],
    0,
  ],
  [
    'a choice of neighbours',
    `${enter} void _start(long x) { enter(N_getuid + (x != 0), 0, 0, 0); }`,
    [],
    ['geteuid', 'getuid'],
    0,
  ],
  [
    'wrappers of wrappers',
    `${wrapper} void _start(void) { wrap(N_getpid, 1); twice(2, N_gettid); }`,
    [],
    ['getpid', 'gettid'],
    0,
  ],
  [
    'what is not called',
    `${wrapper} void unused(void) { wrap(N_uname, 1); } void _start(void) { wrap(N_getpid, 1); }`,
    [],
    ['getpid'],
    0,
  ],
  [
    'a number on the stack',
    `${enter} NOINLINE long deep(${many}, long n) { return enter(n, a0, a11, 0); }
     void _start(long x) { deep(x,1,2,3,4,5,6,7,8,9,10,11,N_getppid); }`,
    [],
    ['getppid'],
    0,
  ],
  [
    'a function by its address, in a table that is used',
    `${wrapper} static void f(void) { wrap(N_getppid, 0); } static void g(void) { wrap(N_uname, 0); }
     void (*const volatile used[2])(void) = { f, f };
     void (*const volatile unused[8])(void) = { g, g, g, g, g, g, g, g };
     void _start(long x) { used[x & 1](); }`,
    ['-fno-section-anchors'],
    ['getppid'],
    0,
  ],
  [
    'a number from memory',
    `${enter} volatile long number; void _start(void) { enter(number, 0, 0, 0); }`,
    [],
    [],
    1,
  ],
  [
    'a switch',
    `${wrapper} void _start(long x) { switch (x) { case 0: wrap(N_getpid,0); break; case 1: wrap(N_getuid, 1); break; case 2: wrap(N_getgid, 7); break;
     case 3: wrap(N_geteuid, 2); break; case 4: wrap(N_getegid, 9); break; case 5: wrap(N_getppid, 4); break; case 6: wrap(N_gettid, 3); break; } }`,
    ['-fjump-tables'],
    ['getegid', 'geteuid', 'getgid', 'getpid', 'getppid', 'gettid', 'getuid'],
    0,
  ],
  [
    'a switch over numbers',
    `${enter} void _start(long x) { long n; switch (x) { case 0: n = N_getpid; break; case 1: n = N_getuid; break; case 2: n = N_uname; break;
     case 3: n = N_geteuid; __asm__ volatile(""); break; case 4: n = N_getegid; break; case 5: n = N_getppid; __asm__ volatile("nop"); break; default: return; } enter(n, x, 0, 0); }`,
    ['-fjump-tables', '-fno-tree-switch-conversion'],
    ['getegid', 'geteuid', 'getpid', 'getppid', 'getuid', 'uname'],
    0,
  ],
  [
    'a number in a structure that the caller fills',
    `${enter} struct job { int number; long a; };
     NOINLINE long run(struct job *job) { return enter(job->number, job->a, 0, 0); }
     void _start(void) { volatile struct job job = { N_getgid, 0 }; run((struct job *) &job); }`,
    [],
    ['getgid'],
    0,
  ],
  [
    'a wrapper whose address is taken',
    `${wrapper} long (*volatile pointer)(long, long); void _start(void) { pointer = wrap; pointer(N_getpid, 0); }`,
    [],
    [],
    1,
  ],
  [
    'a page that is made before a branch and used behind it',
    `${wrapper} static void f(void) { wrap(N_getppid, 0); } static void g(void) { wrap(N_getgid, 0); }
     __asm__(".text\\n.globl _start\\n.type _start,%function\\n_start: adrp x19, table\\n mov x20, x0\\n cbnz x20, 2f\\n mov x19, x1\\n 1: ldr x1, [x19]\\n blr x1\\n ret\\n"
             "2: add x19, x19, :lo12:table\\n ldr x1, [x19, #8]\\n blr x1\\n b 1b\\n.size _start, .-_start\\n");
     void (*const table[2])(void) = { f, g };`,
    [],
    ['getgid', 'getppid'],
    0,
  ],
  [
    'a call through a register that holds an address, and a veneer',
    `${wrapper} void f(void) { wrap(N_getppid, 0); } void g(void) { wrap(N_getgid, 0); }
     __asm__(".text\\n.globl _start\\n.type _start,%function\\n_start: adrp x3, f\\n add x3, x3, :lo12:f\\n blr x3\\n bl veneer\\n ret\\n.size _start, .-_start\\n"
             "veneer: adrp x16, g\\n add x16, x16, :lo12:g\\n br x16\\n");`,
    [],
    ['getgid', 'getppid'],
    0,
  ],
  [
    'a literal beside the code',
    `__asm__(".text\\n.globl _start\\n.type _start,%function\\n_start: ldr x8, 1f\\n svc #0\\n ret\\n.balign 8\\n1: .quad N_NUMBER\\n.size _start, .-_start\\n");`.replace(
      'N_NUMBER',
      String(syscallNamed('getpid')?.numbers.aarch64),
    ),
    [],
    ['getpid'],
    0,
  ],
  [
    'handlers of signals return through the kernel',
    `${enter} void _start(void) { enter(N_rt_sigaction, 10, 0, 0); }`,
    [],
    ['rt_sigaction', 'rt_sigreturn'],
    0,
  ],
];

for (const [name, source, options, expected, open] of cases) {
  for (const kind of [
    ['-static', '-no-pie', '-fno-pic'],
    ['-static-pie', '-fPIE', '-mbranch-protection=standard'],
  ]) {
    test(`${name} (${kind.join(' ')})`, () => {
      const { names, unsolved } = callsOf(compile(source, [...kind, ...options]));
      assert.deepEqual(names, [...expected]);
      assert.equal(unsolved.length, open, JSON.stringify(unsolved));
    });
  }
}
