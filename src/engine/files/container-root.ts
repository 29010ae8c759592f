// The files of a container as it sees them itself, volumes with them, held open from outside. Nothing is ever looked up by
// a path that leads through the container: who copies goes down from the descriptor name by name (src/store/unpack/folder-walk.ts),
// so that no link, however quickly it is put in place, leads out (CVE-2018-15664, CVE-2019-14271).
import { closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { walkFolders } from '../../store/unpack/folder-walk.ts';
import { openDirectory } from '../../sys/file-calls.ts';
import { type HeldDirectory, inPrivateMounts, rootOfNamespace } from '../../sys/mount-namespace.ts';
import { mountAt } from '../../sys/mounts.ts';
import { isRunning } from '../../sys/process-identity.ts';
import { type Container, isAlive } from '../container.ts';
import { prepareSnapshot, snapshotKey } from '../create-container.ts';
import { type Engine, withContainer } from '../engine.ts';
import { sameUsers, type UserView, usersThroughMounts } from '../mapped-users.ts';
import { refreshContainer } from '../refresh-container.ts';
import { volumeData } from '../volumes/volume-record.ts';
import type { RequestedMount } from '../volumes/volumes.ts';

/** A container's root, held open, and whose its files are as they show there. */
export interface ContainerRoot extends HeldDirectory {
  readonly users: UserView;
}

/**
 * Opens the root of a container: of its own mounts where it runs, else of a mount that nobody sees.
 * @throws PlimsollError PL0820, PL0870
 */
export function openContainerRoot(engine: Engine, id: string): Promise<ContainerRoot> {
  return withContainer(engine, id, async (found) => {
    const container = await refreshContainer(engine, found);
    try {
      return isAlive(container.state)
        ? { ...runningRoot(container), users: usersThroughMounts(container.settings.config) }
        : { ...(await restingRoot(engine, container)), users: sameUsers };
    } catch (cause) {
      if (cause instanceof PlimsollError) throw cause;
      throw new PlimsollError(
        'PL0870',
        `the files of container ${container.name} could not be opened: ${systemReason(cause)}`,
        { help: 'plimsoll ps -a shows how it stands', cause },
      );
    }
  });
}

function runningRoot({ name, state }: Container): HeldDirectory {
  const { process: first } = state;
  const ended = new PlimsollError('PL0826', `container ${name} has just ended`, {
    help: 'try again: its files are there as before',
  });
  if (first === undefined) throw ended;
  const namespace = openSync(`/proc/${first.pid}/ns/mnt`, constants.O_RDONLY);
  // The number may be another process' by now.
  if (!isRunning(first)) {
    closeSync(namespace);
    throw ended;
  }
  return rootOfNamespace(namespace);
}

async function restingRoot(engine: Engine, container: Container): Promise<HeldDirectory> {
  await prepareSnapshot(engine, container);
  const snapshotter = await engine.snapshotter();
  const mounts = await snapshotter.mounts(snapshotKey(container.id), {
    disposable: container.settings.autoRemove,
  });
  const { kept } = engine.places(container.id);
  mkdirSync(kept, { recursive: true, mode: 0o700 });
  return inPrivateMounts(() => {
    for (const mount of mounts) mountAt(mount, kept);
    for (const mount of container.settings.volumes.mounts) layOver(engine, kept, mount);
    return openDirectory(kept);
  });
}

/** Puts a volume or a bind in its place, as a start would. */
function layOver(engine: Engine, root: string, mount: RequestedMount): void {
  if (mount.kind === 'tmpfs' || (mount.kind === 'volume' && mount.subpath !== undefined)) return;
  const source = mount.kind === 'bind' ? mount.source : volumeData(engine, mount.name ?? '');
  // Files that are bound, and what is not there, are left to the start.
  if (!statSync(source, { throwIfNoEntry: false })?.isDirectory()) return;
  const walk = walkFolders(root, { onMade: () => undefined });
  try {
    const place = walk.enter(mount.destination, true);
    if (place === undefined || !('fd' in place)) return;
    const options = ['rbind', mount.readOnly ? 'ro' : 'rw'];
    mountAt({ type: 'bind', source, options }, `/proc/self/fd/${place.fd}`);
  } finally {
    walk.close();
  }
}
