// What files of the machine add to containers: devices by CDI, and hooks at each point of a container's life.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEngineLab } from './engine-lab.ts';

const lab = openEngineLab();
after(() => lab.close());

test('a device by its CDI name, and --gpus', () => {
  const folder = join(lab.folder, 'cdi');
  mkdirSync(folder);
  const device = {
    deviceNodes: [{ path: '/dev/acme0', hostPath: '/dev/null' }],
    env: ['ACME=here'],
    additionalGids: [44],
  };
  const devices = [{ name: '0', containerEdits: device }];
  const text = JSON.stringify({ cdiVersion: '0.6.0', kind: 'acme.com/gpu', devices });
  writeFileSync(join(folder, 'acme.json'), text);
  const given = ['run', '--rm', '--network', 'none', '--cdi-spec-dir', folder];
  const look = [
    'box:1',
    'sh',
    '-c',
    'test -c /dev/acme0 && echo x > /dev/acme0 && echo $ACME; id -G',
  ];
  for (const how of [
    ['--device', 'acme.com/gpu=0'],
    ['--gpus', '1'],
    ['--gpus', 'device=0'],
  ])
    assert.equal(lab.ok(...given, ...how, ...look), 'here\n0 44', how.join(' '));
  const missing = lab.run([...given, '--gpus', 'all', 'box:1', 'true']);
  assert.equal(missing.code, 125);
  assert.match(missing.stderr, /PL0805.*acme\.com\/gpu=all[\s\S]*there are: acme\.com\/gpu=0/);
});

for (const runtime of ['crun', 'runc']) {
  test(`hooks are started at their points: ${runtime}`, () => {
    const folder = join(lab.folder, `hooks-${runtime}`);
    const told = join(lab.folder, `told-${runtime}`);
    mkdirSync(folder);
    const stages = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'];
    // crun 1.8 is ended by SIGPIPE where a hook does not read the state that it is told.
    for (const stage of stages) {
      const args = ['sh', '-c', `cat > /dev/null; echo ${stage} >> ${told}`];
      const hook = {
        version: '1.0.0',
        hook: { path: '/bin/sh', args },
        when: { always: true },
        stages: [stage],
      };
      writeFileSync(join(folder, `${stage}.json`), JSON.stringify(hook));
    }
    const other = {
      version: '1.0.0',
      hook: { path: '/bin/false' },
      when: { commands: ['nothing'] },
      stages: ['prestart'],
    };
    writeFileSync(join(folder, 'other.json'), JSON.stringify(other));
    lab.ok(
      'run',
      '--rm',
      '--runtime',
      runtime,
      '--network',
      'none',
      '--hooks-dir',
      folder,
      'box:1',
      'true',
    );
    assert.deepEqual(readFileSync(told, 'utf8').trim().split('\n').toSorted(), stages.toSorted());
    writeFileSync(join(folder, 'bad.json'), '{');
    const bad = lab.run([
      'run',
      '--rm',
      '--runtime',
      runtime,
      '--network',
      'none',
      '--hooks-dir',
      folder,
      'box:1',
      'true',
    ]);
    assert.equal(bad.code, 125);
    assert.match(bad.stderr, /PL0837/);
  });
}
