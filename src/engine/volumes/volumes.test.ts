// Real directories, mounts and links in a store of the test's own.
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { openDatabase } from '../../store/database.ts';
import {
  anonymousVolumesOf,
  planVolumes,
  removeAnonymousVolumes,
  volumesOf,
} from './plan-volumes.ts';
import { prepareVolumes, releaseVolumes } from './prepare-volumes.ts';
import { type VolumeWorld, volumeData } from './volume-record.ts';
import { ensureVolume, listVolumes, removeVolume } from './volume-rows.ts';
import { volumeTables } from './volume-schema.ts';
import {
  type BindMount,
  noVolumes,
  type RequestedMount,
  type VolumeMount,
  type VolumeRequest,
} from './volumes.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-volumes-'));
const { signal } = new AbortController();
const world: VolumeWorld = {
  database: openDatabase(join(folder, 'engine.db'), {
    applicationId: 1,
    migrations: [volumeTables],
  }),
  store: { root: folder },
  runFolder: join(folder, 'run'),
  environment: process.env,
  bootId: 'this',
  now: () => 7,
};

after(() => {
  world.database.close();
  rmSync(folder, { recursive: true });
});

const mounted = (): readonly string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder));

function volume(name: string, destination: string, more: Partial<VolumeMount> = {}): VolumeMount {
  return {
    kind: 'volume',
    name,
    anonymous: false,
    destination,
    readOnly: false,
    copy: true,
    options: [],
    ...more,
  };
}

function bind(source: string, createSource: boolean): BindMount {
  return {
    kind: 'bind',
    source,
    destination: '/srv',
    readOnly: true,
    createSource,
    options: ['rbind', 'rprivate'],
  };
}

/** A root file system with /srv in it, and a link that leads out by name. */
function rootfs(name: string): string {
  const root = join(folder, name);
  mkdirSync(join(root, 'srv/inner'), { recursive: true });
  chmodSync(join(root, 'srv'), 0o2770);
  chownSync(join(root, 'srv'), 33, 34);
  writeFileSync(join(root, 'srv/file'), 'of the image');
  linkSync(join(root, 'srv/file'), join(root, 'srv/inner/same'));
  symlinkSync('/etc/passwd', join(root, 'srv/link'));
  symlinkSync('/srv', join(root, 'absolute'));
  symlinkSync('/../../../../../../../etc', join(root, 'out'));
  mkdirSync(join(root, 'empty'));
  return root;
}

let number = 0;

async function prepare(mounts: readonly RequestedMount[], more: Partial<VolumeRequest> = {}) {
  number++;
  const id = String(number);
  const prepared = await prepareVolumes(world, {
    id,
    choices: { mounts, volumesFrom: [] },
    rootfs: join(folder, 'root'),
    stateFolder: join(folder, 'run', id),
    root: { uid: 0, gid: 0 },
    owner: () => ({ uid: 0, gid: 0 }),
    signal,
    ...more,
  });
  return { ...prepared, id };
}

const code = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof PlimsollError, String(error));
  assert.equal(error.code, expected, error.message);
  return true;
};

test('an empty volume gets what the image has, with owners, links and modes', async () => {
  rootfs('root');
  ensureVolume(world, { name: 'filled' });
  const { mounts, state } = await prepare([volume('filled', '/absolute')]);
  const data = volumeData(world, 'filled');
  assert.deepEqual(mounts, [
    {
      destination: '/absolute',
      type: 'bind',
      source: data,
      options: ['rbind', 'rprivate', 'rw'],
    },
  ]);
  assert.deepEqual(state.holds, []);
  assert.deepEqual(readdirSync(data).sort(), ['file', 'inner', 'link']);
  const { mode, uid, gid } = statSync(data);
  assert.deepEqual([mode & 0o7777, uid, gid], [0o2770, 33, 34]);
  assert.equal(statSync(join(data, 'file')).ino, statSync(join(data, 'inner/same')).ino);
  // Not again: it is the volume's own content now, even where the image has more.
  writeFileSync(join(data, 'file'), 'changed');
  rmSync(join(data, 'link'));
  await prepare([volume('filled', '/srv')]);
  assert.equal(readFileSync(join(data, 'file'), 'utf8'), 'changed');
  assert.deepEqual(readdirSync(data).sort(), ['file', 'inner']);
  assert.deepEqual(readdirSync(join(data, '..')).sort(), ['_data', 'lock']);
  // nocopy, a destination that is not there, and a file in its place leave it empty.
  for (const [name, mount] of [
    ['a', volume('a', '/srv', { copy: false })],
    ['b', volume('b', '/nowhere/at/all')],
    ['c', volume('c', '/srv/file')],
  ] as const) {
    await prepare([mount]);
    assert.deepEqual(readdirSync(volumeData(world, name)), [], name);
  }
});

test('a copy that a kill interrupted is finished, or made again', async () => {
  ensureVolume(world, { name: 'killed' });
  const data = volumeData(world, 'killed');
  mkdirSync(join(data, '../_copy'));
  writeFileSync(join(data, '../_copy/half'), '');
  await prepare([volume('killed', '/srv')]);
  assert.deepEqual(readdirSync(data).sort(), ['file', 'inner', 'link']);
  rmSync(join(data, 'link'));
  mkdirSync(join(data, '../_copied'));
  writeFileSync(join(data, '../_copied/link'), 'moved');
  await prepare([volume('killed', '/srv')]);
  assert.equal(readFileSync(join(data, 'link'), 'utf8'), 'moved');
});

test('CVE-2019-19921, CVE-2021-30465, CVE-2023-28642: links in the image lead nowhere out of it', async () => {
  // /out leads up and out to the host's /etc, if it were followed by name.
  ensureVolume(world, { name: 'out' });
  await prepare([volume('out', '/out')]);
  assert.deepEqual(readdirSync(volumeData(world, 'out')), []);
  ensureVolume(world, { name: 'deep' });
  await prepare([volume('deep', '/out/../absolute/inner')]);
  assert.ok(!existsSync(join(volumeData(world, 'deep'), 'passwd')));
  // A volume that another container has filled with links while it is copied into: nothing is written through them.
  const outside = join(folder, 'outside');
  mkdirSync(outside);
  ensureVolume(world, { name: 'trap' });
  const data = volumeData(world, 'trap');
  mkdirSync(join(data, '../_copied/inner'), { recursive: true });
  writeFileSync(join(data, '../_copied/inner/x'), '');
  symlinkSync(outside, join(data, 'inner'));
  await prepare([volume('trap', '/srv')]);
  assert.deepEqual(readdirSync(outside), []);
});

test('CVE-2024-21626, CVE-2017-1002101: a subpath stays below its volume', async () => {
  ensureVolume(world, { name: 'parts' });
  const data = volumeData(world, 'parts');
  mkdirSync(join(data, 'a/b'), { recursive: true });
  writeFileSync(join(data, 'a/b/file'), 'below');
  symlinkSync('/a/b', join(data, 'inside'));
  symlinkSync('../../../../../../../../etc', join(data, 'up'));
  symlinkSync('/proc/self/fd', join(data, 'descriptors'));
  symlinkSync('loop', join(data, 'loop'));
  const below = (subpath: string) => prepare([volume('parts', '/srv', { subpath })]);
  for (const [subpath, file] of [
    ['a/b', 'file'],
    ['inside', 'file'],
    ['inside/file', ''],
  ] as const) {
    const { mounts, state, id } = await below(subpath);
    const source = mounts[0]?.source ?? '';
    assert.equal(readFileSync(join(source, file), 'utf8'), 'below', subpath);
    assert.deepEqual(state.holds, [source]);
    assert.equal(mounted().length, 1);
    releaseVolumes(world, id, state);
    releaseVolumes(world, id, state);
  }
  for (const subpath of ['up', 'up/passwd', 'descriptors', 'descriptors/0', 'loop', 'a/nothing'])
    await assert.rejects(below(subpath), code('PL0863'), subpath);
  assert.deepEqual(mounted(), []);
});

test('sources of binds: -v makes them, --mount refuses', async () => {
  const source = join(folder, 'made/for/it');
  await assert.rejects(prepare([bind(source, false)]), code('PL0863'));
  const { mounts } = await prepare([bind(source, true)]);
  assert.ok(statSync(source).isDirectory());
  assert.deepEqual(mounts, [
    { destination: '/srv', type: 'bind', source, options: ['rbind', 'rprivate', 'ro'] },
  ]);
  await assert.rejects(prepare([bind('/proc/nothing/here', true)]), code('PL0863'));
  writeFileSync(join(source, 'x'), '');
  const owner = () => ({ uid: 1234, gid: 1235 });
  await prepare([{ ...bind(source, true), chown: true }], { owner });
  assert.deepEqual([statSync(join(source, 'x')).uid, statSync(source).gid], [1234, 1235]);
});

test('a plan names what has no name, and takes what images and others have', () => {
  const other: readonly RequestedMount[] = [
    volume('shared', '/shared', { anonymous: true }),
    { ...bind('/host', true), destination: '/host', readOnly: false },
    { kind: 'tmpfs', destination: '/tmp', readOnly: false, options: [] },
  ];
  const choices = planVolumes(world, {
    id: 'x',
    choices: {
      mounts: [
        volume('own', '/data'),
        { ...volume('', '/cache', { anonymous: true }), name: '' },
      ].map(({ name, ...mount }) => (name === '' ? mount : { ...mount, name: name ?? '' })),
      volumesFrom: ['other:ro'],
    },
    imageVolumes: ['/data/', '/logs', '/shared', '/'],
    mountsOf: () => other,
  });
  assert.deepEqual(
    choices.mounts.map(({ kind, destination, readOnly }) => [kind, destination, readOnly]),
    [
      ['volume', '/data', false],
      ['volume', '/cache', false],
      ['volume', '/shared', true],
      ['bind', '/host', true],
      ['volume', '/logs', false],
    ],
  );
  const names = volumesOf(choices);
  const anonymous = anonymousVolumesOf(choices);
  assert.equal(names.length, 4);
  assert.equal(anonymous.length, 2);
  for (const name of anonymous) assert.match(name, /^[0-9a-f]{64}$/);
  const [kept] = anonymous;
  removeAnonymousVolumes(world, choices, (name) => name === kept);
  const left = new Set(listVolumes(world.database).map(({ name }) => name));
  assert.deepEqual(
    names.map((name) => left.has(name)),
    names.map((name) => name === 'own' || name === 'shared' || name === kept),
  );
  removeAnonymousVolumes(world, choices, () => false);
  removeAnonymousVolumes(world, noVolumes, () => false);
});

test('volumes are made once, of one kind, and go whole', () => {
  const record = ensureVolume(world, { name: 'once', labels: { a: 'b' } });
  assert.deepEqual(ensureVolume(world, { name: 'once' }), record);
  const wrong = (order: Parameters<typeof ensureVolume>[1]): void =>
    assert.throws(() => ensureVolume(world, order), code('PL0861'));
  wrong({ name: 'once', options: { type: 'tmpfs', device: 'tmpfs' } });
  wrong({ name: 'a/b' });
  wrong({ name: '..' });
  wrong({ name: 'x', driver: 'nfs' });
  wrong({ name: 'x', options: { o: 'size=1m' } });
  wrong({ name: 'x', options: { colour: 'red' } });
  writeFileSync(join(volumeData(world, 'once'), 'file'), '');
  removeVolume(world, 'once');
  assert.ok(!existsSync(join(folder, 'volumes/once')));
  assert.ok(!listVolumes(world.database).some(({ name }) => name === 'once'));
  assert.deepEqual(readdirSync(join(folder, 'trash')), []);
  removeVolume(world, 'once');
});

test('a volume with options is mounted while a container has it', async () => {
  ensureVolume(world, {
    name: 'memory',
    options: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=7' },
  });
  const one = await prepare([volume('memory', '/srv')]);
  writeFileSync(join(volumeData(world, 'memory'), 'word'), 'said');
  const two = await prepare([volume('memory', '/srv')]);
  assert.equal(mounted().length, 1);
  assert.equal(statSync(volumeData(world, 'memory')).uid, 7);
  releaseVolumes(world, one.id, one.state);
  assert.equal(readFileSync(join(volumeData(world, 'memory'), 'word'), 'utf8'), 'said');
  releaseVolumes(world, two.id, two.state);
  assert.deepEqual(mounted(), []);
  ensureVolume(world, { name: 'broken', options: { type: 'none', device: '/no/such', o: 'bind' } });
  await assert.rejects(prepare([volume('broken', '/srv')]), code('PL0863'));
  assert.deepEqual(mounted(), []);
});
