// Where the store is, and how commands open it. Commands that only look never make one.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Digest } from '../image/image.ts';
import { openStore, openStoreToRead } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './context.ts';
import { type StoreOption, storeRootOf } from './store-option.ts';

export { addStoreOption, type StoreOption, storeRootOf } from './store-option.ts';

/** Opens the store to read and write, making it where it is not there. @throws PlimsollError as openStore */
export function storeToWrite(option: StoreOption, context: Context): Promise<Store> {
  const { signal, user } = context;
  return openStore(storeRootOf(option, context), {
    now: () => context.now().getTime(),
    signal,
    ...(user === undefined ? {} : { user }),
  });
}

/** Opens the store to look; undefined where there is none. @throws PlimsollError as openStoreToRead */
export function storeToRead(option: StoreOption, context: Context): Store | undefined {
  return openStoreToRead(storeRootOf(option, context), { now: () => context.now().getTime() });
}

/** A store whose images are read for a while. */
export interface HeldStore {
  readonly store: Store;
  /** Keeps what the digests name from a collection until `close`; to be called before it is looked whether it is there. */
  protect(digests: readonly Digest[]): void;
  close(): void;
}

/**
 * Opens the store to read whole images from it, so that no `rmi` or `prune` meanwhile takes away what is still to be
 * read. Who may not write to the store can read it all the same, without that. Undefined where there is none.
 * @throws PlimsollError as openStore
 */
export async function storeToHold(
  option: StoreOption,
  context: Context,
): Promise<HeldStore | undefined> {
  const looked = storeToRead(option, context);
  if (looked === undefined) return undefined;
  let store: Store;
  try {
    store = await storeToWrite(option, context);
  } catch (error) {
    const mayNotWrite = error instanceof PlimsollError && notWritable.has(error.code);
    if (mayNotWrite) return { store: looked, protect() {}, close: () => looked.close() };
    looked.close();
    throw error;
  }
  looked.close();
  try {
    const lease = await store.lease();
    return {
      store,
      protect: (digests) => lease.protect(digests),
      close() {
        lease.release();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** A store of somebody else, or on a disk that is read only. */
const notWritable: ReadonlySet<string> = new Set(['PL0701', 'PL0702']);
