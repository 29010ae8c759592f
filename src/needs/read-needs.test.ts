import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { buildElf } from '../../test/builders/elf.ts';
import { imageConfig } from '../../test/builders/image-config.ts';
import { makeTar } from '../../test/builders/tar.ts';
import type { Digest, ImageTarget, Layer, LayerEntry } from '../image/image.ts';
import { keptFiles } from '../image/kept-files.ts';
import { openTarget } from '../image/open-target.ts';
import { openCache } from './cache.ts';
import type { Needs } from './need.ts';
import { readNeeds } from './read-needs.ts';

const signal = new AbortController().signal;
const now = () => 1_800_000_000_000;

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-needs-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A layer of files in memory that counts how often it is read; null: a whiteout. */
function layerOf(
  index: number,
  files: Readonly<Record<string, Uint8Array | string | null>>,
  identity?: string,
): Layer & { reads(): number } {
  let reads = 0;
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  const digest: Digest = `sha256:${hash}`;
  return {
    diffId: digest,
    index,
    label: hash.slice(0, 12),
    ...(identity === undefined ? {} : { identity }),
    reads: () => reads,
    async *entries(): AsyncGenerator<LayerEntry> {
      reads++;
      for (const [path, content] of Object.entries(files)) {
        const bytes = Buffer.from(content ?? '');
        const node = {
          path,
          type: 'file' as const,
          mode: 0o755,
          uid: 0,
          gid: 0,
          size: bytes.length,
          mtime: 0,
          layer: index,
        };
        yield {
          node,
          ...(content === null ? { whiteout: 'whiteout' as const } : {}),
          read: async (limit = bytes.length) => bytes.subarray(0, limit),
          copy: (write) => {
            write(bytes, 0);
            return undefined;
          },
        };
      }
    },
  };
}

function imageOf(layers: readonly Layer[]): ImageTarget {
  return {
    kind: 'oci-layout',
    reference: 'memory',
    names: [],
    config: imageConfig({ entrypoint: ['/app'] }),
    documents: { config: Buffer.from('{}') },
    layers,
    platforms: [],
    problems: [],
    close: async () => {},
  };
}

/** Everything that rules can see of needs. */
function seen({ userSpace, all }: Needs): unknown {
  const { tree, text, texts, ...rest } = userSpace;
  return JSON.parse(
    JSON.stringify({
      rest,
      elves: userSpace.elves,
      scripts: userSpace.scripts,
      texts: texts.map((path) => [path, text.call(userSpace, path)]),
      nodes: [...tree.walk()],
      all,
    }),
  );
}

const files = {
  '/app': buildElf({ abiNote: '3.2.0', imports: [{ name: 'statx', weak: false }] }),
  '/etc/os-release': 'ID=debian\nVERSION_ID=12\n',
  '/run.sh': '#!/bin/sh\nmodprobe tun\n',
  '/old': 'x',
};

test('an unchanged image is not read again, and its needs are the same', async (context) => {
  const path = folder(context);
  const layers = [layerOf(0, files, '1:2:3@0'), layerOf(1, { '/old': null }, '1:2:3@9')];
  const first = openCache(path, { now });
  const plain = seen(await readNeeds(imageOf(layers), { signal }));
  const cold = seen(await readNeeds(imageOf(layers), { signal, cache: first }));
  first.close();
  assert.deepEqual(cold, plain);
  let kept = 0;
  const second = openCache(path, { now });
  const again = await readNeeds(imageOf(layers), { signal, cache: second, onKept: () => kept++ });
  assert.deepEqual(seen(again), plain);
  assert.equal(again.userSpace.tree.stat('/old'), undefined);
  second.close();
  assert.equal(kept, 1);
  assert.deepEqual(
    layers.map((layer) => layer.reads()),
    [2, 2],
  );
});

test('what changed is read, what it shares with others is not', async (context) => {
  const cache = openCache(folder(context), { now });
  const base = layerOf(0, files, 'base');
  await readNeeds(imageOf([base]), { signal, cache });
  const above = layerOf(1, { '/new': 'y' }, 'above');
  const needs = await readNeeds(imageOf([base, above]), { signal, cache });
  assert.ok(needs.userSpace.tree.stat('/new'));
  assert.equal(needs.userSpace.os?.id, 'debian');
  assert.deepEqual([base.reads(), above.reads()], [1, 1]);
  const touched = layerOf(0, { ...files, '/etc/os-release': 'ID=alpine\n' }, 'base, written again');
  const other = await readNeeds(imageOf([touched]), { signal, cache });
  assert.equal(other.userSpace.os?.id, 'alpine');
  const piped = layerOf(0, files);
  await readNeeds(imageOf([piped]), { signal, cache });
  await readNeeds(imageOf([piped]), { signal, cache });
  assert.equal(piped.reads(), 2);
  cache.close();
});

test('the same bytes under another digest are not trusted', async (context) => {
  const cache = openCache(folder(context), { now });
  await readNeeds(imageOf([layerOf(0, files, 'same place')]), { signal, cache });
  const other = layerOf(0, { ...files, '/etc/os-release': 'ID=fedora\n' }, 'same place');
  const needs = await readNeeds(imageOf([other]), { signal, cache });
  assert.equal(needs.userSpace.os?.id, 'fedora');
  cache.close();
});

test('a changed file of a directory is read again', async (context) => {
  const root = folder(context);
  const cache = openCache(folder(context), { now });
  writeFileSync(join(root, 'app'), buildElf({ abiNote: '3.2.0' }), { mode: 0o755 });
  const read = async () =>
    (await readNeeds({ kind: 'directory', reference: root, root }, { signal, cache }))
      .of('kernel')
      .map(({ minimum }) => minimum);
  assert.deepEqual(await read(), ['3.2.0']);
  assert.deepEqual(await read(), ['3.2.0']);
  writeFileSync(join(root, 'app'), buildElf({ abiNote: '4.11.0' }));
  assert.deepEqual(await read(), ['4.11.0']);
  cache.close();
});

test('one real program', async () => {
  const path = '/bin/busybox';
  const target = { kind: 'elf', reference: path, path, bytes: readFileSync(path) } as const;
  const needs = await readNeeds(target, { signal });
  assert.deepEqual(
    needs.of('architecture').map(({ machine, bits }) => `${machine} ${bits}`),
    ['x86_64 64'],
  );
  assert.deepEqual(needs.of('interpreter'), []);
  assert.deepEqual(
    needs.userSpace.start.map(({ kind }) => kind),
    ['elf'],
  );
});

test('a root file system as tar is known again by its file, and needs no configuration', async (context) => {
  const path = join(folder(context), 'root.tar');
  const write = (abiNote: string) =>
    writeFileSync(
      path,
      makeTar([
        { name: 'etc/os-release', body: 'ID=debian\nVERSION_ID=12\n' },
        { name: 'bin/app', body: buildElf({ abiNote }), mode: 0o755 },
      ]),
    );
  const cache = openCache(folder(context), { now });
  let kept = 0;
  const read = async () => {
    const target = await openTarget(path, { signal });
    const needs = await readNeeds(target, { signal, cache, onKept: () => kept++ });
    if ('close' in target) await target.close();
    assert.equal(needs.userSpace.target.kind, 'root-archive');
    assert.deepEqual(needs.userSpace.target.layers, []);
    assert.equal(needs.userSpace.config, undefined);
    assert.equal(needs.userSpace.os?.id, 'debian');
    return needs.of('kernel').map(({ minimum }) => minimum);
  };
  write('3.2.0');
  assert.deepEqual([await read(), await read(), kept], [['3.2.0'], ['3.2.0'], 1]);
  write('4.11.0');
  assert.deepEqual([await read(), kept], [['4.11.0'], 1]);
  cache.close();
});

test('limits that the user gave count for reading too', async (context) => {
  const root = folder(context);
  for (const name of ['a', 'b', 'c']) writeFileSync(join(root, name), '');
  const directory = { kind: 'directory', reference: root, root } as const;
  const image = imageOf([layerOf(0, { '/a': '', '/b': '', '/c': '' }, 'limits')]);
  for (const target of [directory, image]) {
    await readNeeds(target, { signal, limits: { entries: 3 } });
    await assert.rejects(readNeeds(target, { signal, limits: { entries: 2 } }), {
      code: 'PL0107',
    });
  }
});

test('an unchanged directory is not read again, and any change is seen', async (context) => {
  const root = folder(context);
  const cache = openCache(folder(context), { now });
  const put = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(root, name), content, { mode: 0o755 });
  put('app', buildElf({ abiNote: '3.2.0' }));
  put('script', '#!/bin/sh\nmodprobe tun\n');
  const target = { kind: 'directory', reference: root, root } as const;
  let kept = 0;
  const read = async () => {
    // A change within one tick of the file system's clock would not be told from the one before.
    await setTimeout(50);
    return readNeeds(target, { signal, cache, onKept: () => kept++ });
  };
  const first = await read();
  const second = await read();
  assert.equal(kept, 1);
  assert.deepEqual(second.all, first.all);
  assert.deepEqual(second.userSpace.elves, first.userSpace.elves);
  assert.equal(second.userSpace.text('/script'), first.userSpace.text('/script'));
  assert.deepEqual(
    await second.userSpace.tree.read('/script', 99),
    Buffer.from('#!/bin/sh\nmodprobe tun\n'),
  );
  for (const change of [
    () => put('new', 'x'),
    () => chmodSync(join(root, 'app'), 0o4755),
    () => rmSync(join(root, 'new')),
    () => put('script', '#!/bin/sh\nmodprobe fun\n'),
  ]) {
    change();
    await read();
    assert.equal(kept, 1, String(change));
  }
  assert.deepEqual(
    (await read()).of('setuid').map(({ path }) => path),
    ['/app'],
  );
  assert.equal(kept, 2);
  cache.close();
});

test('programs of layers are kept while they pass, and then read without their layer', async () => {
  const program = buildElf({ machine: 'x86_64', type: 'pie' });
  const lower = layerOf(0, { '/app': 'text', '/lib': program, '/text': '#!/bin/sh' });
  const upper = layerOf(1, { '/app': program });
  const kept = keptFiles({ folder: tmpdir(), fileBytes: 1 << 20, totalBytes: 1 << 20 });
  try {
    const { tree } = (await readNeeds(imageOf([lower, upper]), { signal, kept })).userSpace;
    for (const path of ['/app', '/lib']) {
      assert.equal(tree.isKept?.(path), true, path);
      assert.deepEqual(await tree.read(path, 1 << 20), Uint8Array.from(program));
    }
    assert.deepEqual([lower.reads(), upper.reads()], [1, 1]);
    assert.equal(tree.isKept?.('/text'), false);
    assert.equal(Buffer.from((await tree.read('/text', 99)) ?? []).toString(), '#!/bin/sh');
    assert.deepEqual([lower.reads(), upper.reads()], [2, 1]);
    await assert.rejects(tree.read('/app', 10), { code: 'PL0107' });
  } finally {
    await kept.close();
  }
});
