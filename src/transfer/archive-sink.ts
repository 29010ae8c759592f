// An archive with an OCI layout inside, streamed: blobs first, in the order in which they come, and what names them
// last. For docker there is manifest.json beside index.json, as Docker 25 and later write it: `docker load` of any
// version reads one of the two, and the stored bytes of layers stay what they are.
import type { Descriptor } from '../image/image.ts';
import { blobPath } from '../image/image-parts.ts';
import {
  formatLayoutIndex,
  formatRepositories,
  formatSavedManifest,
  type LayoutEntry,
  layoutEntries,
  ociLayoutMark,
  type SavedImageEntry,
} from '../image/layout-json.ts';
import { archiveWriter } from './archive-writer.ts';
import type { ImageSink } from './image-sink.ts';
import type { ByteOutput } from './output-file.ts';
import type { PlannedManifest } from './plan-copy.ts';
import { verified } from './verified.ts';

/**
 * Writes an archive to the output, which stays the caller's to close. `tag` is the name that skopeo would give
 * (`oci-archive:FILE:TAG`), whatever that text is; without it the names of the image are used.
 */
export function openArchiveSink(
  output: ByteOutput,
  form: 'oci' | 'docker',
  tag?: string,
): ImageSink {
  const archive = archiveWriter(output);
  const written = new Set<string>();
  const entries: LayoutEntry[] = [];
  const saved: SavedImageEntry[] = [];
  const tops: { name: SavedImageEntry['names'][number]; id: string }[] = [];
  let begun = false;
  const isNew = ({ digest }: Descriptor): boolean => {
    if (written.has(digest)) return false;
    written.add(digest);
    return true;
  };
  const putJson = async ({ descriptor, bytes }: PlannedManifest): Promise<void> => {
    if (isNew(descriptor)) await archive.file(blobPath(descriptor.digest), bytes);
  };
  return {
    parallel: 1,
    sparse: true,
    begin() {
      if (begun) return;
      begun = true;
      void archive.file('oci-layout', ociLayoutMark);
      for (const name of ['blobs/', 'blobs/sha256/']) void archive.member({ name });
    },
    async putBlob(blob, content, { signal, onProgress }) {
      if (!isNew(blob)) return 'exists';
      const body = verified(blob, content.chunks(0, signal), onProgress);
      await archive.stream(blobPath(blob.digest), blob.size, body);
      return 'copied';
    },
    putManifest: putJson,
    async putImage(plan, names) {
      await putJson(plan.top);
      entries.push(...layoutEntries(plan.top.descriptor, names, tag));
      const [image] = plan.images;
      if (image?.config === undefined) return;
      const paths = image.layers.map(({ digest }) => blobPath(digest));
      saved.push({ config: blobPath(image.config.digest), names, layers: paths });
      const id = image.layers.at(-1)?.digest.replace(/^\w+:/, '');
      if (id !== undefined) tops.push(...names.map((name) => ({ name, id })));
    },
    async finish() {
      await archive.file('index.json', formatLayoutIndex(entries));
      if (form === 'docker') {
        await archive.file('manifest.json', formatSavedManifest(saved));
        await archive.file('repositories', formatRepositories(tops));
      }
      await archive.end();
    },
    abort: () => Promise.resolve(),
  };
}
