// The life of containers by the command line, with the real crun, runc and conmon.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEngineLab, type Ran } from './engine-lab.ts';

const lab = openEngineLab();
after(() => lab.close());

const none = ['--network', 'none'];

test('run ends as what it started, and its streams are its own', () => {
  const check = (args: readonly string[], expected: Partial<Ran>, input?: string): void => {
    const { code, stdout, stderr } = lab.run(['run', '--rm', ...none, ...args], input);
    const found = { code, stdout, stderr };
    assert.deepEqual({ ...found, ...expected }, found, args.join(' '));
  };
  for (const runtime of ['crun', 'runc']) {
    const by = ['--runtime', runtime];
    check([...by, 'box:1', 'true'], { code: 0, stdout: '', stderr: '' });
    check([...by, 'box:1', 'sh', '-c', 'echo out; echo err >&2; exit 7'], {
      code: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    check([...by, '-i', 'box:1', 'cat'], { code: 0, stdout: 'typed\n' }, 'typed\n');
    check([...by, 'box:1', 'nosuch'], { code: 127, stdout: '' });
    check([...by, 'box:1', '/etc/passwd'], { code: 126, stdout: '' });
  }
  check(['nosuch:1'], { code: 125 });
  check(['--nosuch', 'box:1'], { code: 125 });
  check(['--runtime', 'nosuch', 'box:1'], { code: 125 });
  check(['box:1', 'sh', '-c', 'sleep 9 & kill -9 $!; wait $!'], { code: 137 });
  const large = lab.run(['run', '--rm', ...none, 'box:1', 'seq', '300000']);
  assert.equal(large.stdout.length, 1_988_895, 'everything comes, in order');
  assert.equal(large.stdout.trimEnd().split('\n').at(-1), '300000');
  assert.equal(lab.ok('ps', '-aq'), '', 'nothing is left');
});

test('a container in the background: ps, logs, exec, stop, start, rm', () => {
  const cidfile = join(lab.folder, 'cid');
  const script =
    'trap "echo bye; exit 3" TERM; echo one; echo two >&2; while :; do sleep 0.1; done';
  const id = lab.ok(
    'run',
    '-d',
    ...none,
    '--name',
    'web',
    '--cidfile',
    cidfile,
    'box:1',
    'sh',
    '-c',
    script,
  );
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(readFileSync(cidfile, 'utf8'), id);
  assert.equal(lab.run(['run', '-d', '--name', 'web', 'box:1']).code, 125, 'the name is taken');
  assert.equal(lab.ok('ps', '--format', '{{.Names}} {{.State}} {{.Image}}'), 'web running box:1');
  assert.equal(lab.ok('exec', 'web', 'hostname'), id.slice(0, 12));
  assert.equal(
    lab.ok(
      'exec',
      '-e',
      'A=b c',
      '-u',
      'web',
      '-w',
      '/tmp',
      'web',
      'sh',
      '-c',
      'id -un; pwd; echo $A',
    ),
    'web\n/tmp\nb c',
  );
  assert.equal(lab.run(['exec', 'web', 'sh', '-c', 'exit 9']).code, 9);
  assert.equal(lab.run(['exec', 'web', 'nosuch']).code, 127);
  assert.equal(lab.run(['exec', '-i', 'web', 'cat'], 'in').stdout, 'in');
  assert.equal(lab.run(['rm', 'web']).code, 1, 'it runs');
  assert.equal(lab.ok('stop', 'web'), 'web');
  assert.equal(lab.ok('wait', 'web'), '3');
  const { stdout, stderr } = lab.run(['logs', id.slice(0, 9)]);
  assert.deepEqual([stdout, stderr], ['one\nbye\n', 'two\n']);
  assert.match(lab.ok('logs', '-t', '--tail', '1', 'web'), /^\d{4}-\d\d-\d\dT[\d:.]+Z bye$/);
  assert.match(lab.ok('ps', '-a', '--format', '{{.Status}}'), /^Exited \(3\) /);
  assert.equal(lab.run(['exec', 'web', 'true']).code, 125, 'it does not run');
  lab.ok('start', 'web');
  lab.ok('kill', 'web');
  assert.equal(lab.ok('wait', 'web'), '137');
  assert.equal(lab.ok('rm', 'web'), 'web');
  assert.equal(lab.run(['rm', 'web']).code, 1);
  assert.equal(lab.ok('ps', '-aq'), '');
});

test('what a container writes stays with it until it is removed', () => {
  lab.ok(
    'create',
    ...none,
    '--name',
    'job',
    'box:1',
    'sh',
    '-c',
    'echo x >> /var/count; wc -l < /var/count',
  );
  assert.equal(lab.ok('ps', '-a', '--format', '{{.Status}}'), 'Created');
  assert.equal(lab.ok('start', '-a', 'job'), '1');
  assert.equal(lab.ok('start', '-a', 'job'), '2');
  lab.ok('rm', 'job');
});

test('pause, update, rename, top, stats, restart, events', () => {
  const since = String(Date.now() / 1000);
  lab.ok(
    'run',
    '-d',
    ...none,
    '--name',
    'one',
    '--memory',
    '64m',
    'box:1',
    'sh',
    '-c',
    'trap exit TERM; while :; do sleep 0.1; done',
  );
  lab.ok('pause', 'one');
  assert.match(lab.ok('ps', '--format', '{{.Status}}'), /\(Paused\)$/);
  assert.equal(lab.run(['exec', 'one', 'true']).code, 125);
  lab.ok('unpause', 'one');
  lab.ok('update', '--memory', '32m', '--restart', 'always', 'one');
  assert.match(lab.ok('stats', '--no-stream', '--format', '{{.MemUsage}}', 'one'), / \/ 32MiB$/);
  lab.ok('rename', 'one', 'two');
  assert.match(lab.ok('top', 'two', '-o', 'pid,args'), /trap exit TERM/);
  lab.ok('restart', 'two');
  assert.equal(lab.ok('ps', '--format', '{{.Names}} {{.State}}'), 'two running');
  lab.ok('stop', 'two');
  assert.equal(lab.ok('ps', '-a', '--format', '{{.State}}'), 'exited', 'stopped by hand stays so');
  lab.ok('rm', 'two');
  const actions = lab
    .ok('events', '--since', since, '--no-stream', '--format', '{{.Action}}')
    .split('\n');
  assert.deepEqual(
    actions,
    'create start pause unpause update rename kill die stop start restart kill die stop destroy'.split(
      ' ',
    ),
  );
});

test('restart policies', async () => {
  lab.ok(
    'run',
    '-d',
    ...none,
    '--name',
    'fails',
    '--restart',
    'on-failure:2',
    'box:1',
    'sh',
    '-c',
    'echo x; exit 4',
  );
  // 100 and 200 ms pass before the two starts.
  const until = Date.now() + 20_000;
  while (
    !lab.ok('ps', '-a', '--format', '{{.Status}}').startsWith('Exited (4)') ||
    lab.ok('logs', 'fails') !== 'x\nx\nx'
  )
    assert.ok(Date.now() < until, lab.ok('ps', '-a'));
  lab.ok('rm', 'fails');
});

test('nothing is left of them on disk', () => {
  const run = readdirSync(lab.runFolder).filter(
    (name) => !['locks', 'runtime', 'filters'].includes(name),
  );
  assert.deepEqual(run, []);
  assert.deepEqual(readdirSync(join(lab.runFolder, 'locks')), []);
  assert.deepEqual(readdirSync(join(lab.folder, 'store/containers')), []);
  for (const name of ['memory', 'pids'])
    if (existsSync(`/sys/fs/cgroup/${name}/plimsoll`))
      assert.deepEqual(
        readdirSync(`/sys/fs/cgroup/${name}/plimsoll`, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map((entry) => entry.name)
          .filter((id) => lab.ok('ps', '-aq', '--no-trunc').includes(id)),
        [],
      );
});
