import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Environment variables, as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where the cache lives: XDG base directory specification, "XDG_CACHE_HOME"; relative values there are to be
 * ignored. Without any of them a folder of this user's among the temporary files, where whyNotOwn looks who made it.
 */
export function cacheDirectoryOf(environment: Environment): string {
  const own = environment['PLIMSOLL_CACHE_DIR'];
  if (own && isAbsolute(own)) return own;
  const xdg = environment['XDG_CACHE_HOME'];
  if (xdg && isAbsolute(xdg)) return join(xdg, 'plimsoll');
  const home = environment['HOME'];
  if (home && isAbsolute(home)) return join(home, '.cache', 'plimsoll');
  return join(tmpdir(), `plimsoll-${process.geteuid?.() ?? 'user'}`);
}
