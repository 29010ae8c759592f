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

/**
 * Opens store and engine, hands the engine on, and closes both. A process of its own ends without closing the databases:
 * who closes one last has to bring its journal into it and onto the disk, which costs several milliseconds and is as well
 * done by who comes later.
 * @throws PlimsollError as storeToWrite, openEngine
 */
export async function withEngine<T>(
  option: StoreOption,
  context: Context,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const store = await storeToWrite(option, context);
  let engine: Engine | undefined;
  try {
    engine = engineOf(store, context);
    return await use(engine);
  } finally {
    if (!context.endProcess()) {
      engine?.close();
      store.close();
    }
  }
}
