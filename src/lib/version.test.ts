import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, satisfies } from './version.ts';

const ascending = [
  '1.0.0-alpha1',
  '1.0.0-beta.2',
  '1.0.0-rc9',
  '1.0.0-rc93',
  '1.0',
  'v1.0.1',
  '1.1.3',
  '1.13.1',
  '17.03.0-ce',
  '17.3.1',
  '20.10.9+dfsg1-1',
  '20.10.10',
  '20.10.10.1',
  '256~rc1',
  '256',
];

test('dotted versions are ordered', () => {
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries()) {
      assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} against ${b}`);
    }
  }
});

test('missing parts, a leading v and build suffixes do not count', () => {
  for (const [a, b] of [
    ['5.10', '5.10.0'],
    ['v5.10', '5.10'],
    ['5.10-1~bpo', '5.10'],
    ['1.13.1-ce', '1.13.1'],
  ] as const) {
    assert.equal(compareVersions(a, b), 0, `${a} against ${b}`);
  }
});

const ranges: readonly (readonly [string, string, boolean])[] = [
  ['5', '>=5 <9.1 || =2', true],
  ['9.0.9', '>=5 <9.1 || =2', true],
  ['9.1', '>=5 <9.1 || =2', false],
  ['2.0', '>=5 <9.1 || =2', true],
  ['2.1', '>=5 <9.1 || =2', false],
  ['1.22.3', '<1.23', true],
  ['1.23rc1', '<1.23', true],
  ['9.4.1', '9.x', true],
  ['9.4.1', '9.4', false],
  ['10.0', '!=9.x', true],
  ['9.1', '!=9.x', false],
  ['20.10.9', '>= 17.03, < 20.10.10', true],
  ['1.4.2', '~1.4.1', true],
  ['1.5.0', '~1.4.1', false],
  ['1.5.0', '^1.4', true],
  ['2.0', '^1.4', false],
  ['7', '*', true],
  ['7', '', false],
];

test('ranges', () => {
  for (const [version, range, expected] of ranges) {
    assert.equal(satisfies(version, range), expected, `${version} in ${range}`);
  }
});
