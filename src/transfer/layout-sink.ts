// An OCI layout in a folder (image-layout.md). What is there stays: blobs are added, and index.json gets one more entry,
// or another one for a name that it has.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { blobPath } from '../image/image-parts.ts';
import {
  formatLayoutIndex,
  type LayoutEntry,
  layoutEntries,
  ociLayoutMark,
} from '../image/layout-json.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { openDirectoryFiles } from './directory-files.ts';
import type { ImageSink } from './image-sink.ts';
import type { PlannedManifest } from './plan-copy.ts';
import { verified } from './verified.ts';

/** How many blobs are written at once: the copying is bound by the source, or by the disk. */
const atOnce = 4;

/**
 * Opens a folder that is a layout, or is empty, or is not there. `tag` is the name that the image gets as umoci and
 * skopeo give it (`oci:DIR:TAG`), whatever that text is; without it the names of the image are used.
 * @throws PlimsollError PL0003, PL0108 where something else is there
 */
export async function openLayoutSink(folder: string, tag?: string): Promise<ImageSink> {
  const files = await openDirectoryFiles(folder);
  const before = await files.read('index.json');
  const parsed = before === undefined ? { value: undefined } : parseJson(before);
  if (isFault(parsed)) {
    throw new PlimsollError('PL0108', `index.json: ${parsed.fault}`, {
      at: { path: folder },
      help: 'name another folder, or remove what is there',
    });
  }
  const entries: LayoutEntry[] = [];
  const putJson = async ({ descriptor, bytes }: PlannedManifest): Promise<void> => {
    await files.write(blobPath(descriptor.digest), [bytes]);
  };
  return {
    parallel: atOnce,
    sparse: true,
    begin() {},
    async putBlob(blob, content, { signal, onProgress }) {
      const path = blobPath(blob.digest);
      if ((await files.size(path)) === blob.size) return 'exists';
      await files.write(path, verified(blob, content.chunks(0, signal), onProgress));
      return 'copied';
    },
    putManifest: putJson,
    async putImage({ top }, names) {
      await putJson(top);
      entries.push(...layoutEntries(top.descriptor, names, tag));
    },
    async finish() {
      await files.write('oci-layout', [Buffer.from(ociLayoutMark)]);
      await files.write('index.json', [Buffer.from(formatLayoutIndex(entries, parsed.value))]);
    },
    abort: () => Promise.resolve(),
  };
}
