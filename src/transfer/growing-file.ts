// A file that is read while it is written: the download tells how far it is, the unpacking asks for more.
import type { LayerBytes } from '../store/unpack/unpack-layers.ts';

/** A file that grows, and who waits for it. */
export interface GrowingFile extends LayerBytes {
  /** Bytes that are there now. */
  grown(bytes: number): void;
  /** No more will come. */
  failed(error: unknown): void;
}

/** A file at `path` that will have `size` bytes, and is renamed when it has. */
export function growingFile(path: string, renamedTo: string, size: number): GrowingFile {
  let there = 0;
  let failure: { readonly error: unknown } | undefined;
  let change = Promise.withResolvers<void>();
  const changed = (): void => {
    change.resolve();
    change = Promise.withResolvers();
  };
  return {
    path,
    renamedTo,
    size,
    async more(beyond) {
      while (there <= beyond) {
        if (failure !== undefined) throw failure.error;
        await change.promise;
      }
      return there;
    },
    grown(bytes) {
      there = bytes;
      changed();
    },
    failed(error) {
      failure ??= { error };
      changed();
    },
  };
}
