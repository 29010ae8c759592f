// node bench/layers.ts [ARCHIVE.tar.gz]: reads a layer into a tree, every file's first bytes looked at, against
// `gunzip | tar x` of the same layer in the same run. Without an argument mmdebstrap makes a Debian layer
// (kept in .cache/bench). Prints seconds and ratios; each side's best of three.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wholeFile } from '../src/image/blob-source.ts';
import { budgetOf } from '../src/image/budget.ts';
import { layerOf } from '../src/image/layer-stream.ts';
import { indexLayers, mergeLayers } from '../src/image/merge.ts';
import { defaultLimits } from '../src/lib/limits.ts';
import { debianLayer } from './debian-layer.ts';

const path = process.argv[2] ?? debianLayer();
const { size } = statSync(path);
const { signal } = new AbortController();

async function seconds(work: () => Promise<unknown> | unknown): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    const started = performance.now();
    await work();
    times.push((performance.now() - started) / 1000);
  }
  return Math.min(...times);
}

let nodes = 0;
const walk = async (limit: number): Promise<void> => {
  const layer = layerOf({
    index: 0,
    source: wholeFile(path, size, ''),
    budget: budgetOf(defaultLimits),
    target: path,
  });
  const indexes = await indexLayers([layer], {
    signal,
    inspect: async (entry) => (await entry.read(limit)).length,
  });
  nodes = mergeLayers(indexes).size;
};
const unpack = (): void => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  try {
    execFileSync('sh', ['-c', 'gunzip -c "$0" | tar -x -C "$1"', path, folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const tar = await seconds(unpack);
const rows: readonly [string, number][] = [
  ['gunzip | tar x', tar],
  ['tree, first bytes of files', await seconds(() => walk(64))],
  ['tree, all bytes of files', await seconds(() => walk(Number.MAX_SAFE_INTEGER))],
];
console.log(`${path}: ${(size / 2 ** 20).toFixed(0)} MiB, ${nodes} nodes`);
for (const [name, time] of rows) {
  console.log(
    `${name.padEnd(28)} ${time.toFixed(2)} s  ${(time / tar).toFixed(2)} of gunzip | tar x`,
  );
}
console.log(
  `peak memory of this process ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
);
