// Small programs in C, compiled here, and what they are found to do when one of their system calls fails.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { syscallNamed } from '../../../kernel/syscalls.ts';
import { summariseCode } from '../file/summarise.ts';
import { reach } from '../program/link.ts';
import type { MissingReaction } from './reaction.ts';
import { reactionsOf } from './reaction-verdict.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-reaction-'));
after(() => rmSync(folder, { recursive: true }));

/** A C library of three functions: a wrapper that sets errno, the way out, and the entry point. */
const library = `
static __thread int error;
#ifdef __x86_64__
static inline long enter(long n, long a, long b, long c) {
  long r; __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory"); return r;
}
#else
static inline long enter(long n, long a, long b, long c) {
  register long w __asm__("x8") = n; register long x __asm__("x0") = a;
  register long y __asm__("x1") = b; register long z __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x) : "r"(w), "r"(y), "r"(z) : "memory"); return x;
}
#endif
__attribute__((noinline)) static int wrapped(long r) { if (r < 0 && r > -4096) { error = -r; return -1; } return r; }
#ifndef BEHIND
#define BEHIND
#endif
__attribute__((noinline, noreturn)) static void leave(int status) { for (;;) { enter(N_exit_group, status, 0, 0); BEHIND } }
#define WRAP(name, number) __attribute__((noinline)) static int name(long a, long b, long c) { return wrapped(enter(number, a, b, c)); }
WRAP(f_statx, N_statx)
WRAP(f_stat, N_stat)
WRAP(f_madvise, N_madvise)
WRAP(f_rename, N_rename)
WRAP(f_write, N_write)
WRAP(f_epoll_wait, N_epoll_wait)
WRAP(f_epoll_pwait2, N_epoll_pwait2)
static int main(int argc, char **argv);
void _start(long argc, char **argv) { leave(main(argc, argv)); }
`;

type Processor = 'x86_64' | 'aarch64';

const compilers: Readonly<Record<Processor, string>> = {
  x86_64: 'gcc',
  aarch64: 'aarch64-linux-gnu-gcc',
};
spawnSync(join(import.meta.dirname, '../../../../scripts/test-tools.sh'), ['aarch64'], {
  stdio: 'inherit',
});

/** What AArch64 has in the place of older calls. */
const newer: Readonly<Record<string, string>> = {
  stat: 'newfstatat',
  rename: 'renameat2',
  unlink: 'unlinkat',
  epoll_wait: 'epoll_pwait',
};

function numberOf(name: string, processor: Processor): number {
  const own = syscallNamed(name)?.numbers[processor];
  return own ?? syscallNamed(newer[name] ?? '')?.numbers[processor] ?? -1;
}

const numbers = (processor: Processor): readonly string[] =>
  [
    ...['statx', 'stat', 'madvise', 'rename', 'write', 'epoll_wait', 'epoll_pwait2', 'unlink'],
    ...['exit', 'exit_group'],
  ].map((name) => `-DN_${name}=${numberOf(name, processor)}`);

/** `behind`: what stands behind the call that ends the program. */
function reactionsIn(
  body: string,
  call: string,
  behind = '',
  processor: Processor = 'x86_64',
): readonly MissingReaction[] {
  const input = join(folder, 'program.c');
  const output = join(folder, 'program');
  const head = behind === '' ? '' : `#define BEHIND ${behind}\n`;
  writeFileSync(input, `${head}${library}\n${body}`);
  const made = spawnSync(
    compilers[processor],
    [
      ...numbers(processor),
      ...['-O2', '-w', '-nostdlib', '-static', '-ffreestanding', '-fno-stack-protector'],
      ...['-o', output, input],
    ],
    { encoding: 'utf8' },
  );
  assert.equal(made.status, 0, made.stderr);
  const summary = summariseCode(readFileSync(output));
  assert.ok(summary);
  const reached = reach([{ path: '/program', summary, role: 'program' }]);
  const number = numberOf(call, processor);
  const { ENOSYS, EPERM, EINVAL } = reactionsOf(reached).of(number).onMissing;
  return [ENOSYS, EPERM, EINVAL];
}

const all = (reaction: MissingReaction): readonly MissingReaction[] => [
  reaction,
  reaction,
  reaction,
];

/** Calls that can be cancelled, as glibc 2.41 makes them: the number goes through two functions. */
const cancellable = `
__attribute__((noinline)) static long instruction(long a, long n) { return enter(n, a, 0, 0); }
__attribute__((noinline)) static int cancellable(long a, long n) { return wrapped(instruction(a, n)); }
__attribute__((noinline)) static int c_unlink(long a) { return cancellable(a, N_unlink); }
__attribute__((noinline)) static int c_advise(long a) { return cancellable(a, N_madvise); }
static int main(int argc, char **argv) { c_advise(argc); if (c_unlink(argc) < 0) leave(1); return 0; }`;

/** What the program does, its main, the call, and what is found for ENOSYS, EPERM and EINVAL. */
const cases: readonly [string, string, string, readonly MissingReaction[]][] = [
  [
    'another call is made on ENOSYS only',
    `static int main(int argc, char **argv) {
       int r = f_statx(argc, 0, 0);
       if (r < 0 && error == 38) r = f_stat(argc, 0, 0);
       if (r < 0) leave(3);
       return 0;
     }`,
    'statx',
    ['falls-back', 'fails', 'fails'],
  ],
  [
    'an advice that nobody looks at',
    'static int main(int argc, char **argv) { f_madvise(argc, 0, 0); return 0; }',
    'madvise',
    all('ignores'),
  ],
  [
    'work that nobody looks at is not done',
    'static int main(int argc, char **argv) { f_rename(argc, 0, 0); return 0; }',
    'rename',
    all('fails'),
  ],
  [
    'an error that is handed on to where the program ends',
    `__attribute__((noinline)) static int move(long a) { if (f_rename(a, 0, 0) < 0) return -1; f_madvise(a, 0, 0); return 0; }
     __attribute__((noinline)) static int twice(long a) { return move(a) < 0 || move(a + 1) < 0; }
     static int main(int argc, char **argv) { if (twice(argc)) leave(1); return 0; }`,
    'rename',
    all('fails'),
  ],
  [
    'a function that sorts errors',
    `__attribute__((noinline)) static int matters(int e) { return e == 1 || e == 13; }
     static int main(int argc, char **argv) { if (f_statx(argc, 0, 0) < 0 && matters(error)) leave(1); return 0; }`,
    'statx',
    ['ignores', 'fails', 'ignores'],
  ],
  ['who gives the number looks at the error', cancellable, 'unlink', all('fails')],
  ['others that use the same wrappers do not count', cancellable, 'madvise', all('ignores')],
  [
    'a function that answers either way whether the call works or not hands on no error',
    `__attribute__((noinline)) static int valid(int f) { int most = f_statx(0, 0, 0); return f >= 0 && (most < 0 || f < most); }
     static int main(int argc, char **argv) { if (!valid(argc)) leave(1); return 0; }`,
    'statx',
    all('ignores'),
  ],
  [
    // sd-event of systemd: the older call is made for some of the waits anyway.
    'a wait that has an older form, which goes on with it',
    `static int absent;
     __attribute__((noinline)) static int wait_for(long fd, long most) {
       for (;;) {
         int r;
         if (!absent && most >= 0) {
           r = f_epoll_pwait2(fd, most, 0);
           if (r >= 0) goto got;
           if (error != 38 && error != 1 && error != 22) return -error;
           absent = 1;
         }
         r = f_epoll_wait(fd, most, 0);
         if (r < 0) return -error;
         got: if (r != fd) return r;
         most = f_epoll_wait(fd, 0, 0);
       }
     }
     __attribute__((noinline)) static void turn(long fd) { wait_for(fd, 1); f_madvise(fd, 0, 0); }
     static int main(int argc, char **argv) { turn(argc); turn(argc + 1); return 0; }`,
    'epoll_pwait2',
    all('ignores'),
  ],
  [
    'a wait that has an older form, which is not taken',
    `static int main(int argc, char **argv) { f_epoll_pwait2(argc, 0, 0); f_madvise(argc, 0, 0); return 0; }`,
    'epoll_pwait2',
    all('fails'),
  ],
  [
    'an end that other errors lead to, too',
    `__attribute__((noinline)) static int work(long argc) {
       if (f_statx(argc, 0, 0) < 0) { f_write(2, 0, 0); goto out; }
       if (argc > 1) f_madvise(argc, 0, 0);
       if (f_rename(argc, 0, 0) < 0) { f_write(3, 0, 0); goto out; }
       return 0;
       out: f_write(4, 0, 0); __builtin_trap();
     }
     static int main(int argc, char **argv) { return work(argc); }`,
    'statx',
    all('fails'),
  ],
];

for (const [title, body, call, expected] of cases)
  test(title, () => assert.deepEqual(reactionsIn(body, call), expected));

/** Compared in a way (ccmp) that is not followed. */
const notOnAarch64 = 'a function that sorts errors';

for (const [title, body, call, expected] of cases.filter(([each]) => each !== notOnAarch64))
  test(`AArch64: ${title}`, () =>
    assert.deepEqual(reactionsIn(body, call, '', 'aarch64'), expected));

/** What stands behind exit_group, where it came back. */
const behindTheEnd: readonly [string, string, MissingReaction][] = [
  ['code that cannot go on', '__asm__ volatile("hlt");', 'fails'],
  ['the same call for ever', '', 'fails'],
  ['another call that ends the program', 'enter(N_exit, status, 0, 0);', 'falls-back'],
];

for (const [title, behind, expected] of behindTheEnd)
  test(`behind the end: ${title}`, () => {
    const body = 'static int main(int argc, char **argv) { return 0; }';
    assert.deepEqual(reactionsIn(body, 'exit_group', behind), all(expected));
  });

test('a call that the program does not make has no answer', () => {
  const body = 'static int main(int argc, char **argv) { return f_write(1, 0, 0); }';
  assert.deepEqual(reactionsIn(body, 'rename'), all('unknown'));
});
