// Ways out of containers that other engines once had, tried against this one; each is named after its advisory. Those of
// `cp` are in files.test.ts, those of volumes in src/engine/volumes, those of layers in test/hostile.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findProgram } from '../../src/sys/find-program.ts';
import { openEngineLab } from './engine-lab.ts';

const lab = openEngineLab();
after(() => lab.close());

const none = ['--network', 'none'];
const outside = join(lab.folder, 'outside');
mkdirSync(outside);
writeFileSync(join(outside, 'secret'), 'of the machine');

/** Imports a root file system that is changed before. */
function importChanged(
  name: string,
  change: (root: string) => void,
  ...more: readonly string[]
): void {
  const root = join(lab.folder, `root-${name}`);
  execFileSync('cp', ['-a', join(lab.folder, 'box'), root]);
  change(root);
  execFileSync('tar', ['-C', root, '-cf', `${root}.tar`, '.']);
  lab.ok('import', ...more, `${root}.tar`, `${name}:1`);
  rmSync(root, { recursive: true });
}

for (const runtime of ['crun', 'runc']) {
  const by = ['--rm', ...none, '--runtime', runtime];

  test(`a working directory is none of the engine's open files: CVE-2024-21626, ${runtime}`, () => {
    const up = '../../../../../../../..';
    const script = `cat ${up}${outside}/secret ./secret ${outside}/secret; ls /proc/self/fd`;
    for (const fd of [5, 7, 8, 10]) {
      const { stdout } = lab.run([
        'run',
        ...by,
        '-w',
        `/proc/self/fd/${fd}`,
        'box:1',
        'sh',
        '-c',
        script,
      ]);
      assert.doesNotMatch(stdout, /of the machine/, `run -w /proc/self/fd/${fd}`);
    }
    importChanged(
      `fd-${runtime}`,
      (root) => symlinkSync('/proc/self/fd/7', join(root, 'work')),
      ...['--change', 'WORKDIR /work'],
    );
    const { stdout } = lab.run(['run', ...by, `fd-${runtime}:1`, 'sh', '-c', script]);
    assert.doesNotMatch(stdout, /of the machine/, 'WORKDIR');
    lab.ok('run', '-d', ...by, '--name', 'fds', 'box:1', 'sleep', '600');
    for (const fd of [5, 7, 8, 10]) {
      const ran = lab.run(['exec', '-w', `/proc/self/fd/${fd}`, 'fds', 'sh', '-c', script]);
      assert.doesNotMatch(ran.stdout, /of the machine/, `exec -w /proc/self/fd/${fd}`);
    }
    // ls has one of its own open.
    assert.equal(lab.ok('exec', 'fds', 'ls', '/proc/self/fd').replace(/\s+/g, ' '), '0 1 2 3');
    assert.equal(lab.ok('exec', 'fds', 'ls', '/proc/1/fd').replace(/\s+/g, ' '), '0 1 2');
    lab.ok('rm', '-f', 'fds');
  });

  test(`the runtime cannot be overwritten from inside: CVE-2019-5736, ${runtime}`, () => {
    const program = findProgram(runtime, process.env['PATH']) ?? '';
    const digest = (): string => createHash('sha256').update(readFileSync(program)).digest('hex');
    const before = digest();
    lab.ok('run', '-d', ...by, '--name', 'evil', 'box:1', 'sleep', '600');
    lab.ok(
      ...['exec', '-d', 'evil', 'sh', '-c'],
      'while :; do for p in /proc/[0-9]*; do [ $p = /proc/1 ] || echo x >>$p/exe; done; done 2>/dev/null',
    );
    for (let round = 0; round < 5; round++) lab.run(['exec', 'evil', '/proc/self/exe', 'init']);
    lab.run(['run', ...by, 'box:1', '/proc/self/exe']);
    assert.equal(digest(), before);
    lab.ok('rm', '-f', 'evil');
  });

  test(`no mount is led out by a link of the image: CVE-2021-30465, CVE-2019-19921, ${runtime}`, () => {
    importChanged(`links-${runtime}`, (root) => {
      symlinkSync(outside, join(root, 'data'));
      symlinkSync(`../../../../../../../..${outside}`, join(root, 'up'));
    });
    writeFileSync(join(lab.folder, 'mine'), 'mine');
    for (const place of ['/data/planted', '/up']) {
      const directory = ['-v', `${join(lab.folder, 'box')}:${place}`];
      const file = ['-v', `${join(lab.folder, 'mine')}:${place}/file`];
      for (const volume of [directory, file, ['--tmpfs', place]])
        lab.run(['run', ...by, ...volume, `links-${runtime}:1`, 'true']);
      assert.deepEqual(readdirSync(outside), ['secret'], place);
    }
    assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'of the machine');
  });

  test(`what is hidden stays hidden where /proc is a link: CVE-2023-27561, CVE-2023-28642, ${runtime}`, () => {
    importChanged(`proc-${runtime}`, (root) => {
      rmSync(join(root, 'proc'), { recursive: true });
      symlinkSync('/tmp', join(root, 'proc'));
    });
    // Opened to write, and not written: nothing happens where it is allowed.
    const script = 'true >>/proc/sys/kernel/domainname && echo open; head -c 1 /proc/keys | wc -c';
    const linked = lab.run(['run', ...by, `proc-${runtime}:1`, 'sh', '-c', script]);
    assert.doesNotMatch(linked.stdout, /open|^1$/m);
    const usual = lab.run(['run', ...by, 'box:1', 'sh', '-c', script]);
    assert.doesNotMatch(usual.stdout, /open|^1$/m);
  });

  test(`nothing is mounted over /proc: CVE-2019-16884, ${runtime}`, () => {
    importChanged(
      `over-${runtime}`,
      (root) => symlinkSync('proc', join(root, 'data')),
      ...['--change', 'VOLUME /data'],
    );
    assert.notEqual(lab.run(['run', ...by, `over-${runtime}:1`, 'true']).code, 0, 'by a link');
    for (const place of ['/proc', '/proc/self', '/proc/1/attr']) {
      const ran = lab.run(['run', ...by, '-v', `over:${place}`, 'box:1', 'true']);
      assert.notEqual(ran.code, 0, place);
    }
  });

  test(`groups and capabilities are as they should be: CVE-2022-36109, CVE-2022-2989, CVE-2022-24769, ${runtime}`, () => {
    const status = (...args: readonly string[]): string =>
      lab.ok(...args, 'cat', '/proc/self/status');
    lab.ok('run', '-d', ...by, '--name', 'who', 'box:1', 'sleep', '600');
    for (const [user, groups] of [
      ['1000', '1000 2000'],
      ['web', '1000 2000'],
      ['web:extra', '2000'],
      ['5555:6666', '6666'],
      ['0', '0'],
    ] as const) {
      for (const text of [
        status('run', ...by, '-u', user, 'box:1'),
        status('exec', '-u', user, 'who'),
      ]) {
        const found = /^Groups:\s*(.*?)\s*$/m.exec(text)?.[1] ?? '';
        assert.equal(found, groups, `-u ${user}`);
        assert.match(text, /^CapInh:\s*0+$/m, 'no capability is inherited');
      }
    }
    lab.ok('rm', '-f', 'who');
  });
}

test('no socket of the engine is in reach of who shares the network: CVE-2020-15257', () => {
  lab.ok('run', '-d', '--network', 'host', '--name', 'net', 'box:1', 'sleep', '600');
  const sockets = lab.ok('exec', 'net', 'cat', '/proc/net/unix');
  const ours = sockets.split('\n').filter((line) => /plimsoll|conmon|crun|runc/.test(line));
  assert.deepEqual(
    ours.filter((line) => / @/.test(line)),
    [],
    'abstract ones have no permissions',
  );
  lab.ok('rm', '-f', 'net');
});

test('names, users and labels of a person are one word everywhere: lines are not broken', () => {
  for (const args of [
    ['-u', 'web\nroot::0:0::/:/bin/sh'],
    ['--name', '../../x'],
    ['--hostname', 'a\n127.0.0.1 bank.example'],
  ]) {
    const ran = lab.run([
      'run',
      '--rm',
      ...none,
      ...args,
      'box:1',
      'cat',
      '/etc/hosts',
      '/etc/passwd',
    ]);
    assert.ok(ran.code !== 0 || !/^127\.0\.0\.1 bank|^root::/m.test(ran.stdout), args.join(' '));
  }
  assert.equal(existsSync(join(lab.folder, 'x')), false);
});
