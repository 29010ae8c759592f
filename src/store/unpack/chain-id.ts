// Names of stacked layers (OCI image specification, config.md "Layer ChainID"): the chainID of the lowest layer is its
// diffID, that of a layer on top is the digest of "chainID-below diffID".
import type { Digest } from '../../image/image.ts';
import { digestOf } from '../../lib/digest.ts';

/** The chainIDs of a stack of layers, the lowest first. */
export function chainIdsOf(diffIds: readonly Digest[]): readonly Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(
      below === undefined ? diffId : (digestOf(Buffer.from(`${below} ${diffId}`)) as Digest),
    );
  }
  return chain;
}
