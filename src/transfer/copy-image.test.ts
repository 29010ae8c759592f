import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import {
  type BlobRef,
  type Layout,
  makeLayout,
  writeLayout,
} from '../../test/builders/oci-layout.ts';
import { makeTar } from '../../test/builders/tar.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type ImageName, parseImageName } from '../image/image-name.ts';
import { isFault } from '../image/oci-json.ts';
import { defaultLimits } from '../lib/limits.ts';
import { openArchiveSink } from './archive-sink.ts';
import { copyImage } from './copy-image.ts';
import { openDockerDirectorySink } from './docker-directory-sink.ts';
import { openDockerLegacySink } from './docker-legacy-sink.ts';
import { openFilesSource } from './files-source.ts';
import type { ImageSink } from './image-sink.ts';
import type { ImageSource } from './image-source.ts';
import { openLayoutSink } from './layout-sink.ts';
import { openOutputFile } from './output-file.ts';
import { type PlanOptions, planCopy } from './plan-copy.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-copy-'));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

const nameOf = (text: string): ImageName => {
  const name = parseImageName(text);
  assert.ok(!isFault(name));
  return name;
};

const tarOf = (name: string): Buffer => makeTar([{ name, body: `${name}\n`.repeat(5000) }]);
const layersOf = (word: string) =>
  [
    [tarOf(`${word}/plain`), (tar: Buffer) => tar, 'tar'],
    [tarOf(`${word}/gzip`), (tar: Buffer) => gzipSync(tar), 'tar+gzip'],
    [tarOf(`${word}/zstd`), (tar: Buffer) => zstdCompressSync(tar), 'tar+zstd'],
  ].map(([tar, store, type]) => ({
    tar: tar as Buffer,
    stored: (store as (tar: Buffer) => Buffer)(tar as Buffer),
    mediaType: `application/vnd.oci.image.layer.v1.${type}`,
  }));

/** A layout with one image for two platforms under an index. */
function twoPlatforms(): {
  readonly layout: Layout;
  readonly index: BlobRef;
  readonly amd64: BlobRef;
} {
  const layout = makeLayout();
  const amd64 = layout.image(layersOf('amd64'));
  const arm64 = layout.image(layersOf('arm64'), { os: 'linux', architecture: 'arm64' });
  const index = layout.json(
    {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
        { ...arm64, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      ],
    },
    'application/vnd.oci.image.index.v1+json',
  );
  layout.index([
    {
      ...index,
      annotations: {
        'io.containerd.image.name': 'docker.io/library/two:1',
        'org.opencontainers.image.ref.name': '1',
      },
    },
  ]);
  return { layout, index, amd64 };
}

const { layout, index, amd64 } = twoPlatforms();
const origin = join(folder, 'origin');
writeLayout(layout, origin);

const platforms = { os: 'linux', architecture: 'amd64' } as const;

async function copy(
  from: string,
  open: () => Promise<{ readonly sink: ImageSink; readonly end: () => Promise<void> }>,
  options: Partial<PlanOptions> = {},
): Promise<void> {
  const source = await openFilesSource(from, { signal });
  try {
    const { sink, end } = await open();
    for (const { top, names } of source.images) {
      const plan = await planCopy(source, top, {
        platforms: 'present',
        keepIndex: true,
        limits: defaultLimits,
        signal,
        ...options,
      });
      await copyImage(source, plan, sink, names, { signal });
    }
    await sink.finish();
    await end();
  } finally {
    await source.close();
  }
}

const archive = (path: string, form: 'oci' | 'docker' | 'legacy') => async () => {
  const output = await openOutputFile(path);
  const sink =
    form === 'legacy'
      ? openDockerLegacySink(output, { temporaryFolder: folder, limits: defaultLimits })
      : openArchiveSink(output, form);
  return { sink, end: () => output.commit() };
};
const noEnd = (): Promise<void> => Promise.resolve();
const layoutAt = (path: string, tag?: string) => async () => ({
  sink: await openLayoutSink(path, tag),
  end: noEnd,
});

const skopeo = (...args: readonly string[]): string =>
  execFileSync('skopeo', args, { env: { ...process.env, TMPDIR: folder } }).toString();

async function sourceOf(path: string): Promise<ImageSource> {
  return openFilesSource(path, { signal });
}

/** Digests of targets by name. */
async function digestsIn(path: string): Promise<readonly string[]> {
  const source = await sourceOf(path);
  await source.close();
  return source.images.map(
    ({ top, names }) => `${names.map(({ path: p, tag }) => `${p}:${tag}`).join()} ${top.digest}`,
  );
}

test('the digest of an index is kept from layout to archive to docker archive to layout', async () => {
  const steps = [join(folder, 'a.tar'), join(folder, 'b.tar'), join(folder, 'c')];
  await copy(origin, archive(steps[0] ?? '', 'oci'));
  await copy(steps[0] ?? '', archive(steps[1] ?? '', 'docker'));
  await copy(steps[1] ?? '', layoutAt(steps[2] ?? ''));
  for (const step of steps)
    assert.deepEqual(await digestsIn(step), [`library/two:1 ${index.digest}`]);
  const bytes = (root: string): Buffer =>
    readFileSync(join(root, 'blobs/sha256', index.digest.slice(7)));
  assert.deepEqual(bytes(steps[2] ?? ''), bytes(origin));
  for (const name of layout.files.keys()) {
    if (name.startsWith('blobs/')) assert.ok(existsSync(join(steps[2] ?? '', name)), name);
  }
});

test('skopeo finds the image in each form, with the digest of its manifest', async () => {
  const options = { platforms, keepIndex: false };
  const forms = {
    oci: join(folder, 'one.tar'),
    docker: join(folder, 'one-docker.tar'),
    layout: join(folder, 'one-layout'),
    directory: join(folder, 'one-dir'),
  };
  await copy(origin, archive(forms.oci, 'oci'), options);
  await copy(origin, archive(forms.docker, 'docker'), options);
  await copy(origin, layoutAt(forms.layout), options);
  await copy(
    origin,
    async () => ({ sink: await openDockerDirectorySink(forms.directory), end: noEnd }),
    options,
  );
  for (const address of [
    `oci-archive:${forms.oci}:1`,
    `oci:${forms.layout}:1`,
    `dir:${forms.directory}`,
  ]) {
    const out = join(folder, 'from-skopeo');
    skopeo('copy', '--preserve-digests', address, `dir:${out}`);
    const raw = readFileSync(join(out, 'manifest.json'));
    assert.deepEqual(raw, layout.files.get(`blobs/sha256/${amd64.digest.slice(7)}`), address);
    rmSync(out, { recursive: true });
  }
  const inspected = JSON.parse(skopeo('inspect', `docker-archive:${forms.docker}:two:1`));
  assert.equal(inspected.Architecture, 'amd64');
  assert.equal(inspected.Layers.length, 3);
  assert.deepEqual(await digestsIn(`${forms.directory}`), [` ${amd64.digest}`]);
});

test('the archive of Docker up to 24 has inflated layers; skopeo and this program read the configuration that went in', async () => {
  const path = join(folder, 'legacy.tar');
  await copy(origin, archive(path, 'legacy'), { platforms, keepIndex: false });
  const listed = execFileSync('tar', ['-tf', path]).toString().trimEnd().split('\n');
  assert.equal(listed.filter((name) => /^[0-9a-f]{64}\/layer\.tar$/.test(name)).length, 3);
  assert.deepEqual(listed.slice(-2), ['manifest.json', 'repositories']);
  const out = join(folder, 'legacy-dir');
  skopeo('copy', `docker-archive:${path}:two:1`, `dir:${out}`);
  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
  const original = JSON.parse(
    layout.files.get(`blobs/sha256/${amd64.digest.slice(7)}`)?.toString() ?? '',
  );
  assert.equal(manifest.config.digest, original.config.digest);
  const again = join(folder, 'legacy-layout');
  await copy(path, layoutAt(again));
  const source = await sourceOf(again);
  const [image] = source.images;
  assert.ok(image);
  const plan = await planCopy(source, image.top, {
    platforms: 'present',
    keepIndex: true,
    limits: defaultLimits,
    signal,
  });
  assert.equal(plan.images[0]?.config?.digest, original.config.digest);
  assert.deepEqual(
    plan.images[0]?.layers.map(({ digest }) => digest),
    manifest.layers.map(({ digest }: { digest: string }) => digest),
  );
  await source.close();
});

test('what skopeo writes is read', async () => {
  const one = join(folder, 'for-skopeo.tar');
  await copy(origin, archive(one, 'oci'), { platforms, keepIndex: false });
  // skopeo puts no zstd into docker's archives: it gets the image with its layers inflated.
  const inflated = join(folder, 'inflated-for-skopeo.tar');
  await copy(origin, archive(inflated, 'legacy'), { platforms, keepIndex: false });
  const written: readonly (readonly [string, string])[] = [
    [`oci:${folder}/s-layout:tag`, `${folder}/s-layout`],
    [`oci-archive:${folder}/s-oci.tar:localhost/x:2`, `${folder}/s-oci.tar`],
    [`docker-archive:${folder}/s-docker.tar:localhost/x:2`, `${folder}/s-docker.tar`],
    [`dir:${folder}/s-dir`, `${folder}/s-dir`],
  ];
  const names: string[] = [];
  for (const [address, path] of written) {
    const from = address.startsWith('docker-archive:')
      ? `docker-archive:${inflated}:two:1`
      : `oci-archive:${one}:1`;
    skopeo('copy', from, address);
    const out = `${path}-copied`;
    await copy(path, layoutAt(out));
    names.push(...(await digestsIn(out)).map((line) => line.split(' ')[0] ?? ''));
  }
  assert.deepEqual(names, ['', 'x:2', 'x:2', '']);
});

test('a layout keeps what it has; a name moves', async () => {
  const path = join(folder, 'grown');
  await copy(origin, layoutAt(path, 'first'));
  await copy(origin, layoutAt(path, 'second'), { platforms, keepIndex: false });
  await copy(origin, layoutAt(path, 'first'), { platforms, keepIndex: false });
  const { manifests } = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8'));
  assert.deepEqual(
    manifests.map((entry: BlobRef) => [
      (entry['annotations'] as Record<string, string>)['org.opencontainers.image.ref.name'],
      entry.digest,
    ]),
    [
      ['second', amd64.digest],
      ['first', amd64.digest],
    ],
  );
});

test('two images of shared layers stand in one archive', async () => {
  const path = join(folder, 'several.tar');
  const source = await sourceOf(origin);
  const output = await openOutputFile(path);
  const sink = openDockerLegacySink(output, { temporaryFolder: folder, limits: defaultLimits });
  const [image] = source.images;
  assert.ok(image);
  for (const [architecture, name] of [
    ['amd64', 'a:1'],
    ['arm64', 'b:1'],
    ['amd64', 'c:1'],
  ] as const) {
    const wanted = { os: 'linux', architecture };
    const plan = await planCopy(source, image.top, {
      platforms: wanted,
      keepIndex: false,
      limits: defaultLimits,
      signal,
    });
    await copyImage(source, plan, sink, [nameOf(name)], { signal });
  }
  await sink.finish();
  await output.commit();
  await source.close();
  const ids = ['a', 'b', 'c'].map(
    (name) => JSON.parse(skopeo('inspect', `docker-archive:${path}:${name}:1`)).Layers,
  );
  assert.deepEqual(ids[0], ids[2]);
  assert.notDeepEqual(ids[0], ids[1]);
});

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof PlimsollError, String(error));
    return error.code;
  }
  return assert.fail('it did not fail');
}

test('a blob that is not what its digest says, or is missing, is copied nowhere', async () => {
  const broken = twoPlatforms().layout;
  const image = JSON.parse(
    broken.files.get(`blobs/sha256/${amd64.digest.slice(7)}`)?.toString() ?? '',
  );
  const layer = `blobs/sha256/${image.layers[1].digest.slice(7)}`;
  const bytes = Buffer.from(broken.files.get(layer) ?? '');
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  broken.files.set(layer, bytes);
  const from = join(folder, 'broken');
  writeLayout(broken, from);
  const to = join(folder, 'broken.tar');
  assert.equal(await failure(copy(from, archive(to, 'oci'))), 'PL0105');
  assert.ok(!existsSync(to));
  const layoutTo = join(folder, 'broken-layout');
  assert.equal(await failure(copy(from, layoutAt(layoutTo))), 'PL0105');
  assert.ok(!existsSync(join(layoutTo, layer)));
  assert.ok(!existsSync(join(layoutTo, 'index.json')));
  rmSync(join(from, layer));
  // The other platform is whole.
  await copy(from, layoutAt(join(folder, 'half')));
  assert.equal(await failure(copy(from, layoutAt(join(folder, 'none')), { platforms })), 'PL0106');
});

test('archives of docker before 1.10, which have no manifests, are read', async () => {
  const [low, high] = [tarOf('low'), tarOf('high')];
  const ids = ['a'.repeat(64), 'b'.repeat(64)] as const;
  const v1 = makeTar([
    { name: `${ids[0]}/VERSION`, body: '1.0' },
    {
      name: `${ids[0]}/json`,
      body: JSON.stringify({ id: ids[0], created: '2014-01-01T00:00:00Z' }),
    },
    { name: `${ids[0]}/layer.tar`, body: low },
    { name: `${ids[1]}/VERSION`, body: '1.0' },
    {
      name: `${ids[1]}/json`,
      body: JSON.stringify({
        id: ids[1],
        parent: ids[0],
        architecture: 'amd64',
        config: { Cmd: ['sh'] },
        container_config: { Cmd: ['/bin/sh', '-c', 'touch high'] },
      }),
    },
    { name: `${ids[1]}/layer.tar`, body: high },
    { name: 'repositories', body: JSON.stringify({ old: { '1': ids[1] } }) },
  ]);
  const path = join(folder, 'v1.tar');
  writeFileSync(path, v1);
  const to = join(folder, 'v1');
  await copy(path, layoutAt(to));
  const inspected = JSON.parse(skopeo('inspect', '--config', `oci:${to}:1`));
  assert.deepEqual(inspected.config.Cmd, ['sh']);
  assert.equal(inspected.rootfs.diff_ids.length, 2);
  assert.equal(inspected.history[1].created_by, '/bin/sh -c touch high');
});

test('a failure leaves the file that was there', async () => {
  const path = join(folder, 'kept.tar');
  writeFileSync(path, 'before');
  mkdirSync(join(folder, 'sub'));
  const output = await openOutputFile(path);
  await output.write(Buffer.from('half'));
  await output.discard();
  assert.equal(readFileSync(path, 'utf8'), 'before');
  assert.equal(await failure(openOutputFile(join(folder, 'missing/x.tar'))), 'PL0003');
  assert.equal(await failure(openOutputFile(join(folder, 'sub'))), 'PL0003');
});
