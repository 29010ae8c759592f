// What the read-only data of an ELF file tells: marks (src/formats/marks.ts), paths of kernel files, the compilers'
// names, Rust, the C library inside. Regions come from section headers where there are any, else from segments that
// cannot be written.
import type { DynamicTable } from './elf-dynamic.ts';
import type { ElfFacts } from './elf-facts.ts';
import {
  type ElfLayout,
  rights,
  sectionBytes,
  sectionFlags,
  sectionNamed,
  sectionType,
  segmentBytes,
  segmentType,
  textAt,
  withinFile,
} from './elf-layout.ts';
import { type Mark, marks } from './marks.ts';
import { shortestText, textSearch } from './text-search.ts';

/** Bounds on what is kept of one file. */
const maxPaths = 200;
const maxCompilers = 16;
const maxText = 200;
const maxBefore = 48;
/** Places looked at for one mark in one region: a file can repeat a text without end. */
const maxTries = 4096;
const maxRustPlaces = 64;

/** What is found in data, as ElfFacts describes it. */
export type DataFacts = Pick<ElfFacts, 'compilers' | 'marks' | 'kernelPaths'> &
  Partial<Pick<ElfFacts, 'rust' | 'rustCommit'>>;

/** Sections of read-only tables in which no text of the program stands. */
const tables = new Set([
  '.eh_frame',
  '.eh_frame_hdr',
  '.gcc_except_table',
  '.gopclntab',
  '.rela.dyn',
  '.dynsym',
  '.gnu.hash',
]);

/** The regions of read-only data. */
export function readOnlyRegions(layout: ElfLayout): readonly Buffer[] {
  const skipped = new Set([...tables].map((name) => sectionNamed(layout, name)));
  const sections = layout.sections.filter(
    (section) =>
      section.type === sectionType.progbits &&
      (section.flags & sectionFlags.alloc) !== 0 &&
      (section.flags & (sectionFlags.write | sectionFlags.execute)) === 0 &&
      !skipped.has(section),
  );
  const regions = withinFile(layout, sections, ({ size }) => size).map((section) =>
    sectionBytes(layout, section),
  );
  if (regions.some(({ length }) => length > 0)) return regions;
  const segments = layout.segments.filter(
    ({ type, flags }) => type === segmentType.load && (flags & rights.write) === 0,
  );
  return withinFile(layout, segments, ({ fileSize }) => fileSize).map((segment) =>
    segmentBytes(layout, segment),
  );
}

/** Reads all of it. */
export function readData(
  layout: ElfLayout,
  regions: readonly Buffer[],
  library: boolean,
): DataFacts {
  const compilers = compilersOf(layout);
  const found: Record<string, string> = {};
  const paths = new Set<string>();
  const rust: RustPlaces = { commits: [], sources: [] };
  for (const region of regions) {
    findMarks(region, library, found, rust);
    for (const anchor of pathAnchors) findPaths(region, anchor, paths);
  }
  const packed = packerOf(layout);
  if (packed !== undefined) found['upx'] = packed;
  const { bytes } = layout;
  // AppImage specification, type 2: "AI" and the type at offset 8 of the ELF header.
  if (bytes[8] === 0x41 && bytes[9] === 0x49) found['appimage'] = String(bytes[10] ?? 0);
  return {
    compilers,
    marks: found,
    kernelPaths: [...paths].sort(),
    ...rustOf(compilers, rust),
  };
}

const markTexts = marks.map(({ text }) => Buffer.from(text, 'latin1'));
const rustPath = Buffer.from('/rustc/', 'latin1');
const rustSource = Buffer.from('rustc-1', 'latin1');

/** Marks whose text is too short for the search of all texts at once: each by itself. */
const shortMarks = [...marks.keys()].filter((at) => lengthOf(at) < shortestText);
const longMarks = [...marks.keys()].filter((at) => lengthOf(at) >= shortestText);

function lengthOf(at: number): number {
  return markTexts[at]?.length ?? 0;
}

const search = textSearch([
  ...longMarks.flatMap((at) => markTexts[at] ?? []),
  rustPath,
  rustSource,
]);

/** Texts behind places where sources of Rust's standard library are named. */
interface RustPlaces {
  readonly commits: string[];
  readonly sources: string[];
}

/** Looks for all marks in one region; of one id the first of the table counts. */
function findMarks(
  region: Buffer,
  library: boolean,
  found: Record<string, string>,
  rust: RustPlaces,
): void {
  const values = new Map<number, string>();
  const tries = new Map<number, number>();
  const look = (at: number, from: number): boolean => {
    const mark = marks[at];
    const tried = tries.get(at) ?? 0;
    if (mark === undefined || values.has(at) || tried >= maxTries) return false;
    tries.set(at, tried + 1);
    if (mark.id in found || (library && mark.programsOnly)) return false;
    const value = markValue(region, mark, from);
    if (value !== undefined) values.set(at, value);
    return value === undefined;
  };
  search(region, (text, from) => {
    const at = longMarks[text];
    if (at !== undefined) look(at, from);
    else if (text === longMarks.length) noteRust(rust.commits, region, from);
    else noteRust(rust.sources, region, from);
  });
  for (const at of shortMarks) {
    const text = markTexts[at] ?? rustPath;
    let from = region.indexOf(text);
    while (from !== -1 && look(at, from)) from = region.indexOf(text, from + text.length);
  }
  for (const [at, { id }] of marks.entries()) {
    const value = values.get(at);
    if (value !== undefined) found[id] ??= value;
  }
}

function noteRust(places: string[], region: Buffer, from: number): void {
  if (places.length < maxRustPlaces) places.push(region.toString('latin1', from, from + 64));
}

/** What stands at a mark's text; undefined where it is not what the mark asks for. */
function markValue(region: Buffer, mark: Mark, from: number): string | undefined {
  const text = surroundings(region, from, from + mark.text.length);
  return mark.value ? mark.value.exec(text)?.[1] : text;
}

/** The printable text around a place, up to the next byte that is none. */
function surroundings(region: Buffer, from: number, to: number): string {
  let start = from;
  while (start > 0 && from - start < maxBefore && isPrintable(region[start - 1])) start--;
  // No end of a text near: strings of Go and Rust stand side by side.
  if (from - start === maxBefore) start = from;
  let end = to;
  while (end < region.length && end - to < maxText && isPrintable(region[end])) end++;
  return region.toString('latin1', start, end);
}

function isPrintable(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x20 && byte < 0x7f;
}

const pathAnchors = ['/proc/', '/sys/', '/dev/'].map((text) => Buffer.from(text, 'latin1'));

/** Paths that every container has, and that no rule asks about. */
const common =
  /^\/dev\/(?:null|zero|full|tty|stdin|stdout|stderr|u?random|ptmx|fd)$|^\/proc\/self\/(?:fd|exe|maps)\b/;

function findPaths(region: Buffer, anchor: Buffer, paths: Set<string>): void {
  for (let at = region.indexOf(anchor); at !== -1 && paths.size < maxPaths; ) {
    let end = at + anchor.length;
    // Only a path that begins here: "/usr/src/proc/x.c" is none.
    const before = at === 0 ? 0 : (region[at - 1] ?? 0);
    const begins = !isPathByte(before) || before === 0x2d;
    while (end < region.length && end - at < maxText && isPathByte(region[end] ?? 0)) end++;
    if (begins && end > at + anchor.length) {
      const path = region.toString('latin1', at, end).replace(/[.:-]+$/, '');
      if (!common.test(path)) paths.add(path);
    }
    at = region.indexOf(anchor, end);
  }
}

/** Letters, digits and "%+,-./:_": what paths and their printf forms consist of. */
function isPathByte(byte: number): boolean {
  return (
    (byte >= 0x2b && byte <= 0x3a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x5f ||
    byte === 0x25
  );
}

function compilersOf(layout: ElfLayout): string[] {
  const bytes = sectionBytes(layout, sectionNamed(layout, '.comment'));
  const lines = new Set<string>();
  for (let at = 0; at < bytes.length && lines.size < maxCompilers; ) {
    const end = bytes.indexOf(0, at);
    const stop = end === -1 ? bytes.length : end;
    if (stop > at) lines.add(textAt(bytes, at, stop, maxText));
    at = stop + 1;
  }
  return [...lines];
}

/** rustc's own line in .comment; else the source paths that panics name: by commit, or by version in distributions' builds. */
function rustOf(
  compilers: readonly string[],
  { commits, sources }: RustPlaces,
): Pick<DataFacts, 'rust' | 'rustCommit'> {
  const line = firstOf(compilers, /^rustc version (\d+\.\d+\.\d+)/);
  const rust = line ?? firstOf(sources, /^rustc-(\d+\.\d+\.\d+)[^\0]{0,40}\/library\//);
  const rustCommit = firstOf(commits, /^\/rustc\/([0-9a-f]{40})(?![0-9a-f])/);
  return {
    ...(rust === undefined ? {} : { rust }),
    ...(rustCommit === undefined ? {} : { rustCommit }),
  };
}

function firstOf(texts: readonly string[], pattern: RegExp): string | undefined {
  for (const text of texts) {
    const value = pattern.exec(text)?.[1];
    if (value !== undefined) return value;
  }
  return undefined;
}

/** UPX leaves "UPX!" behind the program headers of what it packs, and no sections. */
function packerOf(layout: ElfLayout): string | undefined {
  if (layout.sections.length > 0) return undefined;
  return layout.bytes.subarray(0, 1024).includes('UPX!', 0, 'latin1') ? 'UPX' : undefined;
}

/** The C library inside: of a libc itself, or of a program that needs no other file. */
export function staticLibcOf(
  layout: ElfLayout,
  dynamic: DynamicTable | undefined,
  interpreter: string | undefined,
  found: Readonly<Record<string, string>>,
  regions: readonly Buffer[],
  androidApi: number | undefined,
): ElfFacts['staticLibc'] {
  if (found['glibc-version'] !== undefined)
    return { name: 'glibc', version: found['glibc-version'] };
  if (found['musl'] !== undefined) {
    const version = firstMatch(regions, '\x001.', /^\0(1\.\d+\.\d+)\0/);
    return { name: 'musl', ...(version === undefined ? {} : { version }) };
  }
  const program = layout.type === 2 || (layout.type === 3 && dynamic?.pie === true);
  if (!program || interpreter !== undefined || (dynamic?.needed.length ?? 0) > 0) return undefined;
  if (androidApi !== undefined) return { name: 'bionic' };
  if (found['uclibc'] !== undefined) return { name: 'uclibc' };
  const has = (text: string): boolean =>
    regions.some((region) => region.includes(text, 0, 'latin1'));
  // glibc's own messages: before 2.33, from 2.33 on, and the tunables' from 2.26 on.
  if (has('glibc e') || found['glibc-kernel-refusal'] !== undefined || has('GLIBC_T')) {
    const version = firstMatch(regions, 'glibc ', /^glibc (2\.\d+(?:\.\d+)?)\0/);
    return { name: 'glibc', ...(version === undefined ? {} : { version }) };
  }
  // strerror(0) of musl alone; dietlibc's allocator and start code carry no text of their own.
  if (has('No error information')) return { name: 'musl' };
  return undefined;
}

function firstMatch(
  regions: readonly Buffer[],
  anchor: string,
  pattern: RegExp,
): string | undefined {
  const needle = Buffer.from(anchor, 'latin1');
  for (const region of regions) {
    let tries = 0;
    for (
      let at = region.indexOf(needle);
      at !== -1 && tries++ < 16 * maxTries;
      at = region.indexOf(needle, at + 1)
    ) {
      const value = pattern.exec(region.toString('latin1', at, at + 32))?.[1];
      if (value !== undefined) return value;
    }
  }
  return undefined;
}
