// After the end: whatever was set up for the run is taken down again. Every step may be done twice, and may find that
// there is nothing to do, because whoever did it before may have been killed in its middle.
import { join } from 'node:path';
import { callRuntime, type OciRuntime } from '../runtime/oci-runtime.ts';
import { isRunning, signalProcess } from '../sys/process-identity.ts';
import type { Container, ContainerState } from './container.ts';
import type { Engine } from './engine.ts';
import { addEvent } from './events.ts';
import { unmountSharedMemory } from './joined-namespaces.ts';
import { unmountRoot } from './make-bundle.ts';
import { tearDownNetwork } from './network/set-up-network.ts';
import { numberIn, removeFolder, textIn } from './state-folder.ts';
import { releaseVolumes } from './volumes/prepare-volumes.ts';

/** How a container ended. */
export interface Ending {
  readonly exitCode: number;
  readonly error?: string;
  /** Nothing of it ever ran: as docker, its status stays what it was before the start. */
  readonly failedStart?: boolean;
}

const SIGKILL = 9;

/** What conmon left of the end; undefined while it has not come, as far as conmon says. */
export function endingOf(engine: Engine, { id }: Container): Ending | undefined {
  const exitCode = numberIn(engine.places(id).exit);
  // conmon writes -1 when it does not know.
  return exitCode === undefined ? undefined : { exitCode: exitCode < 0 ? 255 : exitCode };
}

/** A runtime that was uninstalled meanwhile must not keep the rest from being cleaned up. */
function runtimeOrNone(engine: Engine, name: string | undefined): OciRuntime | undefined {
  try {
    return engine.runtime(name);
  } catch {
    return undefined;
  }
}

/**
 * Cleans up after a run, under the lock of the container. How it stands then.
 * @throws PlimsollError what taking down a network throws
 */
export async function endContainer(
  engine: Engine,
  container: Container,
  ending: Ending,
): Promise<Container> {
  const { id, state, settings } = container;
  const places = engine.places(id);
  const { process, monitor, network: _, volumes, error: __, ...rest } = state;
  const sameBoot = state.bootId === engine.bootId;
  if (sameBoot && process !== undefined && isRunning(process)) signalProcess(process, SIGKILL);
  const oomKilled = textIn(places.oom) !== undefined;
  const runtime = runtimeOrNone(engine, settings.runtime);
  // It fails where the runtime does not know the container (any more), which is what is wanted. The rest goes on beside
  // it: what is still used stays mounted until it ends.
  const deleted =
    runtime === undefined || !sameBoot
      ? undefined
      : callRuntime(runtime, ['delete', '--force', id]);
  // Where /run outlives the machine: numbers of processes in there are those of others now.
  if (runtime !== undefined && !sameBoot)
    removeFolder(join(engine.runFolder, 'runtime', runtime.name, id));
  for (const note of await tearDownNetwork(engine, id, engine.signal)) engine.note(note);
  releaseVolumes(engine, id, volumes);
  unmountRoot(engine, id);
  unmountSharedMemory(engine, id);
  await deleted;
  if (sameBoot && monitor !== undefined && ending.failedStart) signalProcess(monitor, SIGKILL);
  removeFolder(places.folder);
  const failedStart = ending.failedStart === true;
  const ended: ContainerState = {
    ...rest,
    status: failedStart && rest.status === 'created' ? 'created' : 'exited',
    exitCode: ending.exitCode,
    oomKilled,
    finishedMs: engine.now(),
    ...(ending.error === undefined ? {} : { error: ending.error }),
  };
  engine.records.setState(id, ended);
  const after = { ...container, state: ended };
  if (oomKilled) addEvent(engine, after, 'oom');
  if (!failedStart) addEvent(engine, after, 'die', { exitCode: String(ending.exitCode) });
  return after;
}
