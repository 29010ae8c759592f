// The tables against kernels that were started and asked: every number of every call, on 29 kernels of Debian.
// Every difference is known by name and reason; one more or one less fails.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Abi, abis } from './abi.ts';
import { carriedBy, distributionNamed } from './distributions.ts';
import { hasSyscall } from './kernel-syscalls.ts';
import { allSyscalls } from './syscalls.ts';

interface Measured {
  readonly version: string;
  readonly flavour: string;
  readonly abi: Abi;
  readonly numbers: ReadonlySet<number>;
}

function numbersIn(ranges: string): ReadonlySet<number> {
  return new Set(
    ranges.split(',').flatMap((range) => {
      const [first = Number.NaN, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    }),
  );
}

const fixture = join(import.meta.dirname, '../../test/fixtures/kernel/debian-measured.tsv');
const kernels: readonly Measured[] = readFileSync(fixture, 'utf8')
  .split('\n')
  .filter((line) => /^\d/.test(line))
  .map((line) => {
    const [version = '', flavour = '', named = '', numbers = ''] = line.split('\t');
    const abi = abis.find((one) => one === named);
    assert.ok(abi, named);
    return { version, flavour, abi, numbers: numbersIn(numbers) };
  });

/** Debian's release with that kernel; kernels of backports and of its next release are built alike. */
function releaseOf(version: string): string {
  if (version.startsWith('5.10.')) return 'debian:11';
  if (version.startsWith('6.1.')) return 'debian:12';
  if (version.startsWith('6.')) return 'debian:13';
  return 'debian:14';
}

/** The table says yes, the kernel answers ENOSYS: calls by kernel, with the reason that the tables know elsewhere. */
const known: readonly (readonly [RegExp, readonly string[], string])[] = [
  [/^6\.1\./, ['memfd_secret'], 'off until secretmem.enable=1 on the command line (gates)'],
  [
    /^(5\.10|6\.1)\..* i386$/,
    ['get_mempolicy', 'mbind', 'migrate_pages', 'move_pages', 'set_mempolicy', 'vm86', 'vm86old'],
    'the 32-bit kernel is built without CONFIG_NUMA and CONFIG_X86_LEGACY_VM86 (gates)',
  ],
  [/^6\.1\..* i386$/, ['set_mempolicy_home_node'], 'CONFIG_NUMA (gates)'],
  [
    / i386$/,
    ['pkey_alloc', 'pkey_free', 'pkey_mprotect'],
    'the table means i386 programs on x86-64 kernels; a 32-bit kernel has no protection keys',
  ],
];

test('the tables agree with measured kernels', () => {
  assert.equal(kernels.length, 29);
  let compared = 0;
  const differences: string[] = [];
  const expected: string[] = [];
  for (const { version, flavour, abi, numbers } of kernels) {
    const name = `${version} ${flavour} ${abi}`;
    const row = distributionNamed(releaseOf(version));
    assert.ok(row);
    for (const facts of allSyscalls()) {
      const { [abi]: number } = facts.numbers;
      if (number === undefined || number >= 1000) continue;
      compared++;
      const told = hasSyscall({ base: version, ...carriedBy(row, abi) }, abi, facts.name);
      if (told !== numbers.has(number)) differences.push(`${name}: ${facts.name} told ${told}`);
    }
    for (const [pattern, calls] of known) {
      if (pattern.test(name)) expected.push(...calls.map((call) => `${name}: ${call} told true`));
    }
  }
  assert.deepEqual(differences.sort(), expected.sort());
  assert.ok(compared > 10_000, `${compared} answers compared`);
  assert.ok(differences.length / compared < 0.003);
});

test('no measured number is without a name', () => {
  for (const { version, flavour, abi, numbers } of kernels) {
    const named = new Set(allSyscalls().flatMap(({ numbers: all }) => all[abi] ?? []));
    const nameless = [...numbers].filter((number) => !named.has(number));
    assert.deepEqual(nameless, [], `${version} ${flavour}`);
  }
});
