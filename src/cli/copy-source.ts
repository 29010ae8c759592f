// What `copy` copies from: whatever a person names as an image (open-image.ts), with all of its platforms.
import type { Descriptor, Platform } from '../image/image.ts';
import { type ImageName, withDefaultTag } from '../image/image-name.ts';
import { namesFile } from '../image/reference.ts';
import { humanSize } from '../lib/human-units.ts';
import type { FoundStoredImage } from '../store/image-records.ts';
import { openFilesSource } from '../transfer/files-source.ts';
import type { ImageSource } from '../transfer/image-source.ts';
import { openStoreSource } from '../transfer/store-source.ts';
import type { Context } from './context.ts';
import { firstOf } from './open-image.ts';
import { openRegistryFor, type RegistryChoice } from './open-registry.ts';
import { type StoreOption, storeToHold } from './open-store.ts';
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
  return (await fromStore(reference, options)) ?? fromRegistry(reference, options);
}

async function fromStore(
  reference: string,
  options: CopySourceOptions,
): Promise<CopySource | undefined> {
  const held = await storeToHold(options.store, options.context);
  if (held === undefined) return undefined;
  const { store } = held;
  const find = (): FoundStoredImage | undefined => store.images.find(reference, options.platform);
  const topOf = ({ image, by }: FoundStoredImage): Descriptor =>
    by === 'id' ? image.manifest : image.target;
  try {
    const first = find();
    if (first !== undefined) held.protect([topOf(first).digest]);
    const found = find();
    if (found === undefined) {
      held.close();
      return undefined;
    }
    const { name } = found;
    const source = openStoreSource(store, reference, [
      { top: topOf(found), names: name === undefined ? [] : [name] },
    ]);
    return { source, close: async () => held.close() };
  } catch (error) {
    held.close();
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
