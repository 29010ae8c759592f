// Whatever a person names as an image: a file or folder that is there, else an image of the store, else one of a
// registry. `docker://NAME` is always the registry.
import { tmpdir } from 'node:os';
import { formatDiagnostic } from '../diag/format-diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { ImageTarget, Target } from '../image/image.ts';
import { formatImageName, type ImageName } from '../image/image-name.ts';
import type { OpenTargetOptions } from '../image/open-files.ts';
import { openTarget } from '../image/open-target.ts';
import { namesFile, nearFiles } from '../image/reference.ts';
import type { AnalysisCache } from '../needs/cache.ts';
import type { KeptDocuments } from '../registry/registry-parts.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './context.ts';
import { type OpenedRegistry, openRegistryFor, type RegistryChoice } from './open-registry.ts';
import type { StoreOption } from './store-option.ts';

/** How an image is opened. */
export interface OpenImageOptions extends Omit<OpenTargetOptions, 'signal'> {
  readonly store?: StoreOption;
  readonly registry?: RegistryChoice;
  /** Where manifests of registries that were read before are kept: the cache of what was analysed. */
  readonly cache?: AnalysisCache | undefined;
}

const forced = 'docker://';

/** Opens what was named. Every open target must be closed. @throws PlimsollError as openTarget, openFromStore, Registry */
export async function openImage(
  reference: string,
  options: OpenImageOptions,
  context: Context,
): Promise<Target> {
  const remote = reference.startsWith(forced);
  if (!remote && namesFile(reference))
    return openTarget(reference, { ...options, signal: context.signal });
  const { namesMeant } = await import('../registry/endpoints.ts');
  const opened = await openRegistryFor(options.registry ?? {}, context, options.limits);
  try {
    const text = remote ? reference.slice(forced.length) : reference;
    const names = faultOr(() => namesMeant(text, opened.configuration));
    if (!remote) {
      // The text itself may be an id.
      const meant = names instanceof PlimsollError ? [] : names.map(formatImageName);
      const stored = await openStored([...new Set([...meant, text])], reference, options, context);
      if (stored !== undefined) return { ...stored, close: () => closeBoth(stored, opened) };
    }
    if (names instanceof PlimsollError) throw names;
    const target = await openRemote(names, reference, opened, options, context);
    return { ...target, close: () => closeBoth(target, opened) };
  } catch (error) {
    opened.registry.close();
    throw error instanceof PlimsollError && !remote ? withFiles(error, reference) : error;
  }
}

async function closeBoth(target: ImageTarget, { registry }: OpenedRegistry): Promise<void> {
  await target.close();
  registry.close();
}

function faultOr<T>(use: () => T): T | PlimsollError {
  try {
    return use();
  } catch (error) {
    if (error instanceof PlimsollError) return error;
    throw error;
  }
}

/** An image of the store; undefined where there is none, and where the store cannot be read. */
async function openStored(
  names: readonly string[],
  reference: string,
  { store: option = {}, platform, limits }: OpenImageOptions,
  context: Context,
): Promise<ImageTarget | undefined> {
  const store = await storeOrNone(option, context);
  if (store === undefined) return undefined;
  try {
    const { openFromStore } = await import('../store/open-stored-image.ts');
    for (const name of names) {
      const target = await openFromStore(store, name, {
        signal: context.signal,
        ...(limits === undefined ? {} : { limits }),
        ...(platform === undefined ? {} : { platform }),
      });
      if (target === undefined) continue;
      const close = async (): Promise<void> => {
        await target.close();
        store.close();
      };
      return { ...target, reference, close };
    }
  } catch (error) {
    store.close();
    throw error;
  }
  store.close();
  return undefined;
}

/** A store that is not this user's to read does not keep a registry from being asked. */
async function storeOrNone(option: StoreOption, context: Context): Promise<Store | undefined> {
  const { storeToRead } = await import('./open-store.ts');
  try {
    return storeToRead(option, context);
  } catch (error) {
    if (!(error instanceof PlimsollError) || option.root !== undefined) throw error;
    if (context.verbosity === 'verbose')
      context.stderr.write(formatDiagnostic(error.diagnostic, context.stderr.style));
    return undefined;
  }
}

async function openRemote(
  names: readonly ImageName[],
  reference: string,
  { registry }: OpenedRegistry,
  { limits, platform, cache, temporaryFolder = tmpdir() }: OpenImageOptions,
  { signal }: Context,
): Promise<ImageTarget> {
  const { openRemoteImage } = await import('../registry/open-remote-image.ts');
  return firstOf(names, (name) =>
    openRemoteImage(name, registry, {
      signal,
      reference,
      ...(platform === undefined ? {} : { platform }),
      ...(limits === undefined ? {} : { limits }),
      keepIn: temporaryFolder,
      ...(cache === undefined ? {} : { documents: documentsIn(cache) }),
    }),
  );
}

/** Documents are in the cache as they came. */
function documentsIn(cache: AnalysisCache): KeptDocuments {
  return {
    get: (digest) => cache.get(`document/${digest}`),
    put: (digest, bytes) => cache.put([[`document/${digest}`, bytes]]),
  };
}

/** The first of several meanings that there is; what the last one's registry says when there is none. */
export async function firstOf<T>(
  names: readonly ImageName[],
  use: (name: ImageName) => Promise<T>,
): Promise<T> {
  const [name, ...more] = names;
  if (name === undefined) throw new PlimsollError('PL0607', 'no registry is configured to look in');
  try {
    return await use(name);
  } catch (error) {
    if (!isRegistryFailure(error) || more.length === 0) throw error;
    return firstOf(more, use);
  }
}

/** Whether a registry was not reached, or does not have or give what it was asked for. */
export const isRegistryFailure = (error: unknown): boolean =>
  error instanceof PlimsollError && /^PL060[1-6]$/.test(error.code);

/** The error with what may have been meant: a file whose name was mistyped looks like an image's name. */
function withFiles(error: PlimsollError, reference: string): PlimsollError {
  if (!error.code.startsWith('PL06')) return error;
  const near = nearFiles(reference);
  // With a registry's name in it, it was never meant to be a file.
  if (near.length === 0 && /^[^/]*[.:][^/]*\//.test(reference)) return error;
  const { at, notes = [], help } = error.diagnostic;
  const files =
    near.length === 0
      ? `there is no file or folder ${reference} either`
      : `there is no file or folder ${reference} either; there is ${near.join(', ')}`;
  return new PlimsollError(error.code, error.message, {
    ...(at === undefined ? {} : { at }),
    notes: [...notes, files],
    ...(help === undefined ? {} : { help }),
    cause: error,
  });
}
