// An archive that somebody gives, into a directory that is there. Names that are whiteouts in layers are left out and told.
// It is unpacked by applyLayer, which follows no link out of the directory.
import { readTar } from '../../formats/tar-reader.ts';
import type { LayerEntry } from '../../image/image.ts';
import { compressionOf, inflate, sniff } from '../../image/inflate.ts';
import { layerEntryOf } from '../../image/layer-entry.ts';
import type { Limits } from '../../lib/limits.ts';
import type { Owner } from '../../lib/owner.ts';
import { applyLayer } from './apply-layer.ts';

/** How an archive is unpacked. */
export interface UnpackArchiveOptions {
  readonly limits: Limits;
  readonly signal: AbortSignal;
  /** Whose a file is, by whose the archive says it is. */
  owner(of: Owner): Owner;
  readonly onLeftOut: (kind: string, path: string, reason: string) => void;
}

/** @throws PlimsollError PL0202, PL0203, PL0720, PL0721, PL0107, PL0002 */
export async function unpackArchive(
  chunks: AsyncIterable<Uint8Array>,
  root: string,
  { limits, signal, owner, onLeftOut }: UnpackArchiveOptions,
): Promise<void> {
  const at = { target: 'standard input' };
  const sniffed = await sniff(buffers(chunks));
  const plain = inflate(compressionOf(sniffed.head), sniffed.chunks, at, signal);
  const entries = async function* (): AsyncGenerator<LayerEntry> {
    for await (const entry of readTar(plain, { limits, at })) {
      const one = layerEntryOf(entry, { layer: 0, limits, at, onProblem: () => undefined });
      if (one === undefined || one.whiteout !== undefined) {
        onLeftOut('entry', entry.name, 'layers of images have another meaning for such names');
        continue;
      }
      yield { ...one, node: { ...one.node, ...owner(one.node) } };
    }
  };
  await applyLayer(entries(), root, {
    way: 'onto',
    owners: true,
    overlay: true,
    opaqueAttributes: [],
    limits,
    at,
    signal,
    onLeftOut,
  });
}

async function* buffers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks)
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
