// Images made of containers: what commit packs is what the container has, whatever keeps its layers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type EngineLab, openEngineLab } from './engine-lab.ts';

const labs: EngineLab[] = [];
after(() => {
  for (const lab of labs) lab.close();
});

function openLab(driver?: string): EngineLab {
  const lab = openEngineLab(driver === undefined ? {} : { PLIMSOLL_SNAPSHOT_DRIVER: driver });
  labs.push(lab);
  return lab;
}

const none = ['--network', 'none'];

/** Every kind of change; files and directories take each other's places. */
const changes = [
  'echo new > /root/new; ln /root/new /root/same; ln -s ../etc /root/link; mkfifo /root/pipe',
  'mkdir -p /var/a/b; echo deep > /var/a/b/c; chmod 1777 /var/a; chown 1000:2000 /var/a/b/c',
  'echo more >> /etc/group; rm /etc/passwd; rm -r /tmp; mkdir /tmp; echo x > /tmp/x',
  'rm /bin/wc; mkdir /bin/wc; echo y > /bin/wc/y; rm -r /lib64; echo file > /lib64; touch /root',
].join('; ');

/** Paths, types, modes, owners, sizes, times and links below a folder, but for what is mounted in containers. */
function listing(folder: string): readonly string[] {
  const format = '%P %y %m %U:%G %s %T@ %n %l\n';
  const found = execFileSync('find', [folder, '-mindepth', '1', '-printf', format], {
    encoding: 'utf8',
  });
  const mounted = /^(?:dev|proc|sys|etc\/(?:hosts|hostname|resolv\.conf))(?:\/| )/;
  return found
    .split('\n')
    .filter((line) => line !== '' && !mounted.test(line))
    .map((line) => (/ d /.test(line) ? line.replace(/ \d+ ([\d.]+) \d+ /, ' $1 ') : line))
    .toSorted();
}

for (const driver of ['overlay', 'vfs']) {
  test(`commit makes an image that is what the container was: ${driver}`, () => {
    const lab = openLab(driver);
    lab.ok('run', '--name', 'work', ...none, 'box:1', 'sh', '-c', `${changes}; :`);
    const capable = join(lab.folder, 'capable');
    writeFileSync(capable, 'no program', { mode: 0o755 });
    execFileSync('setcap', ['cap_net_raw+ep', capable]);
    lab.ok('cp', '-a', capable, 'work:/bin/capable');
    const id = lab.ok('commit', 'work', 'made:1');
    assert.equal(lab.ok('inspect', '-f', '{{.Id}}', 'made:1'), id);

    const unpack = (name: string, file: string): readonly string[] => {
      const folder = join(lab.folder, name);
      execFileSync('mkdir', [folder]);
      execFileSync('tar', ['--xattrs', '--xattrs-include=*', '-C', folder, '-xpf', file]);
      return listing(folder);
    };
    const before = join(lab.folder, 'before.tar');
    lab.ok('export', '-o', before, 'work');
    const expected = unpack('before', before);
    assert.ok(expected.length > 50);
    const after = join(lab.folder, 'after.tar');
    lab.ok('export', '-o', after, 'made:1');
    assert.deepEqual(unpack('after', after), expected);
    // Another program's reading of the layers.
    lab.ok('save', '--format', 'oci-dir', '-o', join(lab.folder, 'layout'), 'made:1');
    const bundle = join(lab.folder, 'bundle');
    execFileSync('umoci', ['unpack', '--image', `${lab.folder}/layout:1`, bundle]);
    const seconds = (lines: readonly string[]) => lines.map((line) => line.replace(/\.\d+ /, ' '));
    assert.deepEqual(seconds(listing(join(bundle, 'rootfs'))), seconds(expected));
    const capabilities = execFileSync('getcap', [join(bundle, 'rootfs/bin/capable')]);
    assert.match(String(capabilities), /cap_net_raw/);
    lab.ok('rm', 'work');
    assert.equal(lab.ok('run', '--rm', ...none, 'made:1', 'cat', '/bin/wc/y'), 'y');
  });
}

test('commit takes what the container was told to run, and changes of it', () => {
  const lab = openLab();
  lab.ok(
    ...['run', '-d', '--name', 'run', ...none, '-e', 'A=1', '-l', 'of=container', '-w', '/var'],
    ...['box:1', 'sleep', '600'],
  );
  const idFile = join(lab.folder, 'id');
  const id = lab.ok(
    ...['commit', '-a', 'Jane', '-m', 'a message', '--iidfile', idFile],
    ...['-c', 'ENV B=2', '-c', 'EXPOSE 80', '-c', 'HEALTHCHECK NONE', 'run', 'made:2'],
  );
  assert.equal(readFileSync(idFile, 'utf8'), id);
  const inspect = (template: string): string => lab.ok('inspect', '-f', template, 'made:2');
  assert.equal(inspect('{{.Config.Env}} {{.Config.Cmd}}'), '[A=1 B=2] [sleep 600]');
  assert.equal(inspect('{{.Config.WorkingDir}} {{.Author}} {{.Comment}}'), '/var Jane a message');
  assert.equal(inspect('{{json .Config.Labels}}'), '{"of":"container"}');
  assert.equal(inspect('{{json .Config.ExposedPorts}}'), '{"80/tcp":{}}');
  assert.match(lab.ok('history', 'made:2'), /sleep 600 .*a message/);
  assert.equal(lab.ok('ps', '--format', '{{.State}}'), 'running', 'it goes on');
  const actions = ['pause', 'unpause', 'commit'];
  const events = lab.ok('events', '--since', '1h', '--until', '0s', '--format', '{{.Action}}');
  assert.deepEqual(events.split('\n').slice(-3), actions);
  lab.ok('container', 'commit', '--pause=false', '-f', 'docker', 'run');
  assert.equal(lab.ok('images', '-q', '-f', 'dangling=true').split('\n').length, 1);
  assert.equal(lab.run(['commit', '-c', 'RUN x', 'run']).code, 2);
  assert.equal(lab.run(['commit', 'nosuch']).code, 1);
  lab.ok('rm', '-f', 'run');
});
