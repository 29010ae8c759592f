// Small programs in C and assembly, compiled here, and what is found in them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { syscallNumbered } from '../../../kernel/syscalls.ts';
import { reach } from '../program/link.ts';
import { collectCalls } from '../program/link-sites.ts';
import { summariseCode } from './summarise.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-code-'));
after(() => rmSync(folder, { recursive: true }));

function compile(source: string, options: readonly string[]): Uint8Array {
  const input = join(folder, 'program.c');
  const output = join(folder, 'program');
  writeFileSync(input, source);
  const made = spawnSync(
    'gcc',
    ['-O2', '-nostdlib', '-ffreestanding', '-fno-stack-protector', '-o', output, input, ...options],
    { encoding: 'utf8' },
  );
  assert.equal(made.status, 0, made.stderr);
  return readFileSync(output);
}

function callsOf(bytes: Uint8Array) {
  const summary = summariseCode(bytes);
  assert.ok(summary);
  const reached = reach([{ path: '/program', summary, role: 'program' }]);
  const { calls, unsolved } = collectCalls(reached);
  return {
    calls,
    unsolved,
    names: [...calls.values()]
      .map(({ via, number }) => syscallNumbered(via === 'native' ? 'x86_64' : 'i386', number)?.name)
      .sort(),
  };
}

const enter = `
static inline long enter(long n, long a, long b, long c) {
  long r; __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory"); return r;
}
`;
const wrapper = `${enter}
__attribute__((noinline)) long wrap(long n, long a) { return enter(n, a, 0, 0); }
__attribute__((noinline)) long twice(int unused, long n) { return wrap(n, unused) + 1; }
`;

/** Source, options, names of the calls that can run, and how many places stay unsolved. */
const cases: readonly [string, string, readonly string[], readonly string[], number][] = [
  [
    'a constant',
    `${enter} void _start(void) { enter(39, 0, 0, 0); enter(231, 0, 0, 0); }`,
    [],
    ['exit_group', 'getpid'],
    0,
  ],
  [
    'a choice',
    `${enter} void _start(long x) { enter(x ? 39 : 102, 0, 0, 0); }`,
    [],
    ['getpid', 'getuid'],
    0,
  ],
  [
    'wrappers of wrappers',
    `${wrapper} void _start(void) { wrap(39, 1); twice(2, 186); }`,
    [],
    ['getpid', 'gettid'],
    0,
  ],
  [
    'behind what never comes back, in a file that tells where no function ends',
    `__asm__(".globl _start\\n_start: cmp $1, %rdi\\n je 2f\\n mov $39, %r14d\\n jmp 1f\\n2: mov (%rsi), %r14\\n call leave\\n"
      "1: mov %r14, %rax\\n syscall\\n3: jmp 3b\\n leave: sub $8, %rsp\\n call out\\n nop\\n unused: ret\\n"
      "out: mov $231, %eax\\n syscall\\n4: jmp 4b\\n unused2: ret");`,
    ['-static', '-s', '-Wl,--build-id=none'],
    ['exit_group', 'getpid'],
    0,
  ],
  [
    'what is not called',
    `${wrapper} void unused(void) { wrap(169, 1); } void _start(void) { wrap(39, 1); }`,
    [],
    ['getpid'],
    0,
  ],
  [
    'a function by its address, in a table that is used',
    `${wrapper} static void f(void) { wrap(110, 0); } static void g(void) { wrap(169, 0); }
     void (*const volatile used[2])(void) = { f, f };
     void (*const volatile unused[8])(void) = { g, g, g, g, g, g, g, g };
     void _start(long x) { used[x & 1](); }`,
    [],
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
    `${wrapper} void _start(long x) { switch (x) { case 0: wrap(39,0); break; case 1: wrap(102, 1); break; case 2: wrap(104, 7); break;
     case 3: wrap(107, 2); break; case 4: wrap(108, 9); break; case 5: wrap(110, 4); break; } }`,
    ['-fjump-tables'],
    ['getegid', 'geteuid', 'getgid', 'getpid', 'getppid', 'getuid'],
    0,
  ],
  [
    'int 0x80 has numbers of its own',
    'void _start(void) { __asm__ volatile("movl $20, %eax; int $0x80"); }',
    [],
    ['getpid'],
    0,
  ],
  [
    'a number in a structure that the caller fills',
    `${enter} struct job { int number; long a; };
     __attribute__((noinline)) long run(struct job *job) { return enter(job->number, job->a, 0, 0); }
     void _start(void) { volatile struct job job = { 105, 0 }; run((struct job *) &job); }`,
    [],
    ['setuid'],
    0,
  ],
  [
    'a wrapper that is called through a word that holds its address',
    `${wrapper} static long (*const volatile pointer)(long, long) = wrap;
     void _start(void) { __asm__ volatile("mov $39, %%edi; xor %%esi, %%esi; call *%0" : : "m"(pointer) : "rdi", "rsi", "rax", "memory"); }`,
    [],
    ['getpid'],
    1,
  ],
  [
    'a wrapper that is only jumped to, where nothing tells sizes',
    `${enter} __asm__(".globl _start; .text; _start: mov $39, %edi; call f; mov $102, %edi; call f; hlt; "
      "g0: ret; t: mov %edi, %eax; syscall; ret; u: ret; f: nop; jmp t; v: ret");`,
    ['-s'],
    ['getpid', 'getuid'],
    0,
  ],
  [
    'a wrapper whose address is taken',
    `${wrapper} long (*volatile pointer)(long, long); void _start(void) { pointer = wrap; pointer(39, 0); }`,
    [],
    [],
    1,
  ],
];

for (const [name, source, options, expected, open] of cases) {
  for (const kind of [
    ['-static', '-no-pie', '-fno-pic'],
    ['-static-pie', '-fPIE'],
  ]) {
    test(`${name} (${kind[0]} ${kind[1]})`, () => {
      const { names, unsolved } = callsOf(compile(source, [...kind, ...options]));
      assert.deepEqual(names, [...expected]);
      assert.equal(unsolved.length, open, JSON.stringify(unsolved));
    });
  }
}

test('a number that happens to lie in a function that jumps by no table is no label of it', () => {
  const source = `__asm__(".globl _start; .type _start, @function; _start: lea numbers(%rip), %rbx; mov $39, %eax; jmp 1f; "
    ".Lbetween: nop; nop; 1: syscall; hlt; .size _start, . - _start; .data; .balign 16; numbers: .quad .Lbetween + 1");`;
  const { names, unsolved } = callsOf(compile(source, ['-static', '-no-pie']));
  assert.deepEqual(names, ['getpid']);
  assert.deepEqual(unsolved, []);
});

test('watched arguments are solved through wrappers', () => {
  const source = `${enter} __attribute__((noinline)) long my_ioctl(int fd, unsigned long request) { return enter(16, fd, request, 0); }
    void _start(void) { my_ioctl(0, 0x5401); my_ioctl(1, 0x5413); }`;
  const { calls } = callsOf(compile(source, ['-static', '-no-pie']));
  const request = calls.get('native 16')?.arguments.get(2);
  assert.deepEqual([...(request?.numbers ?? [])].sort(), [0x5401, 0x5413]);
  assert.equal(request?.isPartial, false);
});

test('what is no x86-64 program has no summary; a damaged one has one of what is left', () => {
  assert.equal(summariseCode(Buffer.from('#!/bin/sh\n')), undefined);
  const whole = compile(`${enter} void _start(void) { enter(39, 0, 0, 0); }`, ['-static']);
  for (let length = 0; length < whole.length; length += 61)
    summariseCode(whole.subarray(0, length));
  for (let at = 0; at < 600; at++) {
    const broken = Buffer.from(whole);
    broken[(at * 7919) % broken.length] = (at * 31) & 0xff;
    summariseCode(broken);
  }
});

test('a file full of addresses without symbols takes bounded room, and loses none of them', () => {
  const places = 4000;
  // Each place is 8 behind where compilers begin objects, so that each object reaches to the end of the table.
  const source = `__asm__(".globl _start\\n_start:\\n"
    ".set i, 0\\n.rept ${places}\\nlea table+8+16*i(%rip), %rax\\n.set i, i+1\\n.endr\\nret\\n"
    ".balign 16\\ncode:\\n.rept ${2 * places}\\nret\\n.balign 16\\n.endr\\n"
    ".data\\n.balign 32\\ntable: .quad 0\\n.set i, 0\\n.rept ${2 * places}\\n.quad code+16*i\\n.set i, i+1\\n.endr\\n");`;
  const summary = summariseCode(compile(source, ['-Wl,-s']));
  assert.ok(summary);
  const held = summary.objects.reduce((sum, { length }) => sum + length, 0);
  assert.ok(held < 2_000_000, `${held} edges`);
  const { functions } = reach([{ path: '/program', summary, role: 'program' }]);
  assert.equal(functions.length, 1 + 2 * places);
});
