import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type Container, isAlive } from './container.ts';
import { snapshotKey } from './create-container.ts';
import { endContainer } from './end-container.ts';
import type { Engine } from './engine.ts';
import { addEvent } from './events.ts';
import { logKind } from './logs/log-drivers.ts';
import { refreshContainer } from './refresh-container.ts';
import { cancelRestart } from './restart-policy.ts';
import { removeFolder } from './state-folder.ts';
import { removeAnonymousVolumes } from './volumes/plan-volumes.ts';
import { usersOfVolume } from './volumes/volume-users.ts';

/** How a container is removed. */
export interface RemoveOptions {
  /** Kill it if it runs. */
  readonly force?: boolean;
  /** Remove its anonymous volumes too. */
  readonly volumes?: boolean;
}

const killedExitCode = 137;

/**
 * Removes a container, under its lock. The record goes last: a removal that was interrupted is still shown, and can be
 * asked for again.
 * @throws PlimsollError PL0826 while it is alive, those of endContainer and of the snapshotter
 */
export async function removeContainer(
  engine: Engine,
  given: Container,
  { force = false, volumes = false }: RemoveOptions = {},
): Promise<void> {
  const container = await refreshContainer(engine, given);
  const { id, state, settings } = container;
  if (isAlive(state)) {
    if (!force) {
      throw new PlimsollError(
        'PL0826',
        `cannot remove container "${container.name}": container is ${state.status}`,
        { help: `stop it first, or remove it all the same: plimsoll rm -f ${container.name}` },
      );
    }
    await endContainer(engine, container, { exitCode: killedExitCode });
  }
  cancelRestart(state);
  engine.records.setState(id, { ...(engine.records.get(id)?.state ?? state), status: 'removing' });
  const snapshotter = await engine.snapshotter();
  await snapshotter.remove(snapshotKey(id));
  // Of one that was to go by itself they were to go too.
  if (volumes || settings.autoRemove)
    removeAnonymousVolumes(engine, settings.volumes, (name) =>
      usersOfVolume(engine.records, name).some((other) => other.id !== id),
    );
  removeFolder(engine.places(id).folder);
  const { kept } = engine.places(id);
  if (logKind(settings.log.driver) === 'forwarded')
    (await import('./logs/forwarder.ts')).keepUnsent(engine.store.root, kept);
  removeFolder(kept);
  engine.database.write(() => {
    engine.records.remove(id);
    addEvent(engine, container, 'destroy');
  });
}
