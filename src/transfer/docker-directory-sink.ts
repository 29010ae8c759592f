// The directory form of skopeo and podman (`dir:`, --format docker-dir): one image, its manifest as manifest.json and
// its blobs named by their hexadecimal digits. Source: containers/image, directory/directory_dest.go.
import type { Digest } from '../image/image.ts';
import { openDirectoryFiles } from './directory-files.ts';
import type { ImageSink } from './image-sink.ts';
import { verified } from './verified.ts';

/** Content of the file version. */
const versionMark = 'Directory Transport Version: 1.1\n';

/** Name of a blob's file; of another algorithm than sha256 with that before it. */
export function directoryBlobName(digest: Digest): string {
  return digest.startsWith('sha256:') ? digest.slice(7) : digest.replace(':', '-');
}

/** Name of a manifest's file below an index. */
export function directoryManifestName(digest: Digest): string {
  return `${directoryBlobName(digest)}.manifest.json`;
}

/** Opens a folder; one image goes into it. @throws PlimsollError PL0003 */
export async function openDockerDirectorySink(folder: string): Promise<ImageSink> {
  const files = await openDirectoryFiles(folder);
  return {
    parallel: 4,
    sparse: true,
    begin() {},
    async putBlob(blob, content, { signal, onProgress }) {
      const name = directoryBlobName(blob.digest);
      if ((await files.size(name)) === blob.size) return 'exists';
      await files.write(name, verified(blob, content.chunks(0, signal), onProgress));
      return 'copied';
    },
    putManifest: ({ descriptor, bytes }) =>
      files.write(directoryManifestName(descriptor.digest), [bytes]),
    async putImage({ top }) {
      await files.write('version', [Buffer.from(versionMark)]);
      await files.write('manifest.json', [top.bytes]);
    },
    finish: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
}
