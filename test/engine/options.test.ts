// Options of docker and podman that other tests do not come by: what is joined, chosen and left out.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEngineLab } from './engine-lab.ts';

const lab = openEngineLab();
after(() => lab.close());

const none = ['--network', 'none'];
const run = (...args: readonly string[]): string => lab.ok('run', '--rm', ...none, ...args);

for (const runtime of ['crun', 'runc']) {
  test(`namespaces of another container are joined: ${runtime}`, () => {
    const by = ['--runtime', runtime];
    const own = ['--ipc', 'shareable', '--shm-size', '1m', '-h', 'first'];
    lab.ok('run', '-d', ...none, ...by, ...own, '--name', 'first', 'box:1', 'sleep', '600');
    const join = (kind: string, ...words: readonly string[]): string =>
      run(...by, `--${kind}`, 'container:first', 'box:1', ...words);
    assert.match(join('pid', 'ps'), /sleep 600/);
    assert.equal(join('uts', 'hostname'), 'first');
    join('ipc', 'sh', '-c', 'echo shared > /dev/shm/x');
    assert.equal(lab.ok('exec', 'first', 'cat', '/dev/shm/x'), 'shared');
    const link = ['readlink', '/proc/self/ns/ipc'];
    assert.equal(join('ipc', ...link), lab.ok('exec', 'first', ...link));
    const inspected = lab.ok('inspect', '-f', '{{.HostConfig.IpcMode}}', 'first');
    assert.equal(inspected, 'shareable');
    lab.ok('rm', '-f', 'first');
    lab.ok('run', '-d', ...none, ...by, '--name', 'closed', 'box:1', 'sleep', '600');
    const refused = lab.run(['run', '--rm', ...none, '--ipc', 'container:closed', 'box:1']);
    assert.equal(refused.code, 125);
    assert.match(refused.stderr, /can't join IPC of container closed: non-shareable IPC/);
    lab.ok('stop', '-t', '0', 'closed');
    const ended = lab.run(['run', '--rm', ...none, '--pid', 'container:closed', 'box:1']);
    assert.match(ended.stderr, /cannot join container closed: it is exited/);
    lab.ok('rm', 'closed');
  });
}

test('the environment is what was asked for', () => {
  const image = ['box:1', 'env'];
  lab.ok('run', '--name', 'vars', ...none, 'box:1', 'true');
  lab.ok('commit', '-c', 'ENV ONE=1 TWO=2', 'vars', 'vars:1');
  lab.ok('rm', 'vars');
  assert.doesNotMatch(run('--unsetenv', 'ONE', 'vars:1', 'env'), /^ONE=/m);
  assert.match(run('--unsetenv', 'ONE', 'vars:1', 'env'), /^TWO=2$/m);
  assert.doesNotMatch(run('--unsetenv-all', 'vars:1', 'env'), /^(?:ONE|TWO)=/m);
  assert.match(run('--env-host', ...image), /^PLIMSOLL_ROOT=/m);
  assert.doesNotMatch(run(...image), /^PLIMSOLL_ROOT=/m);
});

// As podman: conmon has no code for it.
test('--timeout kills what runs too long, --read-only-tmpfs leaves room, --init-path is taken', () => {
  assert.equal(
    lab.run(['run', '--rm', ...none, '--timeout', '1', 'box:1', 'sleep', '60']).code,
    255,
  );
  run('--read-only', '--read-only-tmpfs', 'box:1', 'touch', '/run/a', '/tmp/b', '/var/tmp/c');
  assert.notEqual(
    lab.run(['run', '--rm', ...none, '--read-only', 'box:1', 'touch', '/tmp/x']).code,
    0,
  );
  const init = join(lab.folder, 'no-init');
  writeFileSync(init, '#!/bin/sh\necho instead\n', { mode: 0o755 });
  assert.equal(run('--init', '--init-path', init, 'box:1', 'true'), 'instead');
});

test('containers are chosen by filter, by file, and as the latest', () => {
  const idFile = join(lab.folder, 'id-file');
  lab.ok('run', '-d', ...none, '--name', 'a', '-l', 'of=pair', 'box:1', 'sleep', '600');
  lab.ok(
    'run',
    '-d',
    ...none,
    '--name',
    'b',
    '-l',
    'of=pair',
    '--cidfile',
    idFile,
    'box:1',
    'sleep',
    '600',
  );
  const states = (): string => lab.ok('ps', '-a', '--format', '{{.Names}} {{.State}}');
  lab.ok('pause', '--filter', 'label=of=pair');
  assert.equal(states(), 'b paused\na paused');
  lab.ok('unpause', '--cidfile', idFile);
  assert.equal(states(), 'b running\na paused');
  lab.ok('unpause', '--all');
  lab.ok('kill', '--latest');
  assert.equal(lab.ok('wait', '-l'), '137');
  assert.equal(lab.ok('wait', '--ignore', 'nosuch'), '-1');
  lab.ok('start', '--all');
  assert.equal(states(), 'b running\na running');
  lab.ok('stop', '-t', '0', '--filter', 'name=^a$');
  lab.ok('restart', '--running', '-t', '0', '--filter', 'label=of=pair');
  assert.equal(states(), 'b running\na exited');
  assert.equal(lab.run(['stop', '--latest', 'a']).code, 2);
  lab.ok('rm', '-f', '--filter', 'label=of=pair');
  assert.equal(states(), '');
});

test('limits of devices reach the runtime', () => {
  const limits = ['--device-read-bps', '/dev/zero:1mb', '--device-write-iops', '/dev/zero:10'];
  const bundle = join(lab.folder, 'bundle');
  lab.ok('spec', '-b', bundle, ...limits, '--cpu-rt-runtime', '1000', 'box:1');
  const { linux } = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
  assert.deepEqual(linux.resources.blockIO, {
    throttleReadBpsDevice: [{ major: 1, minor: 5, rate: 1024 * 1024 }],
    throttleWriteIOPSDevice: [{ major: 1, minor: 5, rate: 10 }],
  });
  assert.equal(linux.resources.cpu.realtimeRuntime, 1000);
});
