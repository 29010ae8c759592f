// The files that make up a running program: what its loader maps at the start, and what it opens later by names that
// stand in its code or in nsswitch.conf. Grows until nothing new is named.
import type { FileTree } from '../../../image/file-tree.ts';
import { type Closure, type LoaderView, librarySearch } from '../../library-search.ts';
import type { ElfFile } from '../../user-space.ts';
import type { SummarySource } from '../summary-source.ts';
import { fileTraits } from './file-traits.ts';
import { type LinkedFile, type Opened, type Reach, reach } from './link.ts';
import { type Collected, collectCalls } from './link-sites.ts';
import { askedServices } from './name-services.ts';
import { type ModuleChoice, type Opening, openedModules } from './opened-modules.ts';

export interface ProgramView extends LoaderView {
  readonly tree: FileTree;
}

export interface LinkedProgram {
  readonly program: ElfFile;
  readonly files: readonly LinkedFile[];
  readonly elves: readonly ElfFile[];
  readonly reached: Reach;
  readonly collected: Collected;
  /** Absent for what the target itself starts. */
  readonly startedBy?: StartedBy;
  /** What stays open and is not at one place in the code: modules that the configuration chooses, libraries not found. */
  readonly openEnds: readonly OpenEnd[];
}

/** The program that starts another one, and what says so. */
export interface StartedBy {
  readonly program: string;
  readonly why: string;
}

export interface OpenEnd {
  readonly kind:
    | 'name-service'
    | 'modules'
    | 'library-not-found'
    | 'symbol-not-found'
    | 'file-not-analysed'
    /** There is more code than was to be read. */
    | 'file-left-out';
  readonly detail: string;
}

const maxRounds = 12;
const maxOpened = 1024;

interface Loaded {
  readonly elf: ElfFile;
  readonly role: LinkedFile['role'];
  readonly opened: Opened[];
}

/** Links a program, or a library by itself, with everything that it loads. */
export async function linkProgram(
  program: ElfFile,
  view: ProgramView,
  summaries: SummarySource,
): Promise<LinkedProgram> {
  const search = librarySearch(view);
  const loaded = new Map<string, Loaded>();
  const openEnds = new Map<string, OpenEnd>();
  const note = (kind: OpenEnd['kind'], detail: string): void => {
    openEnds.set(`${kind} ${detail}`, { kind, detail });
  };
  const add = (closure: Closure, roleOf: (elf: ElfFile) => LinkedFile['role']): void => {
    for (const elf of closure.objects)
      if (!loaded.has(elf.path)) loaded.set(elf.path, { elf, role: roleOf(elf), opened: [] });
    for (const { name, by } of closure.missing)
      note('library-not-found', `${name}, needed by ${by.path}`);
  };
  const interpreter =
    program.facts.interpreter === undefined ? undefined : view.elves.at(program.facts.interpreter);
  const isLibrary = program.facts.type === 'shared-library' && interpreter === undefined;
  add(search.closure(program), (elf) =>
    elf === program
      ? isLibrary
        ? 'whole'
        : 'program'
      : elf === interpreter
        ? 'loader'
        : 'library',
  );
  const asked = new Set<string>();
  let names = new Set<string>();
  for (let round = 0; ; round++) {
    const files: LinkedFile[] = [];
    const elves: ElfFile[] = [];
    summaries.prepare(loaded.keys());
    for (const { elf, role, opened } of loaded.values()) {
      const summary = await summaries.of(elf.path);
      if (summary === undefined) {
        note(
          summaries.isLeftOut?.(elf.path) === true ? 'file-left-out' : 'file-not-analysed',
          elf.path,
        );
        continue;
      }
      files.push({
        path: elf.path,
        summary,
        role,
        opened,
        traits: fileTraits(elf, summary, role, view.tree),
      });
      elves.push(elf);
    }
    const reached = reach(files, names);
    const collected = collectCalls(reached);
    const choices = openedModules({ view, program, elves, reached });
    let more = false;
    for (const opening of [
      ...namedLibraries(reached, collected),
      ...nameServices(view, reached, note),
      ...choices.flatMap(({ openings }) => openings),
    ]) {
      const opener = elves[opening.by] ?? program;
      const key = `${opener.path} ${opening.name} ${opening.exports?.source}`;
      if (asked.has(key) || loaded.size >= maxOpened) continue;
      asked.add(key);
      if (open(opening, opener, program, search.closure, loaded, add)) more = true;
    }
    const grown = [...collected.lookups].some((name) => !names.has(name));
    names = new Set([...names, ...collected.lookups]);
    if ((!more && !grown) || round >= maxRounds) {
      for (const name of reached.missing) note('symbol-not-found', name);
      for (const { rule } of choices) note('modules', rule);
      return {
        program,
        files,
        elves,
        reached,
        collected: withoutChosen(collected, choices),
        openEnds: [...openEnds.values()],
      };
    }
  }
}

/** Loads what an opening names, with what that needs; whether anything is new by it. */
function open(
  { name, why, exports }: Opening,
  opener: ElfFile,
  program: ElfFile,
  closure: (elf: ElfFile) => Closure,
  loaded: Map<string, Loaded>,
  add: (closure: Closure, roleOf: (elf: ElfFile) => LinkedFile['role']) => void,
): boolean {
  // As if the opener had needed it from the start: the loader searches the same directories.
  const { interpreter } = program.facts;
  const asker: ElfFile = {
    path: opener.path,
    facts: {
      ...opener.facts,
      needed: [name],
      ...(interpreter === undefined ? {} : { interpreter }),
    },
  };
  const found = closure(asker);
  const first = found.byName.get(name);
  if (first === undefined) return false;
  const objects = found.objects.filter((elf) => elf !== asker);
  if (!loaded.has(first.path))
    add({ ...found, objects, missing: found.missing.filter(({ by }) => by !== asker) }, (elf) =>
      elf === first ? 'opened' : 'library',
    );
  const known = loaded.get(first.path);
  // A program does not open itself, and its loader opens what it reads as data.
  if (known === undefined || known.role === 'program' || known.role === 'loader') return false;
  // Of what was loaded from the start it is a second handle: the names that are looked up tell more than 'all'.
  if (known.role === 'library' && exports === undefined) return false;
  known.opened.push({ why, ...(exports === undefined ? {} : { exports }) });
  return true;
}

/** What glibc looks up in libraries that it opens by name (sysdeps/generic/unwind-link.h, inet/idna.c). */
const glibcLookups: ReadonlyMap<string, RegExp> = new Map([
  [
    'libgcc_s.so.1',
    /^(?:_Unwind_(?:Backtrace|ForcedUnwind|GetCFA|GetGR|GetIP|Resume)|__gcc_personality_v0)$/,
  ],
  ['libidn2.so.0', /^idn2_(?:lookup_ul|to_unicode_lzlz)$/],
]);

const libcName = /\/libc[.-][^/]*$/;
const nothing = /^$/;

/** Libraries whose names stand in reached code. */
function namedLibraries(reached: Reach, { opens, unsolved }: Collected): Opening[] {
  const unsolvedIn = new Set(
    unsolved.filter(({ kind }) => kind === 'symbol').map(({ place }) => place.file),
  );
  // The loader compares names of libraries; it opens what files ask for.
  const named = opens.filter(({ by }) => reached.files[by.file]?.role !== 'loader');
  return named.map(({ name, by: { file } }) => {
    const { path = '', summary } = reached.files[file] ?? {};
    // All that a file looks up is known when it does so by names that are.
    const looksUp =
      !unsolvedIn.has(file) &&
      summary?.symbols.some((symbol) => /^dlv?sym$/.test(symbol.name) && !symbol.isDefined);
    const exports =
      (libcName.test(path) ? glibcLookups.get(name) : undefined) ?? (looksUp ? nothing : undefined);
    return {
      name,
      by: file,
      why: `opened by ${path}, in which its name stands`,
      ...(exports === undefined ? {} : { exports }),
    };
  });
}

/** Whether a C library has glibc's symbol versions. */
const isGlibc = (summary: LinkedFile['summary'] | undefined): boolean =>
  summary?.symbols.some(({ version }) => version?.startsWith('GLIBC_') === true) === true;

/** Libraries of name services that nsswitch.conf names for the databases that are asked. */
function nameServices(
  view: ProgramView,
  reached: Reach,
  note: (kind: OpenEnd['kind'], detail: string) => void,
): Opening[] {
  const libc = reached.files.findIndex(({ path }) => libcName.test(path));
  // musl asks its own files only.
  if (libc < 0 || !isGlibc(reached.files[libc]?.summary)) return [];
  const services = askedServices(reached.reachedExport, view.text('/etc/nsswitch.conf'));
  for (const [database, list] of Map.groupBy(services, (one) => one.database))
    note(
      'name-service',
      `${list[0]?.by} asks ${database} of /etc/nsswitch.conf (${list.map(({ service }) => service).join(', ')}); another configuration loads others`,
    );
  return services.map(({ database, service, exports }) => ({
    name: `libnss_${service}.so.2`,
    by: libc,
    why: `loaded for '${service}' of ${database} in /etc/nsswitch.conf`,
    exports,
  }));
}

/** Where a rule chose the modules of a file, that its dlopen takes a computed name leaves nothing open. */
function withoutChosen(collected: Collected, choices: readonly ModuleChoice[]): Collected {
  const solved = new Set(choices.map(({ by }) => by));
  return {
    ...collected,
    unsolved: collected.unsolved.filter(
      ({ kind, place }) => kind === 'number' || kind === 'start' || !solved.has(place.file),
    ),
  };
}
