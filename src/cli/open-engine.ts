// How commands open the engine. Loads the store and the C library, so it is imported by commands of containers alone.
import { arch, release } from 'node:os';
import { type Engine, openEngine } from '../engine/engine.ts';
import { runFolderOf } from '../engine/state-folder.ts';
import type { Snapshotter } from '../store/snapshots/snapshotter.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './context.ts';
import { type StoreOption, storeToWrite } from './open-store.ts';
import { namespaceVariable } from './user-namespace.ts';

/** The engine of a store that is open. @throws PlimsollError as openEngine */
export function engineOf(store: Store, context: Context): Engine {
  const { environment, own, user, signal } = context;
  const outside = environment[namespaceVariable];
  let snapshotter: Promise<Snapshotter> | undefined;
  return openEngine({
    store,
    snapshotter: () => {
      snapshotter ??= import('./open-snapshots.ts').then(
        ({ snapshotsOf }) => snapshotsOf(store, context).snapshotter,
      );
      return snapshotter;
    },
    runFolder: runFolderOf(environment, outside === undefined ? (user ?? 0) : Number(outside)),
    user,
    ordinaryUser: outside !== undefined,
    environment,
    own: own ?? { command: 'plimsoll', args: [] },
    now: () => context.now().getTime(),
    signal,
    machine: { arch: arch(), release: release() },
    note: (text) => {
      if (context.verbosity === 'verbose') context.stderr.write(`note: ${text}\n`);
    },
  });
}

/** Opens store and engine, hands the engine on, and closes both. @throws PlimsollError as storeToWrite, openEngine */
export async function withEngine<T>(
  option: StoreOption,
  context: Context,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const store = await storeToWrite(option, context);
  try {
    const engine = engineOf(store, context);
    try {
      return await use(engine);
    } finally {
      engine.close();
    }
  } finally {
    store.close();
  }
}
