// A layer as an image stores it: the bytes may be gzip, zstd or plain, what is inside a tar, and the entries are merged
// over a lower layer. Whatever comes, the tree is a tree: every path is found under its own name and lies below the root.
import { PlimsollError } from '../../src/diag/plimsoll-error.ts';
import { budgetOf } from '../../src/image/budget.ts';
import { layerOf } from '../../src/image/layer-stream.ts';
import { indexLayers, mergeLayers } from '../../src/image/merge.ts';
import { withLimits } from '../../src/lib/limits.ts';
import { layerSeeds } from './layer-seeds.ts';
import type { FuzzTarget } from './target.ts';

const limits = withLimits({
  fileBytes: 1 << 20,
  layerBytes: 1 << 22,
  ratioFromBytes: 1 << 21,
  headerBytes: 1 << 16,
  entries: 2000,
  depth: 64,
});
const { signal } = new AbortController();
const expected = new Set(['PL0107', 'PL0202', 'PL0203']);

function layer(index: number, bytes: Uint8Array, step: number) {
  const stored = Buffer.from(bytes);
  return layerOf({
    index,
    label: `layer ${index}`,
    source: {
      size: stored.length,
      async *chunks() {
        for (let at = 0; at < stored.length; at += step) yield stored.subarray(at, at + step);
      },
    },
    budget: budgetOf(limits),
    target: 'fuzz',
  });
}

const lower = layerSeeds()[0] ?? new Uint8Array();

export const target: FuzzTarget = {
  name: 'layer',
  seeds: layerSeeds,
  async run(bytes) {
    const layers = [layer(0, lower, 4096), layer(1, bytes, 100 + (bytes.length % 3000))];
    try {
      const indexes = await indexLayers(layers, {
        signal,
        inspect: async (entry) => (await entry.read(64)).length,
      });
      const tree = mergeLayers(indexes);
      let nodes = 0;
      for (const { path } of tree.walk()) {
        nodes++;
        if (!path.startsWith('/') || /\/\.{0,2}(\/|$)/.test(path.slice(path === '/' ? 1 : 0))) {
          throw new Error(`a path that is not normal: ${JSON.stringify(path)}`);
        }
        if (tree.stat(path, { follow: false })?.path !== path) {
          throw new Error(`${JSON.stringify(path)} is not found under its own name`);
        }
      }
      if (nodes !== tree.size) throw new Error(`${nodes} nodes, size ${tree.size}`);
    } catch (error) {
      if (!(error instanceof PlimsollError) || !expected.has(error.code)) throw error;
    }
  },
};
