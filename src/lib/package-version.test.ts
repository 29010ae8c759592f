import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import {
  compareApkVersions,
  compareDpkgVersions,
  compareRpmPart,
  compareRpmVersions,
} from './package-version.ts';

/** Parts from which hard pairs are made. */
const pieces = [
  '0',
  '1',
  '01',
  '10',
  '9',
  '1.0',
  '1a',
  'a',
  'a1',
  '',
  '1~',
  '1~rc1',
  '1~~',
  '1+b1',
  '1.',
  '1..2',
  'Z',
  'z',
];
const releases = ['', '-1', '-0', '-1~deb12u1', '-1+b2', '-1.el7', '-2.el10'];
const epochs = ['', '0:', '1:'];

function versionsOf(bodies: readonly string[]): string[] {
  return bodies.flatMap((body, i) => {
    const release = releases[i % releases.length] ?? '';
    return [`${epochs[i % 3]}${body}${release}`, `${body}${releases[(i + 3) % 7]}`];
  });
}

test('dpkg order: as dpkg --compare-versions', () => {
  // dpkg only takes versions that begin with a digit.
  const versions = versionsOf(pieces.filter((p) => /^\d/.test(p))).slice(0, 20);
  let compared = 0;
  for (const [i, a] of versions.entries()) {
    for (const b of versions.slice(i)) {
      const mine = compareDpkgVersions(a, b);
      const word = mine < 0 ? 'lt' : mine > 0 ? 'gt' : 'eq';
      const { status } = spawnSync('dpkg', ['--compare-versions', a, word, b]);
      assert.equal(status, 0, `dpkg says that ${a} ${word} ${b} is wrong`);
      assert.equal(compareDpkgVersions(b, a), mine === 0 ? 0 : -mine);
      compared++;
    }
  }
  assert.ok(compared > 150);
});

test('rpm order: as rpm.vercmp', () => {
  const bodies = [
    ...pieces.filter((p) => p !== ''),
    '1^',
    '1^git1',
    '1^git1~pre',
    '1.0^a.1',
    '1.el8_3',
    '5.0.1.r1',
    'xyz.4',
    '1_0',
    '20101121',
    '2.0.1a',
    '10xyz',
    'xyz10',
    '1b.fc17',
    '00',
    '1^~1',
    '^1',
    '~1',
  ];
  const pairs = bodies.flatMap((a) => bodies.map((b) => [a, b] as const));
  const code = pairs.map(([a, b]) => `print(rpm.vercmp("${a}","${b}")..",")`).join(' ');
  const answer = execFileSync('rpm', ['--eval', `%{lua:${code}}`], { encoding: 'utf8' });
  const expected = answer.split(',').slice(0, -1).map(Number);
  assert.equal(expected.length, pairs.length);
  for (const [i, [a, b]] of pairs.entries()) {
    assert.equal(compareRpmPart(a, b), expected[i], `${a} against ${b}`);
  }
});

const rpmFull: readonly (readonly [string, string, number])[] = [
  ['1:1.0-1', '2.0-1', 1],
  ['2.17-325.el7_9', '2.17-326.el7_9', -1],
  ['2.17', '2.17-326.el7_9', 0],
  ['0:2.17-1', '2.17-1', 0],
  ['219-78.el7_9.9', '239-1', -1],
];
for (const [a, b, expected] of rpmFull) {
  test(`rpm: ${a} against ${b}`, () => assert.equal(compareRpmVersions(a, b), expected));
}

const apk: readonly (readonly [string, string, number])[] = [
  ['1.2.3', '1.2.3', 0],
  ['1.2.3-r0', '1.2.3-r1', -1],
  ['1.2.3-r2', '1.2.3-r10', -1],
  ['1.2', '1.2.0', -1],
  ['1.9', '1.10', -1],
  ['1.01', '1.1', -1],
  ['1.2.3_rc1', '1.2.3', -1],
  ['1.2.3_alpha', '1.2.3_beta', -1],
  ['1.2.3_pre2', '1.2.3_rc1', -1],
  ['1.2.3_p1', '1.2.3', 1],
  ['1.2.3_git20200101', '1.2.3', 1],
  ['1.2.3a', '1.2.3', 1],
  ['1.2.3a', '1.2.3b', -1],
  ['1.2.5-r0', '1.2.4_git20230717-r5', 1],
  ['3.0_alpha_rc1', '3.0_alpha', -1],
];
for (const [a, b, expected] of apk) {
  test(`apk: ${a} against ${b}`, () => {
    assert.equal(compareApkVersions(a, b), expected);
    assert.equal(compareApkVersions(b, a), expected === 0 ? 0 : -expected);
  });
}
