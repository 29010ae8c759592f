// What is in containers and what is known of them: inspect.
import assert from 'node:assert/strict';
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
