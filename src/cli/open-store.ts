// Where the store is, and how commands open it. Commands that only look never make one.
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
