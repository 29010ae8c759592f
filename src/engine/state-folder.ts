// Where a container's life is on disk. What must not outlive the machine's run is in /run: a folder for each container
// that was started and has not been cleaned up, which is the bundle of the OCI runtime and the folder of conmon at once.
//
//   RUN/ID/config.json       the OCI specification
//   RUN/ID/rootfs            the mounted root file system
//   RUN/ID/shm               /dev/shm of one whose IPC others may join
//   RUN/ID/attach, ctl       sockets of conmon: standard streams; size of the terminal
//   RUN/ID/pid, monitor.pid  first process of the container; conmon
//   RUN/ID/exit, oom         written by conmon when the container has ended
//   RUN/ID/attended          locked by a command that waits for the end and cleans up itself
//   RUN/ID/calls             socket of the supervisor of one with --as; RUN/ID/host what it is shown of that host
//   RUN/locks/ID             locked by whoever changes the container
//   RUN/runtime/NAME         what the OCI runtime keeps
//
// What stays until the container is removed is in the store: ROOT/containers/ID, with the log.
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';

/** The places of one container. */
export interface ContainerPlaces {
  readonly folder: string;
  readonly config: string;
  readonly rootfs: string;
  readonly sharedMemory: string;
  readonly attach: string;
  readonly control: string;
  readonly pid: string;
  readonly monitorPid: string;
  readonly exit: string;
  readonly oom: string;
  readonly attended: string;
  readonly calls: string;
  readonly lock: string;
  /** In the store. */
  readonly kept: string;
  readonly log: string;
}

/** The places of a container, by its id. */
export function placesOf(runFolder: string, storeRoot: string, id: string): ContainerPlaces {
  const folder = join(runFolder, id);
  const kept = join(storeRoot, 'containers', id);
  return {
    folder,
    config: join(folder, 'config.json'),
    rootfs: join(folder, 'rootfs'),
    sharedMemory: join(folder, 'shm'),
    attach: join(folder, 'attach'),
    control: join(folder, 'ctl'),
    pid: join(folder, 'pid'),
    monitorPid: join(folder, 'monitor.pid'),
    exit: join(folder, 'exit'),
    oom: join(folder, 'oom'),
    attended: join(folder, 'attended'),
    calls: join(folder, 'calls'),
    lock: join(runFolder, 'locks', id),
    kept,
    log: join(kept, 'container.log'),
  };
}

/**
 * The folder in /run: PLIMSOLL_RUN_DIR, /run/plimsoll of root, $XDG_RUNTIME_DIR/plimsoll of everybody else, or where there
 * is none of that, one in /tmp with the number of the user.
 */
export function runFolderOf(
  environment: Readonly<Record<string, string | undefined>>,
  user: number,
): string {
  const given = environment['PLIMSOLL_RUN_DIR'];
  if (given && isAbsolute(given)) return given;
  if (user === 0) return '/run/plimsoll';
  const runtime = environment['XDG_RUNTIME_DIR'];
  if (runtime && isAbsolute(runtime)) return join(runtime, 'plimsoll');
  return `/tmp/plimsoll-run-${user}`;
}

/** Makes the folder in /run. @throws PlimsollError PL0825 also where it is somebody else's */
export function makeRunFolder(path: string, user: number | undefined): void {
  try {
    mkdirSync(join(path, 'locks'), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw runFailure(path, systemReason(cause), cause);
  }
  const { uid } = statSync(path);
  if (user !== undefined && uid !== user)
    throw runFailure(path, `it belongs to user ${uid}`, undefined);
}

function runFailure(path: string, reason: string, cause: unknown): PlimsollError {
  return new PlimsollError(
    'PL0825',
    `the folder for running containers cannot be used: ${reason}`,
    {
      at: { path },
      help: 'see that XDG_RUNTIME_DIR is yours, or name another folder with PLIMSOLL_RUN_DIR',
      cause,
    },
  );
}

/** The content of a small file; undefined where it is not there. */
export function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A number in a file; undefined where there is none. */
export function numberIn(path: string): number | undefined {
  const text = textIn(path)?.trim();
  return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
}

/** Removes a folder and what is in it. What is mounted in it must be unmounted before. */
export function removeFolder(path: string): void {
  // conmon may still be writing its last file.
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 10 });
}

/** Identifies this run of the machine. */
export function bootIdOf(): string {
  return textIn('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}
