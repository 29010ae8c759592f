// What conmon starts when a container has ended: this program, to clean up and, by the restart policy, to start again. A
// command that waits for the end (`run` in the foreground) does that itself and holds a lock meanwhile; a shell waits for
// the lock and finds nothing left to do, so that no second Node starts; when the command was killed, it does.
import type { Engine } from './engine.ts';

/**
 * $1 is the file with the lock, $2 the folder of the run, the rest the command; without flock(1) the command itself finds out. The file is only
 * read: flock(1) by name would make it again in a folder that is being removed.
 */
const script =
  // Held ports (hold-ports.ts) are free from now on.
  'exec 4>&- 5>&- 6>&- 7>&- 8>&-; ! command -v flock >/dev/null || flock 9 9<"$1"; ' +
  '[ -d "$2" ] || exit 0; shift 2; exec "$@"';

/** The program that cleans up after a container, and its arguments. */
export function exitCommandOf({ own, places }: Engine, id: string): readonly string[] {
  const cleanup = [own.command, ...own.args, 'container', 'cleanup', id];
  const { attended, folder } = places(id);
  return ['/bin/sh', '-c', script, 'sh', attended, folder, ...cleanup];
}
