// The files that make up a running program: what its loader maps at the start, and what it opens later by names that
// stand in its code or in nsswitch.conf. Grows until nothing new is named.
import type { FileTree } from '../../image/file-tree.ts';
import { type Closure, type LoaderView, librarySearch } from '../library-search.ts';
import type { ElfFile } from '../user-space.ts';
import { type LinkedFile, type Reach, reach } from './link.ts';
import { type Collected, collectCalls } from './link-sites.ts';
import { nameServices, nssFunctions } from './name-services.ts';
import type { SummarySource } from './summary-source.ts';

export interface ProgramView extends LoaderView {
  readonly tree: FileTree;
}

export interface LinkedProgram {
  readonly program: ElfFile;
  readonly files: readonly LinkedFile[];
  readonly elves: readonly ElfFile[];
  readonly reached: Reach;
  readonly collected: Collected;
  /** What stays open and is not at one place in the code: modules that the configuration chooses, libraries not found. */
  readonly openEnds: readonly OpenEnd[];
}

export interface OpenEnd {
  readonly kind: 'name-service' | 'library-not-found' | 'symbol-not-found' | 'file-not-analysed';
  readonly detail: string;
}

const maxRounds = 12;
const maxOpened = 256;

interface Loaded {
  readonly elf: ElfFile;
  readonly role: LinkedFile['role'];
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
      if (!loaded.has(elf.path)) loaded.set(elf.path, { elf, role: roleOf(elf) });
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
    for (const { elf, role } of loaded.values()) {
      const summary = await summaries.of(elf.path);
      if (summary === undefined) {
        note('file-not-analysed', elf.path);
        continue;
      }
      files.push({ path: elf.path, summary, role });
      elves.push(elf);
    }
    const reached = reach(files, names);
    const collected = collectCalls(reached);
    const wanted = wantedLibraries(view, reached, collected, note);
    const before = loaded.size;
    for (const { name, by } of wanted) {
      const opener = elves[by] ?? program;
      const key = `${opener.path} ${name}`;
      if (asked.has(key) || loaded.size >= maxOpened) continue;
      asked.add(key);
      open(name, opener, program, search.closure, loaded, add);
    }
    const grown = [...collected.lookups].some((name) => !names.has(name));
    names = new Set([...names, ...collected.lookups]);
    if ((loaded.size === before && !grown) || round >= maxRounds) {
      for (const name of reached.missing) note('symbol-not-found', name);
      return { program, files, elves, reached, collected, openEnds: [...openEnds.values()] };
    }
  }
}

function open(
  name: string,
  opener: ElfFile,
  program: ElfFile,
  closure: (elf: ElfFile) => Closure,
  loaded: Map<string, Loaded>,
  add: (closure: Closure, roleOf: (elf: ElfFile) => LinkedFile['role']) => void,
): void {
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
  if (first === undefined) return;
  const objects = found.objects.filter((elf) => elf !== asker);
  // A program does not open itself, and its loader opens what it reads as data.
  const known = loaded.get(first.path);
  if (known !== undefined) return;
  add({ ...found, objects, missing: found.missing.filter(({ by }) => by !== asker) }, (elf) =>
    elf === first ? 'opened' : 'library',
  );
}

function wantedLibraries(
  view: ProgramView,
  reached: Reach,
  collected: Collected,
  note: (kind: OpenEnd['kind'], detail: string) => void,
): readonly { readonly name: string; readonly by: number }[] {
  const wanted = collected.opens.map(({ name, by }) => ({ name, by: by.file }));
  const first = reached.reachedExport(nssFunctions);
  if (first === undefined) return wanted;
  const services = nameServices(view.text('/etc/nsswitch.conf'));
  note(
    'name-service',
    `${first} asks the name services of /etc/nsswitch.conf (${services.join(', ')}); another configuration loads others`,
  );
  const libc = reached.files.findIndex(({ path }) => /\/libc[.-]/.test(path));
  return [
    ...wanted,
    ...services.map((service) => ({ name: `libnss_${service}.so.2`, by: Math.max(libc, 0) })),
  ];
}
