import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Package } from '../../formats/package.ts';
import { comparePackages } from './compare-packages.ts';

/** "dpkg libc6 2.36 amd64" */
function packagesOf(lines: readonly string[]): readonly Package[] {
  return lines.map((line) => {
    const [manager = '', name = '', version = '', rest] = line.split(' ');
    const more =
      rest === undefined ? {} : manager === 'jar' ? { source: rest } : { architecture: rest };
    return { manager: manager as Package['manager'], name, version, ...more, database: '/db' };
  });
}

const cases: readonly (readonly [
  name: string,
  before: readonly string[],
  after: readonly string[],
  ...expected: string[],
])[] = [
  ['the same', ['dpkg a 1', 'npm b 1', 'npm b 2'], ['npm b 2', 'dpkg a 1', 'npm b 1']],
  ['came and went', ['rpm a 1-1'], ['rpm b 1-1'], 'rpm a removed 1-1 → ', 'rpm b added  → 1-1'],
  ['order of dpkg', ['dpkg a 1.0~rc1'], ['dpkg a 1.0'], 'dpkg a upgraded 1.0~rc1 → 1.0'],
  ['order of apk', ['apk a 1.0_rc1-r0'], ['apk a 1.0-r0'], 'apk a upgraded 1.0_rc1-r0 → 1.0-r0'],
  ['an epoch', ['rpm a 1:1-1'], ['rpm a 9-1'], 'rpm a downgraded 1:1-1 → 9-1'],
  [
    'two architectures of a package are one',
    ['dpkg a 1 amd64', 'dpkg a 1 i386'],
    ['dpkg a 2 amd64', 'dpkg a 2 i386'],
    'dpkg a upgraded 1 → 2',
  ],
  [
    'one version more of what stays',
    ['npm a 1.0.0'],
    ['npm a 1.0.0', 'npm a 2.0.0'],
    'npm a changed  → 2.0.0',
  ],
  [
    'several versions',
    ['npm a 1.0.0', 'npm a 1.5.0'],
    ['npm a 2.0.0', 'npm a 3.0.0'],
    'npm a changed 1.0.0, 1.5.0 → 2.0.0, 3.0.0',
  ],
  [
    'jars of one name in two groups are two',
    ['jar core 1 org.a'],
    ['jar core 1 org.b'],
    'jar org.a:core removed 1 → ',
    'jar org.b:core added  → 1',
  ],
];

for (const [name, before, after, ...expected] of cases) {
  test(`packages: ${name}`, () => {
    assert.deepEqual(
      comparePackages(packagesOf(before), packagesOf(after)).map(
        ({ manager, name: which, change, from, to }) =>
          `${manager} ${which} ${change} ${from.join(', ')} → ${to.join(', ')}`,
      ),
      expected,
    );
  });
}
