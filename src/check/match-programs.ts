// Image conditions on ELF files: what they link, import, were built with and are marked by.
import { satisfies } from '../lib/version.ts';
import type { ElfFile } from '../needs/user-space.ts';
import { filesMatch, type ImageMatch, type ImageMatchers } from './image-matcher.ts';
import type { ImageView } from './image-view.ts';
import { listOf } from './list-of.ts';

function inElves(
  view: ImageView,
  within: string | undefined,
  of: readonly ElfFile[],
  detail: (file: ElfFile) => string,
): ImageMatch | undefined {
  const inside = within === undefined ? undefined : view.pathMatcher(within);
  const files = inside === undefined ? of : of.filter((file) => inside(file.path));
  return filesMatch(
    view,
    files.map((file) => ({ path: file.path, detail: detail(file) })),
  );
}

/** Conditions on ELF files. */
export const programMatchers: ImageMatchers<'library' | 'imports' | 'mark' | 'elf' | 'goModule'> = {
  library({ library, in: within }, view) {
    return inElves(
      view,
      within,
      listOf(library).flatMap((name) => view.needing(name)),
      () => `links ${listOf(library).join(' or ')}`,
    );
  },

  imports({ imports, in: within }, view) {
    return inElves(
      view,
      within,
      listOf(imports).flatMap((name) => view.importing(name)),
      () => `imports ${listOf(imports).join(' or ')}`,
    );
  },

  mark({ mark, matches, version, in: within }, view) {
    const pattern = matches === undefined ? undefined : new RegExp(matches, 'm');
    const found = (view.marked.get(mark) ?? []).filter(({ facts }) => {
      const value = facts.marks[mark] ?? '';
      // Object files are parts of programs yet to be built: Go's race detector, for every system that it knows.
      return (
        facts.type !== 'relocatable' &&
        (pattern === undefined || pattern.test(value)) &&
        (version === undefined || satisfies(value, version))
      );
    });
    return inElves(view, within, found, ({ facts }) => `${mark}: ${facts.marks[mark] ?? ''}`);
  },

  elf(condition, view) {
    const { elf, machine, bits, interpreter, go, type } = condition;
    const patterns = listOf(elf).map((pattern) => view.pathMatcher(pattern));
    const loader = interpreter === undefined ? undefined : view.pathMatcher(interpreter);
    const machines = machine === undefined ? undefined : listOf(machine);
    const candidates = go === undefined ? view.userSpace.elves : view.goPrograms;
    const found = candidates.filter(({ path, facts }) => {
      if (machines !== undefined && !machines.includes(facts.machine)) return false;
      if (bits !== undefined && facts.bits !== bits) return false;
      if (loader !== undefined && !loader(facts.interpreter ?? '')) return false;
      if (go !== undefined && !(facts.go?.version && satisfies(facts.go.version, go))) return false;
      if (condition.static !== undefined && (facts.interpreter === undefined) !== condition.static)
        return false;
      if (
        condition.executableStack !== undefined &&
        (facts.executableStack === true) !== condition.executableStack
      )
        return false;
      if (type !== undefined && (facts.type === 'shared-library') !== (type === 'shared-library'))
        return false;
      return patterns.some((matches) => matches(path));
    });
    const match = filesMatch(
      view,
      found.map(({ path, facts }) => ({
        path,
        detail: facts.go?.version ? `built with Go ${facts.go.version}` : `${facts.machine} ELF`,
      })),
    );
    const version = found[0]?.facts.go?.version;
    return match && version !== undefined ? { ...match, version } : match;
  },

  goModule({ goModule, version }, view) {
    const found = listOf(goModule)
      .flatMap((name) => view.goModules(name))
      .filter((item) => version === undefined || satisfies(item.version, version));
    const match = filesMatch(
      view,
      found.map((item) => ({ path: item.path, detail: `Go module ${item.name} ${item.version}` })),
    );
    return match && found[0]?.version ? { ...match, version: found[0].version } : match;
  },
};
