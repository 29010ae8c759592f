// What `copy` copies from: whatever a person names as an image (open-image.ts), with all of its platforms.
import type { Platform } from '../image/image.ts';
import { type ImageName, withDefaultTag } from '../image/image-name.ts';
import { namesFile } from '../image/reference.ts';
import { humanSize } from '../lib/human-units.ts';
import { openFilesSource } from '../transfer/files-source.ts';
import type { ImageSource } from '../transfer/image-source.ts';
import { openStoreSource } from '../transfer/store-source.ts';
import type { Context } from './context.ts';
import { firstOf } from './open-image.ts';
import { openRegistryFor, type RegistryChoice } from './open-registry.ts';
import { type StoreOption, storeToRead } from './open-store.ts';
import { stdinChunks } from './stdin-chunks.ts';

/** An opened source. It must be closed. */
export interface CopySource {
  readonly source: ImageSource;
  /** Where it comes from, when that is a registry. */
  readonly repository?: ImageName;
  close(): Promise<void>;
}

/** How a source is opened. */
export interface CopySourceOptions {
  readonly store: StoreOption;
  readonly registry: RegistryChoice;
  readonly platform?: Platform;
  readonly context: Context;
}

const forced = 'docker://';

/** Opens the source. @throws PlimsollError as openFilesSource, ImageRecords.find, Registry */
export async function openCopySource(
  reference: string,
  options: CopySourceOptions,
): Promise<CopySource> {
  const { context } = options;
  const { signal, progress } = context;
  if (reference.startsWith(forced)) return fromRegistry(reference.slice(forced.length), options);
  if (namesFile(reference)) {
    const source = await openFilesSource(reference, {
      signal,
      stdin: stdinChunks(context, 'name a file, or send an archive to standard input'),
      onProgress: ({ bytes }) => progress.update(`receiving: ${humanSize(bytes)}`),
    });
    progress.clear();
    return { source, close: () => source.close() };
  }
  return fromStore(reference, options) ?? fromRegistry(reference, options);
}

function fromStore(reference: string, options: CopySourceOptions): CopySource | undefined {
  const store = storeToRead(options.store, options.context);
  if (store === undefined) return undefined;
  const close = (): Promise<void> => Promise.resolve(store.close());
  try {
    const found = store.images.find(reference, options.platform);
    if (found === undefined) {
      store.close();
      return undefined;
    }
    const { image, by, name } = found;
    const top = by === 'id' ? image.manifest : image.target;
    const source = openStoreSource(store, reference, [
      { top, names: name === undefined ? [] : [name] },
    ]);
    return { source, close };
  } catch (error) {
    store.close();
    throw error;
  }
}

async function fromRegistry(
  text: string,
  { registry: choice, context }: CopySourceOptions,
): Promise<CopySource> {
  const { registry, configuration } = await openRegistryFor(choice, context);
  try {
    const { namesMeant } = await import('../registry/endpoints.ts');
    const { openRegistrySource } = await import('../transfer/registry-source.ts');
    return await firstOf(namesMeant(text, configuration), async (name) => {
      const full = withDefaultTag(name);
      const source = await openRegistrySource(registry, full, context.signal);
      return { source, repository: full, close: async () => registry.close() };
    });
  } catch (error) {
    registry.close();
    throw error;
  }
}
