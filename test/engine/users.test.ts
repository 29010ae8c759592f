// Containers with users of their own: on disk files keep the ids of the image, in the container they are its own users'.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, writeFileSync } from 'node:fs';
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
  chmodSync(lab.folder, 0o711);
  return lab;
}

const own = ['--network', 'none', '--uidmap', '0:700000:65536'];

for (const [driver, runtime] of [
  ['overlay', 'crun'],
  ['overlay', 'runc'],
  ['vfs', 'crun'],
] as const) {
  test(`a container's root is nobody here: ${driver}, ${runtime}`, () => {
    const lab = openLab(driver);
    const script = [
      'cat /proc/self/uid_map; stat -c "%u:%g %n" /etc/passwd /etc/hosts /data',
      'echo x > /root/new; chown 1000:2000 /root/new; echo y > /data/y; rm /etc/group',
    ].join('; ');
    const given = ['-v', 'data:/data', 'box:1', 'sh', '-c', `${script}; exec sleep 1000`];
    lab.ok('run', '-d', '--name', 'one', '--runtime', runtime, ...own, ...given);
    const seen = (...words: readonly string[]): string => lab.ok('exec', 'one', ...words);
    const waitFor = 'while [ -e /etc/group ]; do sleep 0.1; done';
    seen('sh', '-c', waitFor);
    assert.match(
      lab.ok('logs', 'one'),
      /^ *0 +700000 +65536\n0:0 \/etc\/passwd\n0:0 \/etc\/hosts\n0:0 \/data$/,
    );
    // Out of it and into it: ids are the container's on its side, and the same numbers on this one.
    const out = join(lab.folder, 'new');
    lab.ok('cp', '-a', 'one:/root/new', out);
    assert.deepEqual([lstatSync(out).uid, lstatSync(out).gid], [1000, 2000]);
    const file = join(lab.folder, 'in');
    writeFileSync(file, 'in');
    chownSync(file, 5, 6);
    lab.ok('cp', file, 'one:/root/plain');
    lab.ok('cp', '-a', file, 'one:/root/kept');
    const archive = execFileSync('tar', ['-C', lab.folder, '-cf', '-', 'in']);
    assert.equal(lab.run(['cp', '-a', '-', 'one:/var'], archive.toString('latin1')).code, 0);
    assert.equal(
      seen('stat', '-c', '%u:%g', '/root/plain', '/root/kept', '/root/new', '/var/in'),
      '0:0\n5:6\n1000:2000\n5:6',
    );
    // What is made of it has no trace of the map.
    assert.match(lab.ok('diff', 'one'), /^D \/etc\/group$/m);
    lab.ok('commit', 'one', 'made:1');
    assert.equal(
      lab.ok('run', '--rm', '--network', 'none', 'made:1', 'stat', '-c', '%u:%g', '/root/new'),
      '1000:2000',
    );
    lab.ok('restart', '-t', '0', 'one');
    assert.equal(seen('stat', '-c', '%u:%g', '/root/new', '/data/y'), '1000:2000\n0:0');
    lab.ok('rm', '-f', 'one');
    assert.doesNotMatch(
      execFileSync('cat', ['/proc/self/mountinfo'], { encoding: 'utf8' }),
      new RegExp(lab.folder),
    );
  });
}

test('a network belongs to the users of its container', () => {
  const lab = openLab();
  const script = 'ip addr show eth0 | grep -c "inet "; nc -l -p 80 & sleep 0.2; kill $!';
  assert.equal(lab.ok('run', '--rm', '--userns', 'auto', 'box:1', 'sh', '-c', script), '1');
});

test('ranges of other containers are left alone, and a namespace can be joined', () => {
  const lab = openLab();
  const start = ['run', '-d', '--network', 'none', '--userns', 'auto'];
  lab.ok(...start, '--name', 'a', 'box:1', 'sleep', '1000');
  lab.ok(...start, '--name', 'b', 'box:1', 'sleep', '1000');
  const map = (name: string): string => lab.ok('exec', name, 'cat', '/proc/self/uid_map');
  assert.notEqual(map('a'), map('b'));
  const joins = ['run', '--rm', '--network', 'none', '--userns', 'container:a', 'box:1'];
  assert.equal(
    lab.ok(...joins, 'readlink', '/proc/self/ns/user'),
    lab.ok('exec', 'a', 'readlink', '/proc/self/ns/user'),
  );
  assert.equal(lab.ok(...joins, 'stat', '-c', '%u', '/etc/passwd'), '0');
});
