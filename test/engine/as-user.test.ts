// Containers of an ordinary user: all commands find each other in one user namespace.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTestUser } from '../builders/test-user.ts';
import { makeBusyboxArchive } from './engine-lab.ts';

test('an ordinary user runs, looks into, stops and removes containers', () => {
  using user = makeTestUser();
  const archive = makeBusyboxArchive(user.home);
  const node = process.execPath.replace(join(import.meta.dirname, '../..'), user.checkout);
  const environment = { PLIMSOLL_RUN_DIR: join(user.home, 'run') };
  const plimsoll = (...args: readonly string[]): ReturnType<typeof user.run> =>
    user.run(node, [join(user.checkout, 'dist/plimsoll.js'), ...args], environment);
  const ok = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = plimsoll(...args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  try {
    ok('import', '--change', 'CMD ["sh"]', archive, 'box:1');
    for (const runtime of ['crun', 'runc']) {
      const by = ['--rm', '--network', 'none', '--runtime', runtime];
      const script = 'id -u; echo $HOME; touch /new && stat -c %u:%g /new';
      assert.equal(ok('run', ...by, 'box:1', 'sh', '-c', script), '0\n/root\n0:0', runtime);
      assert.equal(ok('run', ...by, '-u', 'web', 'box:1', 'id', '-u'), '1000', runtime);
      assert.equal(plimsoll('run', ...by, 'box:1', 'sh', '-c', 'exit 6').status, 6, runtime);
    }
    ok(
      'run',
      '-d',
      '--network',
      'none',
      '--name',
      'bg',
      'box:1',
      'sh',
      '-c',
      'trap exit TERM; echo up; while :; do sleep 0.1; done',
    );
    assert.equal(ok('ps', '--format', '{{.Names}} {{.State}}'), 'bg running');
    assert.equal(ok('exec', 'bg', 'echo', 'inside'), 'inside');
    assert.equal(ok('logs', 'bg'), 'up');
    assert.match(ok('top', 'bg'), /trap exit TERM/);
    assert.equal(ok('inspect', '-f', '{{.State.Status}}', 'bg'), 'running');
    for (const way of ['running', 'idle']) {
      if (way === 'idle') ok('stop', 'bg');
      ok('cp', archive, `bg:/${way}`);
      ok('cp', `bg:/${way}`, join(user.home, way));
      assert.equal(user.run('stat', ['-c', '%U', join(user.home, way)]).stdout.trim(), user.name);
    }
    ok('export', '-o', join(user.home, 'bg.tar'), 'bg');
    assert.match(ok('diff', 'bg'), /^A \/idle$/m);
    ok('commit', 'bg', 'made:1');
    assert.equal(
      ok('run', '--rm', '--network', 'none', 'made:1', 'stat', '-c', '%u', '/idle'),
      '0',
    );
    ok('start', 'bg');
    ok('rm', '-f', 'bg');
    assert.equal(ok('ps', '-aq'), '');
  } finally {
    plimsoll('rm', '-af');
    // The shell that holds the namespace ends by itself within a minute; the user is to go now.
    const { stdout } = user.run('cat', [join(user.home, 'run/namespace.pid')]);
    if (/^\d+$/.test(stdout.trim())) user.run('sh', ['-c', 'kill -9 -"$0"', stdout.trim()]);
    const until = Date.now() + 5000;
    while (user.run('pgrep', ['-u', user.name]).stdout.trim().includes('\n'))
      assert.ok(Date.now() < until, user.run('ps', ['-fu', user.name]).stdout);
  }
});
