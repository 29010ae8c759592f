import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Abi } from './abi.ts';
import { callersOf, libcCalls, minimumKernel, runtimeCalls } from './fallbacks.ts';
import { syscallNamed } from './syscalls.ts';

interface Case {
  readonly libc: 'glibc' | 'musl';
  readonly version: string;
  readonly symbol: string;
  readonly abi?: Abi;
  /** call → what happens on ENOSYS and on EPERM. */
  readonly calls: Readonly<Record<string, readonly [string, string]>>;
}

const cases: readonly Case[] = [
  {
    libc: 'glibc',
    version: '2.41',
    symbol: 'arc4random',
    calls: { getrandom: ['falls-back', 'fails'] },
  },
  { libc: 'glibc', version: '2.33', symbol: 'pthread_create', calls: {} },
  {
    libc: 'glibc',
    version: '2.34',
    symbol: 'pthread_create',
    calls: { clone3: ['falls-back', 'fails'] },
  },
  { libc: 'glibc', version: '2.41', symbol: 'system', calls: { clone3: ['falls-back', 'fails'] } },
  { libc: 'glibc', version: '2.31', symbol: 'faccessat', calls: {} },
  {
    libc: 'glibc',
    version: '2.36',
    symbol: 'faccessat',
    calls: { faccessat2: ['falls-back', 'fails'] },
  },
  {
    libc: 'glibc',
    version: '2.36',
    symbol: 'arc4random',
    calls: { getrandom: ['unknown', 'fails'] },
  },
  {
    libc: 'glibc',
    version: '2.36',
    symbol: 'getrandom',
    calls: { getrandom: ['unknown', 'unknown'] },
  },
  {
    libc: 'glibc',
    version: '2.28',
    symbol: 'copy_file_range',
    calls: { copy_file_range: ['falls-back', 'unknown'] },
  },
  {
    libc: 'glibc',
    version: '2.30',
    symbol: 'copy_file_range',
    calls: { copy_file_range: ['unknown', 'unknown'] },
  },
  { libc: 'glibc', version: '2.31', symbol: 'clock_gettime', calls: {} },
  {
    libc: 'glibc',
    version: '2.31',
    symbol: 'clock_gettime',
    abi: 'arm',
    calls: { clock_gettime64: ['falls-back', 'fails'] },
  },
  { libc: 'glibc', version: '2.28', symbol: 'clock_gettime', abi: 'arm', calls: {} },
  {
    libc: 'musl',
    version: '1.2.2',
    symbol: 'clock_gettime',
    abi: 'arm',
    calls: { clock_gettime64: ['falls-back', 'fails'] },
  },
  { libc: 'musl', version: '1.2.5', symbol: 'pthread_create', calls: {} },
  {
    libc: 'musl',
    version: '1.2.2',
    symbol: 'faccessat',
    calls: { faccessat2: ['falls-back', 'fails'] },
  },
  {
    libc: 'glibc',
    version: '2.35',
    symbol: '*',
    calls: { rseq: ['falls-back', 'falls-back'], set_robust_list: ['falls-back', 'falls-back'] },
  },
];

test('a symbol of a C library leads to calls', () => {
  for (const { libc, version, symbol, abi, calls } of cases) {
    const found = libcCalls(libc, version, abi).filter(({ symbols }) => symbols.includes(symbol));
    assert.deepEqual(
      Object.fromEntries(
        found.map((call) => [call.syscall, [call.onMissing.ENOSYS, call.onMissing.EPERM]]),
      ),
      calls,
      `${symbol} of ${libc} ${version} on ${abi}`,
    );
  }
});

test('every call in the table exists, and no row stands twice for a version', () => {
  const abis: readonly Abi[] = ['x86_64', 'i386', 'aarch64', 'arm', 'riscv64', 'loongarch64'];
  for (const runtime of ['glibc', 'musl', 'go', 'rust', 'libuv', 'systemd']) {
    for (const abi of abis) {
      for (const version of ['1.0', '1.2.5', '1.24', '2.28', '2.31', '2.36', '2.43', '257']) {
        const seen = new Set<string>();
        for (const call of runtimeCalls(runtime, version, abi)) {
          assert.ok(syscallNamed(call.syscall), call.syscall);
          for (const symbol of call.symbols) {
            const key = `${symbol} ${call.syscall}`;
            assert.ok(!seen.has(key), `${runtime} ${version} ${abi}: ${key}`);
            seen.add(key);
          }
        }
      }
    }
  }
  assert.ok(callersOf('clone3').length >= 4);
});

test('minimum kernels', () => {
  for (const [runtime, version, abi, minimum, enforced] of [
    ['glibc', '2.17', 'x86_64', '2.6.16', true],
    ['glibc', '2.23', 'x86_64', '2.6.32', true],
    ['glibc', '2.25', 'x86_64', '2.6.32', true],
    ['glibc', '2.25', 'arm', '3.2', true],
    ['glibc', '2.31', 'x86_64', '3.2', true],
    ['glibc', '2.36', 'x86_64', '3.2', false],
    ['glibc', '2.31', 'aarch64', '3.7', true],
    ['glibc', '2.41', 'riscv64', '4.15', false],
    ['go', '1.24.1', 'x86_64', '3.2', false],
    ['go', '1.23.9', 'x86_64', '2.6.32', false],
    ['go', '1.24.1', 'riscv64', '4.15', false],
    ['systemd', '258', 'x86_64', '5.4', true],
    ['systemd', '252', 'x86_64', '3.15', false],
    ['node', '18.1.0', 'x86_64', '4.18', false],
  ] as const) {
    const found = minimumKernel(runtime, version, abi);
    assert.deepEqual(
      [found?.minimum, found?.enforced],
      [minimum, enforced],
      `${runtime} ${version} on ${abi}`,
    );
  }
  assert.equal(minimumKernel('perl', '5'), undefined);
});
