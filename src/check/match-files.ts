// Image conditions on files of the tree: their paths, texts, modes, and the kernel's paths that they name.
import type { ImageMatchers } from './image-matcher.ts';
import { filesMatch, type ImageMatch } from './image-matcher.ts';
import { type ImageView, isOwnScript } from './image-view.ts';
import { listOf } from './list-of.ts';

/** A pattern that says no place: only texts that are likely to be the image's own count then. */
const isBroad = (glob: string): boolean => glob.startsWith('/**');

/** What scripts touch: where nothing says what starts, the image's own ones may well be it. */
function scriptReach(view: ImageView, match: ImageMatch | undefined): ImageMatch | undefined {
  if (match === undefined || match.reach === 'start') return match;
  return view.userSpace.start.length === 0 ? { ...match, reach: 'user-space' } : match;
}

/** Conditions on files. */
export const fileMatchers: ImageMatchers<
  'path' | 'text' | 'command' | 'fileCapability' | 'setuid' | 'usesPath' | 'source'
> = {
  path({ path, type, target }, view) {
    const wanted = target === undefined ? undefined : new RegExp(target, 'm');
    const found = listOf(path)
      .flatMap((pattern) => view.paths(pattern))
      .filter((one) => {
        if (type === undefined && wanted === undefined) return true;
        const node = view.userSpace.tree.stat(one, { follow: false });
        if (type !== undefined && node?.type !== type) return false;
        return wanted === undefined || wanted.test(node?.linkTarget ?? '');
      });
    return filesMatch(
      view,
      found.map((one) => ({ path: one, detail: `${one} is there` })),
    );
  },

  text({ text, in: within, without }, view) {
    const pattern = new RegExp(text, 'm');
    const own = (path: string): boolean => view.startPaths.has(path) || isOwnScript(path);
    const excluded = without === undefined ? undefined : new RegExp(without, 'm');
    const found = listOf(within)
      .flatMap((glob) => (isBroad(glob) ? view.textsAt(glob).filter(own) : view.textsAt(glob)))
      .flatMap((path) => {
        const content = view.userSpace.text(path) ?? '';
        const hit = pattern.exec(content);
        if (hit === null || excluded?.test(content)) return [];
        const line = content.slice(0, hit.index).split('\n').length;
        const detail = (content.split('\n')[line - 1] ?? hit[0]).trim().slice(0, 160);
        return [{ path, line, detail }];
      });
    const match = filesMatch(view, found);
    if (match?.reach === 'file' && found.some(({ path }) => view.configuresStart(path)))
      return { ...match, reach: 'start' };
    return scriptReach(view, match);
  },

  command({ command, arguments: wanted, in: within }, view) {
    const pattern = wanted === undefined ? undefined : new RegExp(wanted, 'm');
    const inside = within === undefined ? undefined : view.pathMatcher(within);
    const found = listOf(command)
      .flatMap((name) => view.commands.get(name) ?? [])
      .filter(
        ({ path, text }) =>
          (inside === undefined || inside(path)) && (pattern === undefined || pattern.test(text)),
      );
    const match = filesMatch(
      view,
      found.map(({ path, line, text }) => ({ path, line, detail: text.trim().slice(0, 160) })),
    );
    return scriptReach(view, match);
  },

  fileCapability({ fileCapability, in: within, effective }, view) {
    const inside = within === undefined ? undefined : view.pathMatcher(within);
    const found = view.fileCapabilities.filter(
      (need) =>
        (fileCapability === '*' || need.permitted.includes(fileCapability)) &&
        (effective === undefined || need.effective === effective) &&
        (inside === undefined || inside(need.path)),
    );
    return filesMatch(
      view,
      found.map(({ path, permitted }) => ({
        path,
        detail: `file capability ${permitted.join(',')}`,
      })),
    );
  },

  setuid({ setuid }, view) {
    const patterns = listOf(setuid).map((pattern) => view.pathMatcher(pattern));
    const found = view.setuid.filter((path) => patterns.some((matches) => matches(path)));
    return filesMatch(
      view,
      found.map((path) => ({ path, detail: 'setuid' })),
    );
  },

  source({ source }, view) {
    const wanted = new Set(listOf(source));
    const found = view.sourceUses
      .filter(({ use }) => wanted.has(use))
      .flatMap(({ who, evidence }) =>
        evidence.map(({ path = who, ...rest }) => ({ ...rest, path })),
      );
    return scriptReach(view, filesMatch(view, found));
  },

  usesPath({ usesPath, access }, view) {
    const matches = view.pathMatcher(usesPath);
    const inScripts = view.kernelPaths
      .filter((need) => matches(need.path))
      .flatMap((need) =>
        need.evidence
          .filter(({ detail }) => access !== 'write' || detail.startsWith('writes '))
          .map(({ path = need.who, line, others }) => ({
            path,
            ...(line === undefined ? {} : { line }),
            ...(others === undefined ? {} : { others }),
            detail: `${path} uses ${need.path}`,
          })),
      );
    const elves = access === undefined ? view.userSpace.elves : [];
    const inPrograms = elves.flatMap(({ path, facts }) => {
      const used = facts.kernelPaths.find(matches);
      return used === undefined ? [] : [{ path, detail: `${path} names ${used}` }];
    });
    return filesMatch(view, [...inPrograms, ...inScripts]);
  },
};
