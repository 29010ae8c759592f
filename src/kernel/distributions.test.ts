import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carriedBy, distributionNamed, distributions } from './distributions.ts';
import { hasSyscall } from './kernel-syscalls.ts';
import { parseRelease } from './release.ts';
import { type Abi, syscallNamed } from './syscalls.ts';

test('every row is consistent', () => {
  assert.ok(distributions.length > 120);
  const seen = new Set<string>();
  for (const row of distributions) {
    const name = `${row.id}:${row.version}`;
    assert.ok(!seen.has(name), `${name} stands twice`);
    seen.add(name);
    if (row.kernel !== undefined) assert.equal(parseRelease(row.kernel)?.base, row.base, name);
    if (row.cgroup !== undefined) assert.match(row.cgroup, /^(v1|v2|hybrid)$/, name);
    if (row.vsyscall !== undefined) assert.match(row.vsyscall, /^(native|emulate|xonly|none)$/);
    if (row.level !== undefined) assert.match(row.level, /^x86-64-v[1-4]$/, name);
    for (const call of [...carriedBy(row).added, ...carriedBy(row).removed]) {
      assert.ok(syscallNamed(call), `${name}: ${call}`);
    }
  }
});

test('a release is found by its name', () => {
  for (const [name, found] of [
    ['rhel:7.9', '3.10.0-1160.el7'],
    ['centos:7.9', '3.10.0-1160.el7'],
    ['rhel:8', '4.18.0-553.el8'],
    ['rocky:9.3', '5.14.0-362.el9'],
    ['debian:bookworm', '6.1.0'],
    ['Ubuntu:24.04', '6.8.0'],
    ['rhel:99', undefined],
    ['rhel', undefined],
    ['plan9:4', undefined],
  ] as const) {
    assert.equal(distributionNamed(name)?.kernel, found, name);
  }
});

const carried: readonly (readonly [string, Abi, string, boolean | undefined])[] = [
  ['rhel:7.0', 'x86_64', 'kcmp', false],
  ['rhel:7.2', 'x86_64', 'kcmp', true],
  ['rhel:7.3', 'x86_64', 'getrandom', false],
  ['rhel:7.4', 'x86_64', 'getrandom', true],
  ['rhel:7.9', 'x86_64', 'renameat2', true],
  ['rhel:7.9', 'x86_64', 'statx', false],
  ['rhel:7.9', 'x86_64', 'clone3', false],
  ['rhel:8.3', 'x86_64', 'faccessat2', false],
  ['rhel:8.4', 'x86_64', 'faccessat2', true],
  ['rhel:8.10', 'x86_64', 'openat2', true],
  ['rhel:8.10', 'x86_64', 'clone3', false],
  ['rhel:8.10', 'i386', 'clock_gettime64', true],
  ['rhel:8.3', 'i386', 'clock_gettime64', false],
  ['rhel:9.0', 'x86_64', 'io_uring_setup', false],
  ['rhel:9.3', 'x86_64', 'io_uring_setup', true],
  ['rhel:9.5', 'x86_64', 'landlock_create_ruleset', false],
  ['rhel:9.6', 'x86_64', 'landlock_create_ruleset', true],
  ['rhel:9.5', 'x86_64', 'fchmodat2', true],
  ['rhel:9.6', 'x86_64', 'statmount', false],
  ['rhel:6', 'x86_64', 'setns', true],
  ['rhel:6.8', 'x86_64', 'setns', true],
  ['rhel:6.3', 'x86_64', 'setns', undefined],
  ['rhel:6.3', 'x86_64', 'getrandom', false],
  ['rhel:6', 'x86_64', 'getrandom', false],
];

test('backports hold from their point release on', () => {
  for (const [name, abi, call, expected] of carried) {
    const row = distributionNamed(name);
    assert.ok(row, name);
    assert.equal(
      hasSyscall({ base: row.base, ...carriedBy(row, abi) }, abi, call),
      expected,
      `${call} on ${name}`,
    );
  }
});

test('flags come with their kernels', () => {
  const row = distributionNamed('rhel:8.10');
  assert.ok(row && carriedBy(row).flags.length > 100);
});
