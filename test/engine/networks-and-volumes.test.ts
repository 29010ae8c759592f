// Networks and volumes of containers that run: what a person types, with what comes of it in the container.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type EngineLab, openEngineLab } from './engine-lab.ts';

let lab: EngineLab;

before(() => {
  lab = openEngineLab();
});

after(() => {
  lab.close();
});

const sh = (...words: readonly string[]): readonly string[] => ['box:1', 'sh', '-c', ...words];

function fails(args: readonly string[], message: RegExp, code = 125): void {
  const ran = lab.run(args);
  assert.equal(ran.code, code, `${args.join(' ')}: ${ran.stderr}`);
  assert.match(ran.stderr, message);
}

const serve = 'while :; do echo "$0" | nc -l -p 80; done';

test('the default network: a port of this machine, hosts, and nothing left', () => {
  lab.ok('run', '-d', '--name', 'web', '-p', '127.0.0.1:47141:80', ...sh(serve, 'hello'));
  assert.equal(lab.ok('port', 'web'), '80/tcp -> 127.0.0.1:47141');
  const answer = execFileSync('busybox', ['nc', '127.0.0.1', '47141'], { encoding: 'utf8' });
  assert.equal(answer, 'hello\n');
  const [own = '', name = ''] = lab
    .ok('exec', 'web', 'sh', '-c', 'tail -n 1 /etc/hosts; hostname')
    .split('\n');
  assert.match(own, new RegExp(`^10\\.[\\d.]+\\t${name}$|^1\\d\\d\\.[\\d.]+\\t${name}$`));
  // Another container in the same network, and one that shares it whole.
  const ip = own.split('\t')[0] ?? '';
  assert.equal(lab.ok('run', '--rm', 'box:1', 'nc', ip, '80'), 'hello');
  const shared = ['run', '--rm', '--network', 'container:web', 'box:1'];
  assert.equal(lab.ok(...shared, 'nc', '127.0.0.1', '80'), 'hello');
  assert.equal(lab.ok(...shared, 'tail', '-n', '1', '/etc/hosts'), own);
  fails(['run', '--rm', '-p', '127.0.0.1:47141:80', 'box:1', 'true'], /PL0856/);
  lab.ok('restart', '-t', '0', 'web');
  assert.equal(execFileSync('busybox', ['nc', '127.0.0.1', '47141'], { encoding: 'utf8' }), answer);
  lab.ok('rm', '-f', 'web');
  assert.deepEqual(readdirSync(join(lab.runFolder, 'netns')), []);
  const rules = execFileSync('iptables-save', { encoding: 'utf8' });
  assert.ok(!rules.includes('47141'));
});

test('a published port is kept from other programs while the container runs, and free after it', () => {
  const listens = (port: string): boolean =>
    spawnSync(process.execPath, ['-e', `require('net').createServer().listen(${port}).unref()`])
      .status === 0;
  for (const runtime of ['crun', 'runc']) {
    lab.ok(
      'run',
      '-d',
      '--name',
      'held',
      '--runtime',
      runtime,
      '-p',
      '47142:80',
      ...sh(serve, 'x'),
    );
    assert.equal(listens('47142'), false, runtime);
    assert.doesNotMatch(lab.ok('exec', 'held', 'ls', '-l', '/proc/1/fd'), /socket:/, runtime);
    lab.ok('restart', '-t', '0', 'held');
    assert.equal(listens('47142'), false, runtime);
    lab.ok('rm', '-f', 'held');
    assert.equal(listens('47142'), true, runtime);
  }
});

test('networks of one’s own: made, joined, left, removed', () => {
  const id = lab.ok('network', 'create', '--label', 'a=b', 'back');
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(
    lab.ok('network', 'ls', '--format', '{{.Name}} {{.Driver}} {{.Scope}}'),
    'back bridge local\nbridge bridge local\nhost host local\nnone null local',
  );
  assert.equal(lab.ok('network', 'ls', '-q', '--filter', 'label=a=b'), id.slice(0, 12));
  lab.ok('run', '-d', '--name', 'db', '--network', 'back', ...sh(serve, 'rows'));
  assert.equal(lab.ok('run', '--rm', '--network', 'back', 'box:1', 'nc', 'db', '80'), 'rows');
  lab.ok('run', '-d', '--name', 'app', 'box:1', 'sleep', '1000');
  const inApp = (script: string): string => lab.ok('exec', 'app', 'sh', '-c', script);
  const interfaces = 'ls /sys/class/net | grep eth | tr "\\n" " "';
  assert.equal(inApp(interfaces), 'eth0');
  lab.ok('network', 'connect', '--alias', 'client', 'back', 'app');
  assert.equal(inApp('nc db 80'), 'rows');
  assert.equal(inApp(interfaces), 'eth0 eth1');
  fails(['network', 'connect', 'back', 'app'], /PL0855/, 1);
  assert.equal(
    lab
      .ok('network', 'inspect', '-f', '{{range .Containers}}{{.Name}} {{end}}', 'back')
      .split(' ')
      .sort()
      .join(' '),
    'app db',
  );
  fails(['network', 'rm', 'back'], /PL0858.*active endpoints/, 1);
  lab.ok('network', 'disconnect', 'bridge', 'app');
  lab.ok('network', 'disconnect', 'back', 'app');
  assert.equal(inApp('ls /sys/class/net'), 'lo');
  lab.ok('network', 'connect', 'back', 'app');
  assert.equal(inApp('nc db 80'), 'rows');
  lab.ok('restart', '-t', '0', 'app');
  assert.equal(inApp(interfaces), 'eth0');
  assert.equal(inApp('nc db 80'), 'rows');
  lab.ok('rm', '-f', 'db', 'app');
  assert.equal(lab.ok('network', 'prune', '-f'), 'Deleted Networks:\nback');
  fails(['run', '--rm', '--network', 'back', 'box:1', 'true'], /PL0850.*network back not found/);
  fails(['network', 'rm', 'bridge'], /PL0858/, 1);
  assert.equal(lab.run(['network', 'exists', 'back']).code, 1);
});

test('volumes: named, anonymous, of other containers, and prune', () => {
  const volume = ['-v', 'data:/var'];
  lab.ok('run', '--rm', ...volume, ...sh('echo kept > /var/file'));
  assert.equal(lab.ok('run', '--rm', ...volume, 'box:1', 'cat', '/var/file'), 'kept');
  assert.equal(lab.ok('volume', 'ls', '-q'), 'data');
  const place = lab.ok('volume', 'inspect', '-f', '{{.Mountpoint}}', 'data');
  assert.equal(readFileSync(join(place, 'file'), 'utf8'), 'kept\n');
  // --rm takes anonymous volumes along, rm does only when asked.
  lab.ok('run', '--rm', '-v', '/anonymous', 'box:1', 'true');
  lab.ok('run', '--name', 'two', '-v', '/anonymous', ...volume, 'box:1', 'true');
  assert.equal(lab.ok('volume', 'ls', '-q').split('\n').length, 2);
  const from = ['run', '--rm', '--volumes-from', 'two:ro', 'box:1'];
  assert.equal(lab.ok(...from, 'cat', '/var/file'), 'kept');
  assert.equal(lab.run([...from, 'touch', '/var/x']).code, 1);
  fails(['volume', 'rm', 'data'], /PL0862.*volume is in use - \[[0-9a-f]{64}\]/, 1);
  assert.match(lab.ok('volume', 'prune', '-f'), /^Total reclaimed space: 0B$/);
  lab.ok('rm', 'two');
  assert.match(lab.ok('volume', 'prune', '-f'), /^Deleted Volumes:\n[0-9a-f]{64}\n/);
  assert.equal(lab.ok('volume', 'ls', '-q'), 'data');
  assert.match(lab.ok('volume', 'prune', '-af'), /^Deleted Volumes:\ndata\n/);
  assert.ok(!existsSync(place));
  fails(['volume', 'inspect', 'data'], /PL0860.*no such volume/, 1);
});

test('system prune takes what nobody uses, of every kind', () => {
  lab.ok('network', 'create', 'idle');
  lab.ok('volume', 'create', 'named');
  lab.ok('run', '--name', 'done', '--network', 'none', 'box:1', 'true');
  lab.ok('volume', 'create');
  const lines = lab.ok('system', 'prune', '-f', '--volumes').split('\n');
  assert.deepEqual(
    lines.filter((line) => line.endsWith(':')),
    ['Deleted Containers:', 'Deleted Networks:', 'Deleted Volumes:'],
  );
  assert.ok(lines.includes('idle') && !lines.includes('named'));
  assert.equal(lab.ok('volume', 'ls', '-q'), 'named');
  assert.equal(lab.ok('ps', '-aq'), '');
  lab.ok('volume', 'rm', 'named');
});

test('binds and memory', () => {
  const source = join(lab.folder, 'source');
  const run = (...words: readonly string[]): string =>
    lab.ok('run', '--rm', '--network', 'none', ...words);
  run('-v', `${source}:/srv`, ...sh('echo x > /srv/file'));
  assert.equal(readFileSync(join(source, 'file'), 'utf8'), 'x\n');
  const readOnly = ['run', '--rm', '--network', 'none', '-v', `${source}:/srv:ro`];
  assert.equal(lab.run([...readOnly, 'box:1', 'touch', '/srv/y']).code, 1);
  assert.match(
    run('--tmpfs', '/t:size=1m,mode=1770', ...sh('grep " /t " /proc/mounts; stat -c %a /t')),
    /^tmpfs \/t tmpfs rw,nosuid,nodev,noexec,.*size=1024k.*\n1770$/,
  );
  fails(['run', '--rm', '--mount', 'type=bind,src=/no/such,dst=/x', 'box:1', 'true'], /PL0863/);
  writeFileSync(join(lab.folder, 'hosts'), 'mine\n');
  assert.equal(
    run('-v', `${join(lab.folder, 'hosts')}:/etc/hosts:ro`, 'box:1', 'cat', '/etc/hosts'),
    'mine',
  );
});

test('CVE-2019-19921, CVE-2021-30465, CVE-2023-28642: a volume on a path that another made a link mounts inside', () => {
  // The first container leaves links in the volume that the second mounts through.
  lab.ok('volume', 'create', 'trap');
  const place = lab.ok('volume', 'inspect', '-f', '{{.Mountpoint}}', 'trap');
  const outside = join(lab.folder, 'outside');
  mkdirSync(outside);
  symlinkSync(outside, join(place, 'link'));
  symlinkSync('/../../../../../../../../proc', join(place, 'proc'));
  for (const runtime of ['crun', 'runc']) {
    for (const at of ['/var/link', '/var/link/deep', '/var/proc/x']) {
      const through = ['--runtime', runtime, '-v', 'trap:/var', '-v', `inner:${at}`];
      lab.run(['run', '--rm', '--network', 'none', ...through, ...sh(`echo x > ${at}/file`)]);
      assert.deepEqual(readdirSync(outside), [], `${runtime} ${at}`);
    }
  }
  assert.ok(!existsSync('/proc/x'));
});
