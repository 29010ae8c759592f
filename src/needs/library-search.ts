// Finds libraries as the loaders do. glibc (ld.so(8)): DT_RPATH of the object and its loaders unless the object has
// DT_RUNPATH, LD_LIBRARY_PATH, DT_RUNPATH of the object, the directories of ld.so.conf, then the default ones; musl
// (ldso/dynlink.c): LD_LIBRARY_PATH, both kinds of path of the object and its loaders, then the directories of
// /etc/ld-musl-ARCH.path or its defaults. A candidate of another machine or class is passed over.
import { posix } from 'node:path';
import type { FileTree } from '../image/file-tree.ts';
import type { ElfIndex } from './elf-index.ts';
import { compileName, isLiteral } from './name-pattern.ts';
import type { ElfFile } from './user-space.ts';

/** What the loader of a user space looks at. */
export interface LoaderView {
  readonly tree: FileTree;
  readonly elves: ElfIndex;
  readonly env: Readonly<Record<string, string>>;
  text(path: string): string | undefined;
}

/** A library that an object asks for. */
export interface Wanted {
  readonly name: string;
  readonly by: ElfFile;
}

/** What a program loads: all objects found, breadth first with the program first, and the libraries not found. */
export interface Closure {
  readonly objects: readonly ElfFile[];
  readonly missing: readonly Wanted[];
  /** The library that stands for each name in DT_NEEDED. */
  readonly byName: ReadonlyMap<string, ElfFile>;
}

/** Debian's names of multiarch directories, and the directories of 64 bits elsewhere. */
const multiarch: Readonly<Record<string, readonly string[]>> = {
  x86_64: ['x86_64-linux-gnu'],
  i386: ['i386-linux-gnu', 'i686-linux-gnu'],
  aarch64: ['aarch64-linux-gnu'],
  arm: ['arm-linux-gnueabihf', 'arm-linux-gnueabi'],
  riscv64: ['riscv64-linux-gnu'],
  ppc64le: ['powerpc64le-linux-gnu'],
  ppc64: ['powerpc64-linux-gnu'],
  s390x: ['s390x-linux-gnu'],
  mips64el: ['mips64el-linux-gnuabi64'],
  loongarch64: ['loongarch64-linux-gnu'],
};

const maximumObjects = 2048;
const maximumConfigurations = 64;

/** Makes a search whose answers are kept: one for a user space. */
export function librarySearch(view: LoaderView): {
  closure(program: ElfFile): Closure;
  isMusl(program: ElfFile): boolean;
} {
  const configured = new Map<string, readonly string[]>();
  // gcompat and libc6-compat of Alpine put musl, or what hands over to it, in the place of glibc's loader.
  const isMusl = ({ facts: { interpreter } }: ElfFile): boolean =>
    interpreter !== undefined &&
    /\/ld-musl-|\/libgcompat\.so/.test(view.elves.at(interpreter)?.path ?? interpreter);
  const defaultsOf = (program: ElfFile): readonly string[] => {
    const key = `${program.facts.machine} ${isMusl(program)}`;
    const known =
      configured.get(key) ??
      (isMusl(program) ? muslDirectories(view, program) : glibcDirectories(view, program));
    configured.set(key, known);
    return known;
  };
  const found = new Map<string, ElfFile | undefined>();
  const inDirectory = (directory: string, name: string, program: ElfFile): ElfFile | undefined => {
    const key = `${program.facts.machine} ${program.facts.bits} ${directory}/${name}`;
    if (found.has(key)) return found.get(key);
    const candidate = view.elves.at(posix.normalize(`${directory}/${name}`));
    const fits =
      candidate !== undefined &&
      candidate.facts.machine === program.facts.machine &&
      candidate.facts.bits === program.facts.bits
        ? candidate
        : undefined;
    found.set(key, fits);
    return fits;
  };
  const find = (
    name: string,
    loaders: readonly ElfFile[],
    program: ElfFile,
  ): ElfFile | undefined => {
    const [by = program] = loaders;
    if (name.includes('/')) {
      const path = posix.resolve(posix.dirname(by.path), name);
      return view.elves.at(path);
    }
    for (const directory of directoriesFor(loaders, program, view, { isMusl, defaultsOf })) {
      const hit = inDirectory(directory, name, program);
      if (hit !== undefined) return hit;
    }
    return undefined;
  };
  return {
    isMusl,
    closure(program) {
      const objects: ElfFile[] = [program];
      const loadersOf = new Map<ElfFile, readonly ElfFile[]>([[program, [program]]]);
      const byName = new Map<string, ElfFile>();
      const missing = new Map<string, Wanted>();
      const interpreter =
        program.facts.interpreter === undefined
          ? undefined
          : view.elves.at(program.facts.interpreter);
      if (interpreter?.facts.soname !== undefined)
        byName.set(interpreter.facts.soname, interpreter);
      for (let at = 0; at < objects.length && objects.length < maximumObjects; at++) {
        const object = objects[at] ?? program;
        for (const name of object.facts.needed) {
          if (byName.has(name) || missing.has(name)) continue;
          const loaders = loadersOf.get(object) ?? [object];
          const hit =
            isMusl(program) && muslBuiltIn.test(name) ? interpreter : find(name, loaders, program);
          if (hit === undefined) missing.set(name, { name, by: object });
          else {
            byName.set(name, hit);
            if (!loadersOf.has(hit)) {
              loadersOf.set(hit, [hit, ...loaders]);
              objects.push(hit);
            }
          }
        }
      }
      if (interpreter !== undefined && !loadersOf.has(interpreter)) objects.push(interpreter);
      return { objects, missing: [...missing.values()], byName };
    },
  };
}

/** Libraries that musl's one file stands for (ldso/dynlink.c, "reserved" names). */
const muslBuiltIn =
  /^(?:libc|libpthread|librt|libm|libdl|libutil|libxnet|ld-musl-[^.]*)\.so|^libc\.musl-/;

interface LoaderKind {
  /** Whether a program is loaded by musl's loader. */
  isMusl(program: ElfFile): boolean;
  defaultsOf(program: ElfFile): readonly string[];
}

function* directoriesFor(
  loaders: readonly ElfFile[],
  program: ElfFile,
  view: LoaderView,
  { isMusl, defaultsOf }: LoaderKind,
): Generator<string> {
  const [by = program] = loaders;
  const environment = (view.env['LD_LIBRARY_PATH'] ?? '')
    .split(/[:;]/)
    .filter((each) => each.startsWith('/'));
  if (isMusl(program)) {
    yield* environment;
    for (const loader of loaders) {
      yield* expand(
        loader.facts.runpath.length > 0 ? loader.facts.runpath : loader.facts.rpath,
        loader,
      );
    }
  } else {
    if (by.facts.runpath.length === 0) {
      for (const loader of loaders)
        if (loader.facts.runpath.length === 0) yield* expand(loader.facts.rpath, loader);
    }
    yield* environment;
    yield* expand(by.facts.runpath, by);
  }
  yield* defaultsOf(program);
}

/** $ORIGIN, $LIB and $PLATFORM in a run path. */
function* expand(paths: readonly string[], { path, facts }: ElfFile): Generator<string> {
  const origin = posix.dirname(path);
  for (const each of paths) {
    const place = each.replace(/\$(?:ORIGIN|\{ORIGIN\})/g, origin);
    const libs = /\$(?:LIB|\{LIB\})/.test(place)
      ? [
          facts.bits === 64 ? 'lib64' : 'lib',
          ...(multiarch[facts.machine] ?? []).map((name) => `lib/${name}`),
        ]
      : [''];
    for (const lib of libs) {
      const full = place
        .replace(/\$(?:LIB|\{LIB\})/g, lib)
        .replace(/\$(?:PLATFORM|\{PLATFORM\})/g, facts.machine);
      if (full.startsWith('/')) yield full;
    }
  }
}

function glibcDirectories(view: LoaderView, { facts }: ElfFile): readonly string[] {
  // A glibc under a prefix of its own looks there: its loader lies in its libraries' folder, its configuration beside that.
  const loader =
    facts.interpreter === undefined ? undefined : view.elves.at(facts.interpreter)?.path;
  const beside = loader === undefined ? undefined : posix.dirname(loader);
  const wide =
    facts.bits === 64
      ? ['/lib64', '/usr/lib64']
      : ['/lib32', '/usr/lib32', '/libx32', '/usr/libx32'];
  const own = (multiarch[facts.machine] ?? []).flatMap((name) => [
    `/lib/${name}`,
    `/usr/lib/${name}`,
  ]);
  return [
    ...new Set([
      ...configurationDirectories(view, '/etc/ld.so.conf'),
      ...(beside === undefined || /^\/(?:usr\/)?lib/.test(beside)
        ? []
        : [...configurationDirectories(view, posix.resolve(beside, '../etc/ld.so.conf')), beside]),
      ...own,
      '/lib',
      '/usr/lib',
      ...wide,
      '/usr/local/lib',
      '/usr/local/lib64',
    ]),
  ];
}

/** Directories of ld.so.conf and what it includes, in their order. */
function configurationDirectories(view: LoaderView, start: string): readonly string[] {
  const directories: string[] = [];
  const queue = [start];
  for (let at = 0; at < queue.length && at < maximumConfigurations; at++) {
    const file = queue[at] ?? start;
    for (const line of (view.text(file) ?? '').split('\n')) {
      const plain = line.replace(/#.*/, '').trim();
      const include = /^include\s+(\S+)/.exec(plain)?.[1];
      if (include !== undefined)
        queue.push(...included(view, posix.resolve(posix.dirname(file), include)));
      else
        for (const each of plain.split(/[\s:,]+/))
          if (each.startsWith('/')) directories.push(each.replace(/=.*/, ''));
    }
  }
  return directories;
}

function included({ tree }: LoaderView, pattern: string): readonly string[] {
  const directory = posix.dirname(pattern);
  const last = posix.basename(pattern);
  if (isLiteral(last)) return [pattern];
  const regex = compileName(last);
  return tree
    .list(directory)
    .filter((name) => regex.test(name))
    .map((name) => `${directory}/${name}`);
}

function muslDirectories(view: LoaderView, { facts }: ElfFile): readonly string[] {
  const architecture = /ld-musl-([^./]+)/.exec(facts.interpreter ?? '')?.[1] ?? '';
  const written = view.text(`/etc/ld-musl-${architecture}.path`);
  const directories = written?.split(/[\n:]/).filter((each) => each.startsWith('/')) ?? [];
  return directories.length > 0 ? directories : ['/lib', '/usr/local/lib', '/usr/lib'];
}
