// Files that run when the target starts: the chain from the entrypoint, the scripts that its scripts read in or run out of
// a folder, and the sources of what its interpreters run.
import { posix } from 'node:path';
import type { UserSpace } from '../user-space.ts';
import { startedSources } from './started-sources.ts';

/** Lines that read another script into a shell: ". /lib.sh", "source "$(dirname "$0")/lib.sh"". */
const sourcing =
  /^[ \t]*(?:\.|source)[ \t]+["']?(\$\(dirname[^)\n]{1,80}\)|\$\{?[A-Z_]*(?:DIR|HOME|curdir)[A-Z_]*\}?|)(\/?[\w./-]+)/gim;

/** Folders whose scripts are run one by one: "for f in /etc/cont-init.d/*", "run-parts /etc/x", "find "/docker-entrypoint.d/" …". */
const folders =
  /(?:\bin[ \t]+["']?|\brun-parts\b[^\n/]{0,60}["']?|\bfind[ \t]+["']?)(\/[\w.-]+(?:\/[\w.-]+)*)\/?(?:\*|["']?[ \t;]|$)/gm;

/** Folders that s6-overlay and phusion's my_init run at the start, though no script says so. */
const folderOfInit: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^(?:init|s6-svscan|s6-overlay-suexec|preinit)$/,
    ['/etc/cont-init.d', '/etc/services.d', '/etc/s6-overlay/s6-rc.d', '/custom-cont-init.d'],
  ],
  [/^my_init$/, ['/etc/my_init.d', '/etc/service']],
];

const mostScripts = 256;

/** Paths of everything that runs, as far as texts tell. */
export function startedScripts(userSpace: UserSpace): ReadonlySet<string> {
  const { start, texts, config } = userSpace;
  const found = new Set(start.flatMap(({ path }) => path ?? []));
  for (const path of startedSources(userSpace)) found.add(path);
  const kept = new Set(texts);
  const below = (folder: string) => texts.filter((path) => path.startsWith(`${folder}/`));
  const byInit = start.flatMap(({ argv }) => {
    const name = posix.basename(argv[0] ?? '');
    return folderOfInit.flatMap(([pattern, list]) =>
      pattern.test(name) ? list.flatMap(below) : [],
    );
  });
  // Shells that are no terminal's read it first.
  const first = [config?.env['BASH_ENV'], config?.env['ENV']].flatMap((path) =>
    path !== undefined && start.length > 0 ? [path] : [],
  );
  let level = [...found, ...byInit, ...first];
  for (const path of level) found.add(path);
  for (let depth = 0; depth < 4 && level.length > 0; depth++) {
    const next = new Set<string>();
    for (const path of level) {
      if (!kept.has(path)) continue;
      for (const other of ledTo(path, userSpace.text(path) ?? '', below)) {
        if (kept.has(other) && !found.has(other) && found.size + next.size < mostScripts)
          next.add(other);
      }
    }
    for (const path of next) found.add(path);
    level = [...next];
  }
  return found;
}

function ledTo(
  path: string,
  text: string,
  below: (folder: string) => readonly string[],
): readonly string[] {
  const directory = posix.dirname(path);
  const sourced = [...text.matchAll(sourcing)].map(([, base = '', name = '']) =>
    base === '' && name.startsWith('/') ? name : posix.join(directory, name),
  );
  const run = [...text.matchAll(folders)].flatMap(([, folder = '']) =>
    folder.split('/').length > 2 || folder.endsWith('.d') ? below(folder) : [],
  );
  return [...sourced, ...run];
}
