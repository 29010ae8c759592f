// Which sources of interpreted programs run when an interpreter starts: the file that it is given, and what lies beside
// and below it or the working directory. Imports are not followed: an application's own folder is what it is made of.
import { posix } from 'node:path';
import {
  languageOfInterpreter,
  type SourceLanguage,
  sourceLanguage,
} from '../../formats/source-code.ts';
import { baseName } from '../../lib/path.ts';
import type { ScriptFile, UserSpace } from '../user-space.ts';

/** Folders of many programs: what lies there beside the one that starts is somebody else's. */
const shared =
  /^\/(?:(?:usr\/(?:local\/)?)?(?:s?bin|lib|libexec|share)|etc|opt|tmp|var|home|srv|usr|usr\/local)?$/;

/** Parts of an application that do not run with it. */
const aside = /\/(?:tests?|spec|__tests__|examples?|docs?|benchmarks?|scripts\/dev)\//;

type Started = Pick<UserSpace, 'start' | 'scripts' | 'config' | 'tree'>;

/** Paths of the sources that run. */
export function startedSources({ start, scripts, config, tree }: Started): ReadonlySet<string> {
  const found = new Set<string>();
  const folders = new Map<SourceLanguage, Set<string>>();
  const from = config?.workingDirectory || '/';
  for (const { argv, path } of start) {
    const language = languageOfInterpreter(baseName(path ?? argv[0] ?? ''));
    if (language === undefined) continue;
    const places = folders.get(language) ?? new Set();
    folders.set(language, places);
    places.add(from);
    for (const word of argv.slice(1)) {
      if (word.startsWith('-')) continue;
      const node = tree.stat(posix.resolve('/', from, word));
      if (node?.type === 'directory') places.add(node.path);
      if (node?.type !== 'file') continue;
      found.add(node.path);
      places.add(posix.dirname(node.path));
    }
  }
  if (folders.size === 0) return found;
  for (const script of scripts) {
    const language = languageOf(script);
    const places = language === undefined ? undefined : folders.get(language);
    if (places === undefined || aside.test(script.path)) continue;
    if ([...places].some((place) => !shared.test(place) && script.path.startsWith(`${place}/`)))
      found.add(script.path);
  }
  return found;
}

function languageOf({ path, interpreter, argument }: ScriptFile): SourceLanguage | undefined {
  const words = [interpreter ?? '', ...(argument ?? '').split(' ')].map(baseName);
  return (
    sourceLanguage(path) ??
    words.map(languageOfInterpreter).find((language) => language !== undefined)
  );
}
