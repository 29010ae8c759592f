import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareReleases, parseRelease } from './release.ts';

const ascending = [
  'not a release',
  '2.6.18-8.el5',
  '2.6.32',
  '2.6.32-642.6.2.el6.x86_64',
  '2.6.32-754.el6.x86_64',
  '3.10',
  '3.10.0-693.el7.x86_64',
  '3.10.0-1160.el7.x86_64',
  '3.10.0-1160.2.1.el7.x86_64',
  '4.18.0-553.el8_10.x86_64',
  '5.3',
  '5.4.0-150-generic',
  '5.10.0-29-amd64',
  '5.15.153.1-microsoft-standard-WSL2',
  '6.12-rc1',
  '6.12.0-rc3',
  '6.12',
  '6.12.1',
  '7.3.4+deb13-cloud-amd64',
];

test('releases are ordered', () => {
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries()) {
      assert.equal(Math.sign(compareReleases(a, b)), Math.sign(i - j), `${a} against ${b}`);
    }
  }
});

const parsed: readonly (readonly [string, string | undefined, readonly number[], string?])[] = [
  ['3.10.0-1160.el7.x86_64', '3.10', [1160], 'el7'],
  ['5.14.0-503.11.1.el9_5.x86_64', '5.14', [503, 11, 1], 'el9_5'],
  ['2.6.32-754.el6', '2.6.32', [754], 'el6'],
  ['6.1.0-13-amd64', '6.1', [13], 'amd64'],
  ['5.15.153.1-microsoft-standard-WSL2', '5.15', [], 'WSL2'],
  ['6.8.12-5-pve', '6.8', [5], 'pve'],
  ['4.4.0', '4.4', []],
  ['v6.9', '6.9', []],
  ['5.10.0+', '5.10', []],
  ['linux', undefined, []],
  ['7', undefined, []],
];

test('a release is read', () => {
  for (const [text, base, build, flavour] of parsed) {
    const release = parseRelease(text);
    assert.equal(release?.base, base, text);
    assert.deepEqual(release?.build ?? [], build, text);
    assert.equal(release?.flavour, flavour, text);
  }
});
