// After the end: whatever was set up for the run is taken down again. Every step may be done twice, and may find that
// there is nothing to do, because whoever did it before may have been killed in its middle.
import { join } from 'node:path';
import { removeCgroups } from '../runtime/cgroups.ts';
import { callRuntime, type OciRuntime } from '../runtime/oci-runtime.ts';
import { isRunning, signalProcess } from '../sys/process-identity.ts';
import type { Container, ContainerState } from './container.ts';
import type { Engine } from './engine.ts';
import { addEvent } from './events.ts';
import { endHelpers } from './interrupted-start.ts';
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
 * Cleans up after a run, under the lock of the container. How it stands then; that is written down before the folder in
 * /run goes, which is what tells that there is something to clean up.
 * @throws PlimsollError what taking down a network throws, PL0702
 */
export async function endContainer(
  engine: Engine,
  container: Container,
  ending: Ending,
): Promise<Container> {
  const { id, state } = container;
  const places = engine.places(id);
  const { process: _, monitor: __, network: ___, volumes: ____, error: _____, ...rest } = state;
  const oomKilled = textIn(places.oom) !== undefined;
  await takeDown(engine, container, endingOf(engine, container) === undefined);
  const failedStart = ending.failedStart === true;
  const ended: ContainerState = {
    ...rest,
    status: failedStart && rest.status === 'created' ? 'created' : 'exited',
    exitCode: ending.exitCode,
    oomKilled,
    finishedMs: engine.now(),
    ...(ending.error === undefined ? {} : { error: ending.error }),
  };
  const after = { ...container, state: ended };
  engine.database.write(() => {
    engine.records.setState(id, ended);
    if (oomKilled) addEvent(engine, after, 'oom');
    if (!failedStart) addEvent(engine, after, 'die', { exitCode: String(ending.exitCode) });
  });
  removeFolder(places.folder);
  return after;
}

/** Goes on with a clean-up whose command was killed when the end was written down already. */
export async function finishEnd(engine: Engine, container: Container): Promise<void> {
  await takeDown(engine, container, true);
  removeFolder(engine.places(container.id).folder);
}

/** Takes down all that a run had but its folder. `interrupted`: conmon has not told of the end. */
async function takeDown(
  engine: Engine,
  { id, state, settings }: Container,
  interrupted: boolean,
): Promise<void> {
  const { process, volumes } = state;
  const { folder } = engine.places(id);
  const sameBoot = state.bootId === engine.bootId;
  if (sameBoot && process !== undefined && isRunning(process)) signalProcess(process, SIGKILL);
  const runtime = runtimeOrNone(engine, settings.runtime);
  if (sameBoot && interrupted) await endHelpers(folder, runtime?.name ?? '');
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
  // systemd takes its scopes away by itself.
  if (!interrupted || engine.cgroupManager !== 'cgroupfs') return;
  if (runtime !== undefined) removeFolder(join(engine.runFolder, 'runtime', runtime.name, id));
  await removeCgroups(settings.config.cgroupsPath ?? `/plimsoll/${id}`);
}
