// node bench/unpack.ts [ARCHIVE.tar.gz]: unpacks a Debian layer, and the same files as twenty layers, into overlay
// snapshots, against `gunzip | tar x` and `umoci unpack` in the same run. Without an argument mmdebstrap makes the layer
// (kept in .cache/bench). Prints seconds and ratios; each side's best of three, sides taking turns. As root.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readTar } from '../src/formats/tar-reader.ts';
import { defaultLimits } from '../src/lib/limits.ts';
import { unpackLayers } from '../src/store/unpack/unpack-layers.ts';
import { makeLayout, writeLayout } from '../test/builders/oci-layout.ts';
import { layersIn, openTestSnapshots, type StoredLayer } from '../test/builders/snapshots.ts';
import { debianLayer } from './debian-layer.ts';

const layerCount = 20;
const runs = 3;
const path = process.argv[2] ?? debianLayer();
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));

/** The archive cut into layers at boundaries of its entries. */
async function cut(tar: Buffer): Promise<readonly Buffer[]> {
  const starts: number[] = [];
  for await (const { offset } of readTar([tar], { limits: defaultLimits, at: {} }))
    if (offset >= (starts.length * tar.length) / layerCount) starts.push(offset);
  return starts.map((start, at) => {
    const end = starts[at + 1];
    const part = tar.subarray(start, end);
    return end === undefined ? part : Buffer.concat([part, Buffer.alloc(1024)]);
  });
}

function writeImage(layers: readonly StoredLayer[], place: string): void {
  const layout = makeLayout();
  const manifest = layout.image(
    layers.map(({ tar, stored = tar }) => ({
      tar,
      stored,
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    })),
  );
  layout.index([{ ...manifest, annotations: { 'org.opencontainers.image.ref.name': 't' } }]);
  writeLayout(layout, place);
}

type Side = (place: string) => Promise<unknown> | unknown;

/** Each side's best of several runs. */
async function race(title: string, sides: Readonly<Record<string, Side>>): Promise<void> {
  const best: Record<string, number> = {};
  for (let run = 0; run < runs; run++) {
    for (const [name, side] of Object.entries(sides)) {
      const place = mkdtempSync(join(folder, 'run-'));
      const started = performance.now();
      await side(place);
      const seconds = (performance.now() - started) / 1000;
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, seconds);
      rmSync(place, { recursive: true });
    }
  }
  const own = best['plimsoll'] ?? Number.NaN;
  const told = Object.entries(best).map(
    ([name, seconds]) => `${name} ${seconds.toFixed(2)} s (${(seconds / own).toFixed(2)})`,
  );
  console.log(`${title}: ${told.join(', ')}`);
}

try {
  const stored = readFileSync(path);
  const tar = gunzipSync(stored);
  const many = (await cut(tar)).map((part) => ({ tar: part, stored: gzipSync(part) }));
  for (const [title, layers] of [
    ['one layer', [{ tar, stored }]],
    [`${layerCount} layers`, many],
  ] as const) {
    const place = join(folder, title.replace(' ', '-'));
    writeImage(layers, join(place, 'layout'));
    const blobs = layersIn(place, layers);
    const files = layers.map(({ stored: bytes }, at) => {
      const file = join(place, `${at}.tar.gz`);
      writeFileSync(file, bytes);
      return file;
    });
    await race(title, {
      plimsoll: async (root) => {
        using snapshots = openTestSnapshots('overlay', root);
        await unpackLayers(snapshots.snapshotter, blobs, {
          signal: new AbortController().signal,
          target: title,
        });
      },
      'gunzip | tar x': (root) => {
        mkdirSync(join(root, 'x'));
        for (const file of files)
          execFileSync('sh', ['-c', 'gunzip < "$0" | tar x -C "$1"', file, join(root, 'x')]);
      },
      umoci: (root) =>
        execFileSync('umoci', ['unpack', '--image', `${place}/layout:t`, join(root, 'b')], {
          stdio: 'ignore',
        }),
    });
  }
} finally {
  rmSync(folder, { recursive: true });
}
