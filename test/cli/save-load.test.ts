// save and load as users type them: forms, several images, pipes, archives that lie.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import {
  dockerArchive,
  layoutArchive,
  makeLayout,
  sha256,
  writeLayout,
} from '../builders/oci-layout.ts';
import { putImage, scratchFolder, scratchStore } from '../builders/stored-image.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';
import { bundle, quietEnvironment, type Ran, runPlimsoll } from './run-plimsoll.ts';

interface World {
  readonly root: string;
  at(name: string): string;
  run(store: string, line: string, input?: Uint8Array): Promise<Ran>;
}

/** A store "one" with images of two names, which share a layer. */
async function worldOf(context: TestContext): Promise<World> {
  const root = scratchFolder(context);
  const at = (name: string): string => join(root, name);
  const store = await scratchStore(context, at('one'));
  await putImage(store, ['a:1', 'registry.example/a:2'], ['base', 'a']);
  await putImage(store, ['b:1'], ['base', 'b']);
  return {
    root,
    at,
    run: (name, line, input) =>
      runPlimsoll(line.split(' '), {
        cwd: root,
        env: { PLIMSOLL_ROOT: at(name), HOME: root },
        ...(input === undefined ? {} : { input }),
      }),
  };
}

test('several images in one archive, from a file and from standard input, compressed or not', async (context) => {
  const { run, at } = await worldOf(context);
  const saved = await run('one', 'save -o all.tar a:1 registry.example/a:2 b:1');
  assert.equal(saved.code, 0, saved.stderr);
  assert.equal(saved.stdout, '');
  const bytes = readFileSync(at('all.tar'));
  const said = 'Loaded image: a:1\nLoaded image: registry.example/a:2\nLoaded image: b:1\n';
  assert.equal((await run('two', 'load -i all.tar')).stdout, said);
  for (const input of [bytes, gzipSync(bytes), zstdCompressSync(bytes)])
    assert.equal((await run('three', 'load', input)).stdout, said);
  const ids = async (store: string): Promise<string> =>
    (await run(store, 'images --no-trunc --format {{.Repository}}:{{.Tag}}={{.ID}}')).stdout;
  assert.equal(await ids('two'), await ids('one'));
  assert.equal(
    (await run('four', 'load -i docker-archive:all.tar:b:1')).stdout,
    'Loaded image: b:1\n',
  );
  // The same images give the same bytes.
  await run('one', 'save -o again.tar a:1 registry.example/a:2 b:1');
  assert.ok(readFileSync(at('again.tar')).equals(bytes));
});

test('an image saved by its id has no name', async (context) => {
  const { run } = await worldOf(context);
  const id = (await run('one', 'images -q b:1')).stdout.trim();
  await run('one', `save -o id.tar ${id}`);
  assert.match(
    (await run('two', 'load -i id.tar')).stdout,
    /^Loaded image ID: sha256:[0-9a-f]{64}\n$/,
  );
});

test('what cannot be saved or loaded is told, and leaves what was there', async (context) => {
  const { run, at } = await worldOf(context);
  writeFileSync(at('kept.tar'), 'before');
  writeFileSync(at('empty'), '');
  writeFileSync(at('text'), 'no archive at all');
  writeFileSync(at('root.tar'), makeTar([{ name: 'etc/' }, { name: 'etc/passwd', body: 'x' }]));
  const cases: readonly (readonly [line: string, code: number, says: RegExp])[] = [
    ['save -o kept.tar none', 1, /^error\[PL0707\]: no such image: none/],
    ['save -o missing/x.tar a:1', 1, /^error\[PL0003\]/],
    ['save --format docker-dir -o d a:1 b:1', 2, /holds one image only/],
    ['save --format oci-dir a:1', 2, /writes a folder/],
    ['save --platform linux/s390x -o kept.tar a:1', 1, /^error\[PL0104\]/],
    ['load -i none.tar', 1, /^error\[PL0101\]/],
    ['load -i empty', 1, /^error\[PL0102\]: expected a target, found an empty file/],
    ['load -i text', 1, /^error\[PL0102\]/],
    ['load -i root.tar', 1, /plimsoll import/],
    ['load -i all.tar:none', 1, /^error\[PL0101\]/],
  ];
  for (const [line, code, says] of cases) {
    const ran = await run('one', line);
    assert.equal(ran.code, code, `${line}\n${ran.stderr}`);
    assert.match(ran.stderr, says, line);
  }
  assert.equal(readFileSync(at('kept.tar'), 'utf8'), 'before');
});

test('a reader that closes the pipe ends save', async (context) => {
  const { at, root } = await worldOf(context);
  const child = spawn(process.execPath, [bundle, 'save', 'a:1'], {
    env: quietEnvironment({ PLIMSOLL_ROOT: at('one'), HOME: root }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.notEqual(code, null);
});

const tar = makeTar([{ name: 'etc/' }, { name: 'etc/x', body: 'x' }]);
const config = JSON.stringify({
  os: 'linux',
  architecture: 'amd64',
  rootfs: { type: 'layers', diff_ids: [sha256(tar)] },
});

/** Archives as somebody who means harm makes them. */
const hostile: readonly {
  readonly title: string;
  readonly members: readonly TarMember[];
  readonly says: RegExp;
}[] = [
  {
    title: 'a configuration outside',
    members: [
      { name: 'l.tar', body: tar },
      {
        name: 'manifest.json',
        body: JSON.stringify([
          { Config: '../../../../etc/passwd', RepoTags: ['x:1'], Layers: ['l.tar'] },
        ]),
      },
    ],
    says: /PL0106.*etc\/passwd is missing/,
  },
  {
    title: 'a layer that is a link out of the archive',
    members: [
      { name: 'c.json', body: config },
      { name: 'l.tar', type: '2', linkName: '/etc/passwd' },
      {
        name: 'manifest.json',
        body: JSON.stringify([{ Config: 'c.json', RepoTags: ['x:1'], Layers: ['l.tar'] }]),
      },
    ],
    says: /PL0106/,
  },
  {
    title: 'links that lead to each other',
    members: [
      { name: 'c.json', body: config },
      { name: 'l.tar', type: '2', linkName: 'm.tar' },
      { name: 'm.tar', type: '2', linkName: 'l.tar' },
      {
        name: 'manifest.json',
        body: JSON.stringify([{ Config: 'c.json', RepoTags: ['x:1'], Layers: ['l.tar'] }]),
      },
    ],
    says: /PL0106/,
  },
  {
    title: 'a layer that is another than the configuration says',
    members: [
      { name: 'c.json', body: config },
      { name: 'l.tar', body: makeTar([{ name: 'other', body: 'y' }]) },
      {
        name: 'manifest.json',
        body: JSON.stringify([{ Config: 'c.json', RepoTags: ['x:1'], Layers: ['l.tar'] }]),
      },
    ],
    says: /PL0105/,
  },
  {
    title: 'a digest that is a path',
    members: [
      { name: 'oci-layout', body: '{"imageLayoutVersion":"1.0.0"}' },
      {
        name: 'index.json',
        body: JSON.stringify({
          schemaVersion: 2,
          manifests: [
            {
              mediaType: 'application/vnd.oci.image.manifest.v1+json',
              digest: 'sha256:../../x',
              size: 1,
            },
          ],
        }),
      },
    ],
    says: /PL0108.*expected a sha256 or sha512 digest/,
  },
  {
    title: 'more layers than there may be',
    members: [
      {
        name: 'c.json',
        body: JSON.stringify({ rootfs: { diff_ids: Array(2000).fill(sha256(tar)) } }),
      },
      { name: 'l.tar', body: tar },
      {
        name: 'manifest.json',
        body: JSON.stringify([
          { Config: 'c.json', RepoTags: ['x:1'], Layers: Array(2000).fill('l.tar') },
        ]),
      },
    ],
    says: /PL0107.*layers/,
  },
];

for (const { title, members, says } of hostile) {
  test(`load refuses ${title}`, async (context) => {
    const { run, at } = await worldOf(context);
    writeFileSync(at('hostile.tar'), makeTar(members));
    const ran = await run('two', 'load -i hostile.tar');
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, says);
    assert.equal((await run('two', 'images -q -a')).stdout, '');
  });
}

test('names that are none are passed over; the image is there without', async (context) => {
  const { run, at } = await worldOf(context);
  writeFileSync(
    at('names.tar'),
    dockerArchive([tar], ['\x1b[31mred', '../../x:1', 'Good:1', 'good:1']),
  );
  const ran = await run('two', 'load -i names.tar');
  assert.equal(ran.stdout, 'Loaded image: good:1\n', ran.stderr);
});

test('an index inside an index, platforms that share a name, and an attestation beside', async (context) => {
  const { run, at } = await worldOf(context);
  const layout = makeLayout();
  const layer = { tar, stored: tar };
  const annotations = { 'org.opencontainers.image.ref.name': 'example.org/many:1' };
  const platform = (architecture: string) => ({ os: 'linux', architecture });
  const image = (architecture: string) => ({
    ...layout.image([layer], platform(architecture)),
    platform: platform(architecture),
    annotations,
  });
  layout.index([
    image('amd64'),
    image('arm64'),
    {
      ...layout.json({ config: {}, layers: [] }, 'application/vnd.oci.image.manifest.v1+json'),
      platform: platform('unknown'),
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    },
  ]);
  writeFileSync(at('many.tar'), layoutArchive(layout));
  assert.equal((await run('two', 'load -i many.tar')).stdout, 'Loaded image: example.org/many:1\n');
  for (const architecture of ['amd64', 'arm64']) {
    const line = `image inspect --platform linux/${architecture} --format {{.Architecture}} example.org/many:1`;
    const shown = await run('two', line);
    assert.equal(shown.stdout.trim(), architecture, shown.stderr);
  }
  writeLayout(layout, at('many'));
  const other = await run('three', 'load --platform linux/arm64 -i many');
  assert.equal(other.stdout, 'Loaded image: example.org/many:1\n', other.stderr);
});

test('what buildkit writes: an index with an image and its attestation below index.json', async (context) => {
  const { run, at } = await worldOf(context);
  const layout = makeLayout();
  const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v0.1"}');
  const platform = (os: string, architecture: string) => ({ os, architecture });
  const image = layout.image([{ tar, stored: gzipSync(tar) }]);
  const attestation = layout.image(
    [{ tar: statement, stored: statement, mediaType: 'application/vnd.in-toto+json' }],
    platform('unknown', 'unknown'),
  );
  const index = layout.json(
    {
      schemaVersion: 2,
      manifests: [
        { ...image, platform: platform('linux', 'amd64') },
        {
          ...attestation,
          platform: platform('unknown', 'unknown'),
          annotations: {
            'vnd.docker.reference.digest': image.digest,
            'vnd.docker.reference.type': 'attestation-manifest',
          },
        },
      ],
    },
    'application/vnd.oci.image.index.v1+json',
  );
  layout.index([
    { ...index, annotations: { 'io.containerd.image.name': 'docker.io/library/built:1' } },
  ]);
  writeFileSync(at('built.tar'), layoutArchive(layout));
  const loaded = await run('two', 'load -i built.tar');
  assert.equal(loaded.stdout, 'Loaded image: built:1\n', loaded.stderr);
  assert.equal((await run('two', 'images -q')).stdout.trim().split('\n').length, 1);
  assert.equal((await run('two', 'store check')).code, 0);
  // The attestation goes along.
  await run('two', 'save -o again.tar built:1');
  const copied = await run('two', 'copy --all again.tar oci:again');
  assert.match(copied.stdout, new RegExp(`Digest: ${index.digest}`), copied.stderr);
});

test('what a folder holds stays when another image comes into it', async (context) => {
  const { run, at } = await worldOf(context);
  for (const name of ['a:1', 'b:1'])
    assert.equal((await run('one', `save --format oci-dir -o layout ${name}`)).code, 0);
  const { manifests } = JSON.parse(readFileSync(at('layout/index.json'), 'utf8'));
  assert.equal(manifests.length, 2);
  assert.equal(
    (await run('two', 'load -i layout')).stdout,
    'Loaded image: a:1\nLoaded image: b:1\n',
  );
  assert.ok(existsSync(at('layout/oci-layout')));
  assert.ok(statSync(at('layout/index.json')).size > 0);
});
