// What is in containers and what is known of them: inspect, cp, diff, export.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEngineLab } from './engine-lab.ts';

const lab = openEngineLab();
after(() => lab.close());

const none = ['--network', 'none'];

test('inspect shows containers with docker’s fields', () => {
  lab.ok(
    ...['create', ...none, '--name', 'seen', '-e', 'A=1', '-l', 'x=y', '--memory', '64m'],
    ...['-v', 'data:/srv', '--tmpfs', '/run', '--cap-add', 'NET_ADMIN', '-w', '/tmp'],
    ...['box:1', 'sh', '-c', 'exit 3'],
  );
  const check = (template: string, expected: string): void =>
    assert.equal(lab.ok('inspect', '-f', template, 'seen'), expected, template);
  check(
    '{{.State.Status}} {{.State.Running}} {{.State.StartedAt}}',
    'created false 0001-01-01T00:00:00Z',
  );
  check('{{.Name}} {{.Path}} {{.Args}}', '/seen sh [-c exit 3]');
  check('{{.Config.Image}} {{.Config.Env}} {{index .Config.Labels "x"}}', 'box:1 [A=1] y');
  check(
    '{{.HostConfig.Memory}} {{.HostConfig.CapAdd}} {{.HostConfig.NetworkMode}}',
    '67108864 [NET_ADMIN] none',
  );
  check(
    '{{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}};{{end}}',
    'volume /srv true;tmpfs /run true;',
  );
  check('{{json .HostConfig.Tmpfs}}', '{"/run":"noexec,nosuid,nodev"}');
  assert.equal(lab.run(['start', '-a', 'seen']).code, 3);
  check('{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}', 'exited 3 0');
  const id = lab.ok('container', 'inspect', '-f', '{{.Id}}', 'seen');
  assert.equal(lab.ok('inspect', '-f', '{{.Name}}', id.slice(0, 10)), '/seen');
  const sizes = lab.ok('inspect', '-s', '-f', '{{ge .SizeRootFs .SizeRw}}', 'seen');
  assert.equal(sizes, 'true');
  assert.match(lab.ok('inspect', '-f', '{{.Id}}', 'box:1'), /^sha256:/, 'images too');
  assert.equal(lab.run(['inspect', '--type', 'container', 'box:1']).code, 1);
  assert.equal(lab.run(['container', 'inspect', 'nosuch']).stdout, '[]\n');
  lab.ok('rm', '-v', 'seen');
});

test('cp copies both ways by docker’s rules, whether the container runs or not', () => {
  const here = join(lab.folder, 'here');
  mkdirSync(join(here, 'tree/deep'), { recursive: true });
  writeFileSync(join(here, 'tree/deep/a'), 'a');
  writeFileSync(join(here, 'file'), 'content', { mode: 0o640 });
  symlinkSync('file', join(here, 'link'));
  const idle = ['create', ...none, '--name', 'box', '-v', 'kept:/srv', 'box:1', 'sleep', '600'];
  lab.ok(...idle);
  for (const way of ['idle', 'running']) {
    if (way === 'running') lab.ok('start', 'box');
    lab.ok('cp', join(here, 'file'), `box:/tmp/${way}`);
    lab.ok('cp', join(here, 'tree'), 'box:/tmp');
    lab.ok('cp', `${here}/tree/.`, `box:/tmp/${way}-tree`);
    lab.ok('cp', join(here, 'file'), `box:/srv/${way}`);
    lab.ok('cp', join(here, 'link'), `box:/tmp/${way}-link`);
    lab.ok('cp', '-L', join(here, 'link'), `box:/tmp/${way}-followed`);
    const out = join(here, `out-${way}`);
    lab.ok('cp', 'box:/tmp', out);
    assert.equal(readFileSync(join(out, way), 'utf8'), 'content');
    assert.equal(lstatSync(join(out, way)).mode & 0o777, 0o640);
    assert.equal(readFileSync(join(out, 'tree/deep/a'), 'utf8'), 'a');
    assert.equal(readFileSync(join(out, `${way}-tree/deep/a`), 'utf8'), 'a');
    assert.ok(lstatSync(join(out, `${way}-link`)).isSymbolicLink());
    assert.ok(lstatSync(join(out, `${way}-followed`)).isFile());
    lab.ok('cp', `box:/srv/${way}`, here);
    assert.equal(readFileSync(join(here, way), 'utf8'), 'content', 'in the volume');
  }
  assert.equal(lab.ok('exec', 'box', 'cat', '/srv/idle', '/tmp/idle'), 'contentcontent');
  const fails = (from: string, to: string, says: RegExp): void => {
    const { code, stderr } = lab.run(['cp', from, to]);
    assert.equal(code, 1, `${from} ${to}`);
    assert.match(stderr, says);
  };
  fails('box:/nosuch', here, /Could not find the file \/nosuch in container box/);
  fails(join(here, 'tree'), 'box:/tmp/idle', /cannot copy a directory to a file/);
  fails(join(here, 'file'), 'box:/no/such', /no such directory/);
  fails(join(here, 'file'), 'box:/tmp/new/', /must be a directory/);
  fails(join(here, 'file'), 'nosuch:/tmp', /no such container/);
  assert.equal(lab.run(['cp', 'a', './b']).code, 2);
  const archive = lab.run(['cp', 'box:/tmp/tree', '-']);
  assert.ok(archive.stdout.includes('tree/deep/a'));
  const into = lab.run(['cp', '-', 'box:/root'], archive.stdout);
  assert.equal(into.code, 0, into.stderr);
  assert.equal(lab.ok('exec', 'box', 'cat', '/root/tree/deep/a'), 'a');
  lab.ok('rm', '-fv', 'box');
});

test('cp is led nowhere by a container: CVE-2018-15664, CVE-2019-14271, CVE-2024-21626', () => {
  const outside = join(lab.folder, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'secret');
  lab.ok('run', '-d', ...none, '--name', 'evil', 'box:1', 'sleep', '600');
  const inside = (script: string): string => lab.ok('exec', 'evil', 'sh', '-c', script);
  // Links to places of the host, by name and by what is open or mounted in /proc.
  inside(
    `ln -s ${outside} /out; ln -s ../../../../../..${outside} /up; ln -s /proc/1/root${outside} /proc-out`,
  );
  inside('ln -s /proc/self/fd /fds; printf exe > /tmp/exe');
  for (const link of ['/out', '/up', '/proc-out', '/proc/self/root', '/proc/self/cwd']) {
    assert.equal(lab.run(['cp', `evil:${link}/secret`, join(lab.folder, 'got')]).code, 1, link);
    assert.equal(lab.run(['cp', join(outside, 'secret'), `evil:${link}/planted`]).code, 1, link);
  }
  assert.equal(existsSync(join(lab.folder, 'got')), false);
  assert.deepEqual(readdirSync(outside), ['secret']);
  // A directory that is swapped for a link to the host, again and again, while it is copied.
  inside(`mkdir -p /d/sub /e; echo mine > /d/sub/secret; ln -s ${outside} /e/sub`);
  lab.ok(
    ...['exec', '-d', 'evil', 'sh', '-c'],
    'while :; do mv /d/sub /d/x; mv /e/sub /d/sub; mv /d/sub /e/sub; mv /d/x /d/sub; done',
  );
  for (let round = 0; round < 8; round++) {
    lab.run(['cp', 'evil:/d/sub/secret', join(lab.folder, `round-${round}`)]);
    lab.run(['cp', join(lab.folder, 'box/etc/passwd'), 'evil:/d/sub/planted']);
  }
  for (const name of readdirSync(lab.folder).filter((one) => one.startsWith('round-')))
    assert.equal(readFileSync(join(lab.folder, name), 'utf8'), 'mine\n');
  assert.deepEqual(readdirSync(outside), ['secret'], 'nothing is written outside');
  // A pipe does not make it wait, and a program of root's comes out as a plain one.
  inside('mkdir /g; cp /bin/busybox /g/su; chmod 4755 /g/su; mkfifo /g/pipe');
  const ran = lab.run(['cp', 'evil:/g', join(lab.folder, 'g')]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stderr, /\/g\/pipe was left out/);
  assert.equal(lstatSync(join(lab.folder, 'g/su')).mode & 0o7777, 0o755);
  lab.ok('rm', '-f', 'evil');
});

test('diff tells what a container changed, and export writes all it has', () => {
  lab.ok(
    'create',
    ...none,
    '--name',
    'work',
    '-v',
    'own:/srv',
    'box:1',
    'sh',
    '-c',
    [
      'echo new > /root/new; mkdir /var/made; echo x > /var/made/x; echo more >> /etc/group',
      'rm /etc/passwd; rm -r /tmp; chmod 700 /lib64; echo kept > /srv/kept',
    ].join('; '),
  );
  assert.equal(lab.ok('diff', 'work'), '', 'nothing yet');
  lab.ok('start', '-a', 'work');
  assert.deepEqual(lab.ok('diff', 'work').split('\n'), [
    'C /etc',
    'C /etc/group',
    'D /etc/passwd',
    'C /lib64',
    'C /root',
    'A /root/new',
    'D /tmp',
    'C /var',
    'A /var/made',
    'A /var/made/x',
  ]);
  assert.equal(lab.run(['diff', 'nosuch']).code, 1);
  const file = join(lab.folder, 'work.tar');
  lab.ok('export', '-o', file, 'work');
  const members = execFileSync('tar', ['-tf', file], { encoding: 'utf8' }).split('\n');
  for (const name of ['root/new', 'var/made/x', 'bin/busybox', 'etc/group'])
    assert.ok(members.includes(name), name);
  for (const name of ['etc/passwd', 'tmp/', 'srv/kept']) assert.ok(!members.includes(name), name);
  lab.ok('import', file, 'exported:1');
  assert.equal(lab.ok('run', '--rm', ...none, 'exported:1', 'cat', '/root/new'), 'new');
  lab.ok('rm', '-v', 'work');
});
