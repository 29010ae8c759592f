import { baseName } from '../../lib/path.ts';
import type { ElfIndex } from '../elf-index.ts';
import type { Closure } from '../library-search.ts';
import type { Need } from '../need.ts';
import type { ElfFile, Evidence, UserSpace } from '../user-space.ts';

/** What the families of needs are derived from. */
export interface DeriveView {
  readonly userSpace: UserSpace;
  readonly elves: ElfIndex;
  /** A program and everything that it loads; kept after the first call. */
  closure(program: ElfFile): Closure;
  /** Paths of the files that run when the target starts: programs, their loaders and libraries, scripts. Undefined: nothing says what starts. */
  readonly startPaths?: ReadonlySet<string>;
  /** These, and the scripts and sources that they read in or run: src/needs/start/started-scripts.ts. */
  readonly runs?: ReadonlySet<string>;
  /** The layer and path of a file as evidence. */
  at(file: { readonly path: string; readonly layer?: number }, detail: string): Evidence;
}

/** One family of needs. */
export type Derive = (view: DeriveView) => Iterable<Need>;

/**
 * For a need that several files have: whether one of them is on the start path. Where nothing says what starts, files
 * count as if they did when nothing can be started without them: the shell, or every program that there is.
 */
export function onStart(
  view: DeriveView,
  files: readonly { readonly path: string }[],
): { readonly onStartPath?: boolean } {
  const { startPaths } = view;
  if (startPaths !== undefined)
    return { onStartPath: files.some(({ path }) => startPaths.has(path)) };
  return isAllThatStarts(view, new Set(files.map(({ path }) => path))) ? { onStartPath: true } : {};
}

/** Whether one of the scripts and sources runs on the way to the start; empty where nothing says what starts. */
export function onRun(
  { runs }: DeriveView,
  files: readonly { readonly path: string }[],
): { readonly onStartPath?: boolean } {
  return runs === undefined ? {} : { onStartPath: files.some(({ path }) => runs.has(path)) };
}

function isAllThatStarts({ userSpace }: DeriveView, paths: ReadonlySet<string>): boolean {
  if (paths.size === 0) return false;
  const shell = userSpace.tree.stat('/bin/sh')?.path;
  if (shell !== undefined && paths.has(shell)) return true;
  const programs = userSpace.elves.filter((file) => roleOf(file) === 'program');
  return programs.length > 0 && programs.every(({ path }) => paths.has(path));
}

/** Files of the start path first, each group in its order: so that evidence shows what counts. */
export function startFirst<T extends { readonly path: string }>(
  { startPaths }: DeriveView,
  files: readonly T[],
): readonly T[] {
  if (startPaths === undefined) return files;
  return [
    ...files.filter(({ path }) => startPaths.has(path)),
    ...files.filter(({ path }) => !startPaths.has(path)),
  ];
}

const loaderName = /^(?:ld-linux[^/]*\.so|ld[0-9]*\.so|ld-[0-9.]+\.so|ld64\.so|ld-musl-)/;
const libcName = /^(?:libc\.so|libc-[0-9.]+\.so|libc\.musl-|libpthread[.-])/;

/** What part a file plays when a program is loaded. */
export function roleOf({
  path,
  facts,
}: ElfFile): 'loader' | 'libc' | 'library' | 'program' | 'other' {
  const name = facts.soname ?? baseName(path);
  if (loaderName.test(name)) return 'loader';
  if (libcName.test(name)) return 'libc';
  if (facts.type === 'shared-library') return 'library';
  if (facts.type === 'executable' || facts.type === 'pie' || facts.type === 'static-pie')
    return 'program';
  return 'other';
}

/**
 * Whether software is on the start path: where some of its files are. Undefined when only a package or the image's
 * configuration gave it away.
 */
export function softwareOnStart(
  view: DeriveView,
  evidence: readonly Evidence[],
  name?: string,
): { readonly onStartPath?: boolean } {
  const { startPaths, runs, userSpace } = view;
  const files = evidence.flatMap(({ path, package: owner }) =>
    path === undefined || owner !== undefined ? [] : [userSpace.tree.stat(path)?.path ?? path],
  );
  if (startPaths === undefined || files.length === 0) return {};
  if (files.some((path) => runs?.has(path) ?? startPaths.has(path))) return { onStartPath: true };
  if (files.some((path) => mayBeRead(path, userSpace))) return {};
  if (files.some((path) => sharesOwnFolder(path, runs ?? startPaths))) return { onStartPath: true };
  if (!endsInScript(userSpace)) return { onStartPath: false };
  if (isNamed(view, [name ?? '', ...files.map(baseName)])) return { onStartPath: true };
  return files.some((path) => ownPlace.test(path)) ? {} : { onStartPath: false };
}

/** Folders that hold one thing: /opt/java/openjdk/release stands for /opt/java/openjdk/bin/java. */
const folderOfOne =
  /^(?:\/opt\/(?:[^/]+\/)*?[^/]+|\/usr\/lib\/jvm\/[^/]+|\/usr\/(?:local|share|lib)\/[^/]+)(?=\/[^/]+$)/;
const folderOfMany =
  /^\/usr\/(?:local\/(?:s?bin|lib|share|etc)|share\/(?:doc|man|java)|lib\/(?:x86_64|aarch64|arm|i386|systemd|python)[^/]*)$/;

/** Whether something that runs lies in the folder that is the file's own, or below it. */
function sharesOwnFolder(path: string, runs: ReadonlySet<string>): boolean {
  const folder = folderOfOne.exec(path)?.[0];
  if (folder === undefined || folderOfMany.test(folder)) return false;
  for (const one of runs) if (one.startsWith(`${folder}/`)) return true;
  return false;
}

/** Where images put what they are made for. */
const ownPlace = /^\/(?:opt|app|srv|home|usr\/local|usr\/src|[^/]+$)/;

/** Init systems of which it is not known what all they start. */
const initName = /^(?:init|s6-svscan|s6-overlay-suexec|runsvdir|runit|my_init|supervisord)$/;

/** Whether the chain ends in a script, or an init, that was not understood: it starts something that nobody names. */
function endsInScript({ start }: UserSpace): boolean {
  const last = start.at(-1);
  if (last === undefined) return false;
  if (last.kind === 'shell') return last.argv.slice(1).some((word) => word.includes('/'));
  return last.kind === 'missing' || initName.test(baseName(last.argv[0] ?? ''));
}

/** Whether a script that runs names one of these. */
function isNamed({ runs, userSpace }: DeriveView, names: readonly string[]): boolean {
  const wanted = names
    .filter((name) => name.length > 3)
    .map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (wanted.length === 0) return false;
  const pattern = new RegExp(`(?:^|[\\s/"'])(?:${wanted.join('|')})(?=[\\s"';&|:/-]|$)`, 'm');
  return [...(runs ?? [])].some((path) => pattern.test(userSpace.text(path) ?? ''));
}

/** What programs in a language load without saying so anywhere: their libraries, where they are not the distribution's. */
const libraries: readonly (readonly [interpreter: RegExp, path: RegExp])[] = [
  [/^java$/, /^\/(?!usr\/(?:share|lib)\/).*\.[jw]ar$/],
  [/^(?:node|nodejs|bun|deno)$/, /^\/(?!usr\/(?:share|lib|local\/lib)\/).*\/node_modules\//],
  [/^(?:python|pypy)[0-9.]*$/, /\/site-packages\//],
];

/** Whether the interpreter that starts may load the file. */
function mayBeRead(path: string, { start }: UserSpace): boolean {
  const last = start.findLast(({ kind }) => kind === 'interpreter');
  if (last === undefined) return false;
  const name = baseName(last.path ?? last.argv[0] ?? '');
  return (
    /^\/(?:opt\/rocm|usr\/local\/cuda)[^/]*\/.*\.so\b/.test(path) ||
    libraries.some(([interpreter, file]) => interpreter.test(name) && file.test(path))
  );
}
