// One digest over the identities of everything below a directory: equal as long as no file was written, replaced, renamed
// or given other rights, because each of that changes a time of change or an inode. Costs one lstat(2) a file.
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { Limits } from '../lib/limits.ts';
import { withLimits } from '../lib/limits.ts';
import { walkDirectory } from './walk-directory.ts';

/** Nodes that are hashed at a time. */
const batch = 1024;
const numbersOfNode = 6;

/**
 * Changes within this time before the end of a walk could be followed by others with the same time: the clock of file
 * systems ticks at 100 to 1000 Hz.
 */
const tickMs = 20;

/** Collects nodes into a digest. */
export interface TreeDigest {
  add(path: string, stats: BigIntStats): void;
  /** Undefined when something changed so lately that a later change may not show. */
  finish(): string | undefined;
}

/** A digest over nodes in the order of a walk. */
export function treeDigest(): TreeDigest {
  const hash = createHash('sha256');
  const numbers = new BigInt64Array(batch * numbersOfNode);
  const started = Date.now();
  let newest = 0n;
  let paths: string[] = [];
  const flush = (): void => {
    hash.update(new Uint8Array(numbers.buffer, 0, paths.length * numbersOfNode * 8));
    hash.update(paths.join('\0'));
    paths = [];
  };
  return {
    add(path, { dev, ino, mode, size, mtimeNs, ctimeNs }) {
      const at = paths.length * numbersOfNode;
      numbers[at] = dev;
      numbers[at + 1] = ino;
      numbers[at + 2] = mode;
      numbers[at + 3] = size;
      numbers[at + 4] = mtimeNs;
      numbers[at + 5] = ctimeNs;
      if (ctimeNs > newest) newest = ctimeNs;
      if (paths.push(path) === batch) flush();
    },
    finish() {
      flush();
      return Number(newest / 1_000_000n) > started - tickMs ? undefined : hash.digest('hex');
    },
  };
}

/** The digest of a directory. @throws PlimsollError PL0101, PL0107 */
export async function directoryDigest(
  root: string,
  { signal, limits }: { readonly signal: AbortSignal; readonly limits?: Partial<Limits> },
): Promise<string | undefined> {
  const digest = treeDigest();
  const unreadable = (): void => {};
  await walkDirectory(root, {
    signal,
    limits: withLimits(limits),
    unreadable,
    visit: (path, stats) => digest.add(path, stats),
  });
  return digest.finish();
}
