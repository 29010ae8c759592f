import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { layersIn, openTestSnapshots, unpackInto } from '../../../test/builders/snapshots.ts';
import { makeTar } from '../../../test/builders/tar.ts';
import { mountAt, unmount } from '../../sys/mounts.ts';
import { type UnpackLayer, type UnpackProgress, unpackLayers } from './unpack-layers.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

/** Enough stored bytes that a thread unpacks them. */
const content = randomBytes(3 << 20);
const large = makeTar([
  { name: 'content', body: content },
  { name: 'end', body: 'end' },
]);
const stored = gzipSync(large, { level: 0 });

/** A layer whose bytes come in pieces, until `stop` throws. */
function growing(place: string, stop: (written: number) => void = () => undefined): UnpackLayer {
  const [layer] = layersIn(place, [{ tar: large, stored }]);
  assert.ok(layer);
  const path = join(place, 'growing');
  writeFileSync(path, '');
  let written = 0;
  return {
    ...layer,
    open: async () => ({
      path,
      size: stored.length,
      async more(beyond) {
        while (written <= beyond) {
          stop(written);
          await sleep(1);
          const piece = stored.subarray(written, written + 700_001);
          appendFileSync(path, piece);
          written += piece.length;
        }
        return written;
      },
    }),
  };
}

test('a file is unpacked while it is written', async () => {
  const place = mkdtempSync(join(folder, 'growing-'));
  using snapshots = openTestSnapshots('overlay', place);
  const seen: UnpackProgress[] = [];
  const top = await unpackLayers(snapshots.snapshotter, [growing(place)], {
    signal,
    target: 'test',
    onProgress: (progress) => seen.push(progress),
  });
  const root = snapshots.snapshotter.directory(top);
  assert.ok(readFileSync(join(root, 'content')).equals(content));
  assert.deepEqual(seen.at(-1), { layer: 0, state: 'done', bytes: stored.length });
  // A second time nothing is opened.
  await unpackLayers(
    snapshots.snapshotter,
    [{ ...growing(place), open: () => assert.fail('opened') }],
    { signal, target: 'test', onProgress: (progress) => seen.push(progress) },
  );
  assert.equal(seen.at(-1)?.state, 'exists');
});

/** What is left after a failure: nothing. */
function nothingLeft({ snapshotter, folder: place }: ReturnType<typeof openTestSnapshots>): void {
  assert.deepEqual(snapshotter.list(), []);
  assert.deepEqual(
    readdirSync(join(place, 'overlay')).filter((name) => /^\d+$/.test(name)),
    [],
  );
}

test('when bytes will never come, the reason is given as it is and nothing is left', async () => {
  class Gone extends Error {}
  for (const at of [0, 1_000_000]) {
    const place = mkdtempSync(join(folder, 'gone-'));
    using snapshots = openTestSnapshots('overlay', place);
    const layer = growing(place, (written) => {
      if (written >= at) throw new Gone('gone');
    });
    const small = layersIn(place, [{ tar: makeTar([{ name: 'x' }]) }]);
    await assert.rejects(
      unpackLayers(snapshots.snapshotter, [layer, ...small], { signal, target: 'test' }),
      Gone,
    );
    nothingLeft(snapshots);
  }
});

test('an abort ends it and leaves nothing', async () => {
  const place = mkdtempSync(join(folder, 'abort-'));
  using snapshots = openTestSnapshots('overlay', place);
  const abort = new AbortController();
  const layer = growing(place, (written) => {
    if (written > 1_000_000) abort.abort();
  });
  await assert.rejects(
    unpackLayers(snapshots.snapshotter, [layer], { signal: abort.signal, target: 'test' }),
    { code: 'PL0002' },
  );
  nothingLeft(snapshots);
});

test('a full disk is told as such, and what was unpacked is removed', async () => {
  const place = join(folder, 'full');
  mkdirSync(place);
  mountAt({ type: 'tmpfs', source: 'tmpfs', options: ['size=2m'] }, place);
  try {
    using snapshots = openTestSnapshots('vfs', place);
    const outside = mkdtempSync(join(folder, 'blobs-'));
    await assert.rejects(
      unpackLayers(snapshots.snapshotter, layersIn(outside, [{ tar: large, stored }]), {
        signal,
        target: 'test',
      }),
      { code: 'PL0721', message: 'unpacking failed: no space left on device' },
    );
    assert.deepEqual(snapshots.snapshotter.list(), []);
    const { top } = await unpackInto(snapshots, [{ tar: makeTar([{ name: 'small' }]) }]);
    assert.ok(top);
  } finally {
    unmount(place);
  }
});
