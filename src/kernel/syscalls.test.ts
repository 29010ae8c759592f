// The numbers are held against the header that this machine's C library was built with.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { abiOfMachine } from './abi.ts';
import { hasSyscall } from './kernel-syscalls.ts';
import { type Abi, allSyscalls, syscallNamed, syscallNumbered } from './syscalls.ts';

const headers: readonly (readonly [Abi, string, number])[] = [
  ['x86_64', 'unistd_64.h', 330],
  ['i386', 'unistd_32.h', 400],
  ['x32', 'unistd_x32.h', 330],
];

test('numbers agree with the installed kernel headers', () => {
  const folder = ['/usr/include/x86_64-linux-gnu/asm', '/usr/include/asm'].find((path) =>
    existsSync(`${path}/unistd_64.h`),
  );
  assert.ok(folder, 'linux-libc-dev is not installed');
  for (const [abi, file, least] of headers) {
    const text: string = readFileSync(`${folder}/${file}`, 'utf8');
    let seen = 0;
    for (const [, name = '', number = ''] of text.matchAll(
      /^#define __NR_(\w+) (?:\(__X32_SYSCALL_BIT \+ )?(\d+)\)?$/gm,
    )) {
      seen++;
      assert.equal(syscallNamed(name)?.numbers[abi], Number(number), `${name} on ${abi}`);
      assert.equal(syscallNumbered(abi, Number(number))?.name, name, `${number} on ${abi}`);
    }
    assert.ok(seen >= least, `${file}: ${seen} calls`);
  }
});

test('every release is within the range of the tables', () => {
  assert.ok(allSyscalls().length > 500);
  for (const facts of allSyscalls()) {
    for (const release of [...Object.values(facts.since), ...Object.values(facts.last)]) {
      assert.match(release, /^(2\.6\.3[2-9]|[3-7]\.\d{1,2})$/, facts.name);
    }
  }
});

const has: readonly (readonly [string | undefined, Abi, string, boolean | undefined])[] = [
  ['5.2', 'x86_64', 'pidfd_open', false],
  ['5.3', 'x86_64', 'pidfd_open', true],
  ['6.1.0-13-amd64', 'x86_64', 'clone3', true],
  ['3.10.0-1160.el7', 'x86_64', 'getrandom', false],
  ['5.8', 'x86_64', '_sysctl', true],
  ['5.9', 'x86_64', '_sysctl', false],
  ['2.6.18', 'x86_64', 'openat', undefined],
  ['2.6.18', 'x86_64', 'clone3', false],
  [undefined, 'x86_64', 'openat', undefined],
  ['6.1', 'x86_64', 'no_such_call', undefined],
  ['6.1', 'aarch64', 'open', false],
  ['6.1', 'x86_64', 'uselib', false],
];

test('a mainline release has the calls of its time', () => {
  for (const [base, abi, name, expected] of has) {
    assert.equal(hasSyscall({ base }, abi, name), expected, `${name} on ${base} ${abi}`);
  }
});

test('what a distribution adds, leaves out, or what was seen, decides', () => {
  const base = '3.10';
  assert.equal(hasSyscall({ base, added: ['getrandom'] }, 'x86_64', 'getrandom'), true);
  assert.equal(hasSyscall({ base, removed: ['kcmp'] }, 'x86_64', 'kcmp'), false);
  assert.equal(hasSyscall({ base, exact: { x86_64: ['read'] } }, 'x86_64', 'openat'), false);
  assert.equal(hasSyscall({ base, exact: { x86_64: ['read'] } }, 'i386', 'openat'), true);
});

test('the ABI of a machine', () => {
  for (const [machine, bits, abi] of [
    ['x86_64', 64, 'x86_64'],
    ['amd64', undefined, 'x86_64'],
    ['x86_64', 32, 'i386'],
    ['aarch64', 32, 'arm'],
    ['i686', 32, 'i386'],
    ['armv7l', undefined, 'arm'],
    ['s390x', 32, undefined],
    ['sparc64', undefined, undefined],
    ['constructor', undefined, undefined],
  ] as const) {
    assert.equal(abiOfMachine(machine, bits), abi, `${machine} ${bits}`);
  }
});
