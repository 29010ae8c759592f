// pull against a registry that breaks, lies and stalls: what lands, what is fetched again, what is left.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type BlobRef, type Layout, makeLayout, writeLayout } from '../builders/oci-layout.ts';
import { scratchFolder } from '../builders/stored-image.ts';
import { makeTar } from '../builders/tar.ts';
import { type BlobHook, serveLayout } from '../support/layout-registry.ts';
import { startRegistry } from '../support/real-registry.ts';
import { breakAfter, type ScriptedRegistry } from '../support/scripted-registry.ts';
import { bundle, quietEnvironment, type Ran, runPlimsoll } from './run-plimsoll.ts';

/** What cannot be compressed, the same each time. */
const body = createHash('shake256', { outputLength: 3_000_000 }).update('layer').digest();

/** A layer as it is stored. */
function layerOf(name: string, bytes: Uint8Array) {
  const tar = makeTar([{ name: 'etc/' }, { name: `etc/${name}`, body: bytes }]);
  const stored = gzipSync(tar);
  return { tar, stored, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' };
}

interface Served {
  readonly layout: Layout;
  readonly top: BlobRef;
  /** Digest of the large layer. */
  readonly large: string;
  readonly bytes: Buffer;
}

function imageOf(): Served {
  const layout = makeLayout();
  const large = layerOf('large', body);
  const top = layout.image([large, layerOf('small', Buffer.from('x'))]);
  const digest = layout.blob(large.stored, large.mediaType).digest;
  return { layout, top, large: digest, bytes: large.stored };
}

interface World {
  readonly root: string;
  readonly name: string;
  readonly registry: ScriptedRegistry;
  run(...args: readonly string[]): Promise<Ran>;
  /** Ranges that the large layer was asked for with. */
  ranges(): readonly (string | undefined)[];
}

async function worldOf(
  context: TestContext,
  { layout, top, large }: Served,
  hook: BlobHook = () => false,
): Promise<World> {
  const root = scratchFolder(context);
  const registry = await serveLayout(layout, top, hook);
  context.after(() => registry.close());
  return {
    root,
    name: `${registry.host}/image:1`,
    registry,
    run: (...args) => runPlimsoll(args, { env: environmentOf(root) }),
    ranges: () =>
      registry.seen
        .filter(({ url }) => url.endsWith(`/blobs/${large}`))
        .map(({ headers }) => headers.range),
  };
}

const environmentOf = (root: string): Record<string, string> => ({
  PLIMSOLL_ROOT: join(root, 'store'),
  HOME: root,
});

/** Bytes of the first partial download in the store. */
function partialBytes(root: string): number {
  try {
    const folder = join(root, 'store/ingest');
    return Math.max(0, ...readdirSync(folder).map((name) => statSync(join(folder, name)).size));
  } catch {
    return 0;
  }
}

async function isComplete({ run, name }: World): Promise<void> {
  const checked = await run('store', 'check');
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  const shown = await run('image', 'inspect', '--format', '{{len .RootFS.Layers}}', name);
  assert.equal(shown.stdout.trim(), '2', shown.stderr);
}

test('what is pulled is told in docker’s words, and not fetched again', async (context) => {
  const image = imageOf();
  const world = await worldOf(context, image);
  const first = await world.run('pull', world.name);
  assert.equal(first.code, 0, first.stderr);
  const lines = first.stdout.trimEnd().split('\n');
  assert.equal(lines[0], '1: Pulling from image');
  assert.equal(lines.filter((line) => line.endsWith(': Pull complete')).length, 2);
  assert.deepEqual(lines.slice(-3), [
    `Digest: ${image.top.digest}`,
    `Status: Downloaded newer image for ${world.name}`,
    world.name,
  ]);
  await isComplete(world);
  const asked = world.registry.seen.length;
  const second = await world.run('pull', world.name);
  assert.match(second.stdout, /: Already exists\n/);
  assert.match(second.stdout, /Status: Image is up to date for/);
  // One HEAD, which registries do not count.
  assert.deepEqual(
    world.registry.seen.slice(asked).map(({ method }) => method),
    ['HEAD'],
  );
  const quiet = await world.run('pull', '-q', world.name);
  assert.match(quiet.stdout, /^sha256:[0-9a-f]{64}\n$/);
});

test('a connection that breaks again and again is gone on with', async (context) => {
  const image = imageOf();
  const world = await worldOf(context, image, (digest, request, response) => {
    if (digest !== image.large) return false;
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = image.bytes.subarray(from);
    if (rest.length <= 800_000) return false;
    if (from > 0) {
      const range = `bytes ${from}-${image.bytes.length - 1}/${image.bytes.length}`;
      response.writeHead(206, { 'content-range': range, 'content-length': rest.length });
    }
    breakAfter(response, rest, 800_000);
    return true;
  });
  const ran = await world.run('pull', world.name);
  assert.equal(ran.code, 0, ran.stderr);
  assert.ok(world.ranges().length >= 4, String(world.ranges()));
  await isComplete(world);
});

/** Starts a pull that stalls in the middle of the large layer; when a megabyte has come, `end` ends it. */
async function interruptedPull(
  context: TestContext,
  signal: 'SIGKILL' | 'SIGINT',
): Promise<{ readonly world: World; readonly image: Served; readonly kept: number }> {
  const image = imageOf();
  let stalls = true;
  const world = await worldOf(context, image, (digest, _request, response) => {
    if (digest !== image.large || !stalls) return false;
    response.setHeader('content-length', image.bytes.length);
    response.write(image.bytes.subarray(0, 1_500_000));
    return true;
  });
  const child = spawn(process.execPath, [bundle, 'pull', world.name], {
    env: quietEnvironment(environmentOf(world.root)),
    stdio: 'ignore',
  });
  const ended = new Promise<number | string | null>((resolve) =>
    child.on('close', (code, by) => resolve(code ?? by)),
  );
  for (let waited = 0; partialBytes(world.root) < 1_000_000; waited++) {
    assert.ok(waited < 500, 'the download did not begin');
    await sleep(20);
  }
  const started = Date.now();
  child.kill(signal);
  assert.equal(await ended, signal === 'SIGKILL' ? signal : 130);
  assert.ok(Date.now() - started < 2000, 'it ends at once');
  stalls = false;
  const listed = await world.run('images', '-q');
  assert.equal(listed.stdout, '');
  return { world, image, kept: partialBytes(world.root) };
}

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`a pull that ${signal} ended goes on where it was`, async (context) => {
    const { world, kept } = await interruptedPull(context, signal);
    assert.ok(kept >= 1_000_000, String(kept));
    const again = await world.run('pull', world.name);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(world.ranges(), [undefined, `bytes=${kept}-`]);
    await isComplete(world);
    assert.equal(partialBytes(world.root), 0);
  });
}

test('what was kept of a download and is wrong is fetched anew', async (context) => {
  const { world, image, kept } = await interruptedPull(context, 'SIGKILL');
  const { openSync, writeSync, closeSync } = await import('node:fs');
  const partial = join(world.root, 'store/ingest', image.large.replace(':', '-'));
  const fd = openSync(partial, 'r+');
  writeSync(fd, randomBytes(100), 0, 100, 500_000);
  closeSync(fd);
  const again = await world.run('pull', world.name);
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(world.ranges(), [undefined, `bytes=${kept}-`, undefined]);
  await isComplete(world);
});

const lies: readonly {
  readonly title: string;
  readonly send: (bytes: Buffer) => Buffer;
  readonly code: string;
}[] = [
  {
    title: 'another byte',
    send: (bytes) => {
      const other = Buffer.from(bytes);
      other[2_000_000] = (other[2_000_000] ?? 0) ^ 1;
      return other;
    },
    code: 'PL0105',
  },
  { title: 'fewer bytes', send: (bytes) => bytes.subarray(0, 2_000_000), code: 'PL0(105|605)' },
  {
    title: 'more bytes',
    send: (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
    code: 'PL0(105|605)',
  },
];

for (const { title, send, code } of lies) {
  test(`a registry that sends ${title} puts nothing into the store`, async (context) => {
    const image = imageOf();
    const world = await worldOf(context, image, (digest, _request, response) => {
      if (digest !== image.large) return false;
      response.end(send(image.bytes));
      return true;
    });
    const ran = await world.run('pull', world.name);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, new RegExp(`^error\\[${code}\\]`));
    assert.equal((await world.run('images', '-q')).stdout, '');
    const there = readdirSync(join(world.root, 'store/content/sha256'));
    assert.ok(!there.includes(image.large.slice(7)));
  });
}

test('of an index the image for the platform is pulled, under the digest of the index', async (context) => {
  const layout = makeLayout();
  const made = (architecture: string): BlobRef => ({
    ...layout.image([layerOf(architecture, Buffer.from(architecture))], {
      os: 'linux',
      architecture,
    }),
    platform: { os: 'linux', architecture },
  });
  const index = layout.json(
    { schemaVersion: 2, manifests: [made('amd64'), made('arm64')] },
    'application/vnd.oci.image.index.v1+json',
  );
  const world = await worldOf(context, { layout, top: index, large: '', bytes: Buffer.alloc(0) });
  const { name, run } = world;
  const arm = await run('pull', '--platform', 'linux/arm64', name);
  assert.match(arm.stdout, new RegExp(`^Digest: ${index.digest}$`, 'm'), arm.stderr);
  const { stdout } = await run('image', 'inspect', '--format', '{{.Architecture}}', name);
  assert.equal(stdout.trim(), 'arm64');
  const missing = await run('pull', '--platform', 'linux/s390x', name);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^error\[PL0104\]/);
  const several = await run('pull', '-q', name, `${name}.not`, '--platform', 'linux/amd64');
  assert.equal(several.code, 0, several.stderr);
  assert.equal(several.stdout.trim().split('\n').length, 2);
});

const odd: readonly {
  readonly title: string;
  readonly make: (layout: Layout) => BlobRef;
  readonly code: number;
  readonly says: RegExp;
}[] = [
  {
    title: 'without layers',
    make: (layout) => layout.image([]),
    code: 0,
    says: /Downloaded newer image/,
  },
  {
    title: 'with one layer twice',
    make: (layout) => {
      const layer = layerOf('same', body);
      return layout.image([layer, layerOf('between', Buffer.from('x')), layer]);
    },
    code: 0,
    says: /Downloaded newer image/,
  },
  {
    title: 'with a diffID that is wrong',
    make: (layout) => {
      const { stored, mediaType } = layerOf('wrong', body);
      return layout.image([{ stored, mediaType, tar: Buffer.from('another') }]);
    },
    code: 1,
    says: /^error\[PL0105\]: diffID of the layer: expected sha256:/,
  },
  {
    title: 'whose layer is no archive',
    make: (layout) => {
      const tar = Buffer.from('this is no archive'.repeat(100));
      return layout.image([{ stored: gzipSync(tar), tar }]);
    },
    code: 1,
    says: /^error\[PL0202\]: damaged tar archive: expected a tar header/,
  },
  {
    title: 'with an encrypted layer',
    make: (layout) =>
      layout.image([
        {
          ...layerOf('secret', Buffer.from('x')),
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted',
        },
      ]),
    code: 1,
    says: /^error\[PL0108\]: layer sha256:[0-9a-f]+ is encrypted/,
  },
  {
    title: 'that is none but an artifact',
    make: (layout) =>
      layout.json(
        {
          schemaVersion: 2,
          config: layout.json({}, 'application/vnd.example.config+json'),
          layers: [layout.blob(Buffer.from('data'), 'application/vnd.example.data')],
        },
        'application/vnd.oci.image.manifest.v1+json',
      ),
    code: 1,
    says: /artifact of type "application\/vnd.example.config\+json"/,
  },
  {
    title: 'of schema 1',
    make: (layout) =>
      layout.json(
        { schemaVersion: 1, name: 'x', fsLayers: [], history: [] },
        'application/vnd.docker.distribution.manifest.v1+prettyjws',
      ),
    code: 1,
    says: /schema 1/,
  },
];

for (const { title, make, code, says } of odd) {
  test(`an image ${title}`, async (context) => {
    const layout = makeLayout();
    const top = make(layout);
    const world = await worldOf(context, { layout, top, large: '', bytes: Buffer.alloc(0) });
    const ran = await world.run('pull', world.name);
    assert.equal(ran.code, code, ran.stderr);
    assert.match(code === 0 ? ran.stdout : ran.stderr, says);
    const listed = await world.run('images', '-q');
    assert.equal(listed.stdout !== '', code === 0);
    const checked = await world.run('store', 'check');
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  });
}

test('two processes pull one image at once: it is fetched once', async (context) => {
  const image = imageOf();
  const world = await worldOf(context, image, (digest, _request, response) => {
    if (digest !== image.large) return false;
    response.setHeader('content-length', image.bytes.length);
    response.write(image.bytes.subarray(0, 1_000_000));
    setTimeout(() => response.end(image.bytes.subarray(1_000_000)), 300);
    return true;
  });
  const both = await Promise.all([world.run('pull', world.name), world.run('pull', world.name)]);
  for (const ran of both) assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(world.ranges(), [undefined]);
  await isComplete(world);
});

test('all tags of a repository', async (context) => {
  const image = imageOf();
  const root = scratchFolder(context);
  const registry = await startRegistry();
  context.after(() => registry.close());
  const run = (...args: readonly string[]) => runPlimsoll(args, { env: environmentOf(root) });
  image.layout.index([image.top]);
  writeLayout(image.layout, join(root, 'layout'));
  for (const tag of ['1', '2']) {
    const copied = await run(
      'copy',
      `oci:${join(root, 'layout')}`,
      `docker://${registry.host}/all:${tag}`,
    );
    assert.equal(copied.code, 0, copied.stderr);
  }
  const pulled = await run('pull', '--all-tags', `${registry.host}/all`);
  assert.equal(pulled.code, 0, pulled.stderr);
  const listed = await run('images', '--format', '{{.Tag}}');
  assert.deepEqual(listed.stdout.trim().split('\n').sort(), ['1', '2']);
  const wrong = await run('pull', '--all-tags', `${registry.host}/all:1`);
  assert.equal(wrong.code, 2);
});

test('what buildkit attached to an image comes with it, and the index goes on as it was', async (context) => {
  const root = scratchFolder(context);
  const registry = await startRegistry();
  context.after(() => registry.close());
  const run = (...args: readonly string[]) => runPlimsoll(args, { env: environmentOf(root) });
  const layout = makeLayout();
  const image = layout.image([layerOf('a', Buffer.from('a'))]);
  const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v0.1"}');
  const unknown = { os: 'unknown', architecture: 'unknown' };
  const attestation = layout.image(
    [{ tar: statement, stored: statement, mediaType: 'application/vnd.in-toto+json' }],
    unknown,
  );
  const index = layout.json(
    {
      schemaVersion: 2,
      manifests: [
        { ...image, platform: { os: 'linux', architecture: 'amd64' } },
        {
          ...attestation,
          platform: unknown,
          annotations: {
            'vnd.docker.reference.digest': image.digest,
            'vnd.docker.reference.type': 'attestation-manifest',
          },
        },
      ],
    },
    'application/vnd.oci.image.index.v1+json',
  );
  const { digest } = index;
  layout.index([index]);
  writeLayout(layout, join(root, 'layout'));
  const [from, to] = [`${registry.host}/built:1`, `${registry.host}/again:1`];
  const copied = await run('copy', '--all', `oci:${join(root, 'layout')}`, `docker://${from}`);
  assert.equal(copied.code, 0, copied.stderr);
  const pulled = await run('pull', from);
  assert.match(pulled.stdout, new RegExp(`Digest: ${digest}`), pulled.stderr);
  const pushed = await run('push', from, to);
  assert.equal(pushed.code, 0, pushed.stderr);
  assert.doesNotMatch(pushed.stderr, /pushed alone/);
  const shown = await run('inspect', '-f', '{{json .RepoDigests}} {{.Metadata.LastTagTime}}', from);
  assert.match(shown.stdout, new RegExp(`"${registry.host}/built@${digest}"`), shown.stderr);
  assert.match(shown.stdout, / 20\d\d-.*Z\n$/);
  const raw = await run('manifest', 'inspect', to);
  assert.match(raw.stdout, new RegExp(attestation.digest), raw.stderr);
  assert.equal((await run('images', '-q')).stdout.trim().split('\n').length, 1);
  assert.equal((await run('store', 'check')).code, 0);
});

test('with several names the others are pulled when one is not there', async (context) => {
  const image = imageOf();
  const world = await worldOf(context, image);
  const ran = await world.run('pull', '-q', 'Wrong', world.name);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /^error\[PL0608\]/);
  assert.match(ran.stdout, /^sha256:/);
});
