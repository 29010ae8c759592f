// One call at a time: what this kernel says to it, a container's filter, and another host in front.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type EngineLab, openEngineLab } from '../engine/engine-lab.ts';

let lab: EngineLab;

before(() => {
  lab = openEngineLab();
});

after(() => lab.close());

interface Tried {
  readonly answer: { readonly value?: string; readonly errno?: string; readonly ended?: string };
  readonly without?: Tried['answer'];
  readonly knowledge?: {
    readonly header?: string;
    readonly libc?: { readonly version?: string; readonly has: boolean };
  };
}

const tried = (...words: readonly string[]): Tried =>
  JSON.parse(lab.ok('try', '--format', 'json', ...words)) as Tried;

const box = ['--network', 'none', '--image', 'box:1'];

const cases: readonly (readonly [words: readonly string[], answer: string, without?: string])[] = [
  [['getppid'], 'value'],
  [['close'], 'EBADF'],
  [['openat', '-100', '0'], 'EFAULT'],
  [[...box, 'mount'], 'EPERM', 'EFAULT'],
  [[...box, 'clone3'], 'ENOSYS', 'E2BIG'],
  [[...box, 'pidfd_open'], 'EINVAL', 'EINVAL'],
  // CentOS 7.9 has the first by backport, and not the second, which its engine's filter does not know.
  [[...box, '--host', 'rhel:7.9', 'getrandom'], 'EINVAL', 'EINVAL'],
  [
    [...box, '--host', 'rhel:7.9', '--security-opt', 'seccomp=unconfined', 'pidfd_open'],
    'ENOSYS',
    'EINVAL',
  ],
];

for (const [words, answer, without] of cases) {
  test(`try ${words.join(' ')}`, () => {
    const found = tried(...words);
    assert.equal(found.answer.errno ?? 'value', answer);
    assert.equal(found.without?.errno, without);
    assert.equal(lab.ok('ps', '-aq'), '');
  });
}

test('what headers and C library of the image know', () => {
  const folder = join(lab.folder, 'known');
  const include = join(folder, 'usr/include/x86_64-linux-gnu/asm');
  mkdirSync(include, { recursive: true });
  mkdirSync(join(folder, 'lib/x86_64-linux-gnu'), { recursive: true });
  writeFileSync(join(include, 'unistd_64.h'), '#define __NR_close 3\n');
  writeFileSync(
    join(folder, 'lib/x86_64-linux-gnu/libc.so.6'),
    readFileSync('/lib/x86_64-linux-gnu/libc.so.6'),
  );
  execFileSync('tar', ['-C', folder, '-cf', `${folder}.tar`, '.']);
  lab.ok('import', `${folder}.tar`, 'known:1');
  const words = ['--network', 'none', '--image', 'known:1'];
  const { header, libc } = tried(...words, 'close').knowledge ?? {};
  assert.match(header ?? '', /unistd_64\.h$/);
  assert.match(libc?.version ?? '', /^glibc 2\./);
  assert.equal(libc?.has, true);
  const absent = tried(...words, 'quotactl_fd').knowledge;
  assert.equal(absent?.header, undefined);
  assert.equal(absent?.libc?.has, false);
});

test('what is not tried, or is none, is told', () => {
  assert.match(lab.run(['try', 'pause']).stderr, /waits for a signal/);
  assert.match(lab.run(['try', 'no_such_call']).stderr, /PL0401/);
  assert.match(lab.run(['try', 'close', 'x']).stderr, /no number/);
  assert.match(lab.run(['try', '--host', 'rhel:7.9', 'close']).stderr, /--image/);
});
