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

/** Bounds on what is kept of one file. */
const maxPaths = 200;
const maxCompilers = 16;
const maxText = 200;
const maxBefore = 48;
/** Places looked at for one mark in one region: a file can repeat an anchor without end. */
const maxTries = 4096;

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
  for (const region of regions) {
    for (const mark of prepared) {
      if (!(library && mark.programsOnly)) findMark(region, mark, found);
    }
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
    ...rustOf(compilers, regions),
  };
}

const prepared = marks.map((mark) => ({
  ...mark,
  needle: Buffer.from(mark.anchor, 'latin1'),
  bytes: Buffer.from(mark.text, 'latin1'),
  shift: mark.text.indexOf(mark.anchor),
}));

function findMark(
  region: Buffer,
  mark: Mark & { readonly needle: Buffer; readonly bytes: Buffer; readonly shift: number },
  found: Record<string, string>,
): void {
  if (mark.id in found) return;
  const { needle, bytes, shift } = mark;
  let tries = 0;
  for (
    let at = region.indexOf(needle);
    at !== -1 && tries++ < maxTries;
    at = region.indexOf(needle, at + needle.length)
  ) {
    const from = at - shift;
    if (from < 0 || !matches(region, from, bytes)) continue;
    const text = surroundings(region, from, from + bytes.length);
    const value = mark.value ? mark.value.exec(text)?.[1] : text;
    if (value !== undefined) {
      found[mark.id] = value;
      return;
    }
  }
}

function matches(region: Buffer, from: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i++) if (region[from + i] !== text[i]) return false;
  return true;
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

const rustPath = Buffer.from('/rustc/', 'latin1');
const rustSource = Buffer.from('rustc-1', 'latin1');

/** rustc's own line in .comment; else the source paths that panics name: by commit, or by version in distributions' builds. */
function rustOf(
  compilers: readonly string[],
  regions: readonly Buffer[],
): Pick<DataFacts, 'rust' | 'rustCommit'> {
  const facts: { rust?: string; rustCommit?: string } = {};
  for (const line of compilers) {
    const version = /^rustc version (\d+\.\d+\.\d+)/.exec(line)?.[1];
    if (version !== undefined) facts.rust = version;
  }
  for (const region of regions) {
    for (let at = region.indexOf(rustPath), tries = 0; at !== -1 && tries < 8; tries++) {
      const commit = /^[0-9a-f]{40}$/.exec(region.toString('latin1', at + 7, at + 47))?.[0];
      if (commit !== undefined) {
        facts.rustCommit = commit;
        break;
      }
      at = region.indexOf(rustPath, at + 7);
    }
    if (facts.rust !== undefined) continue;
    const source = region.indexOf(rustSource);
    const version =
      source === -1
        ? undefined
        : /^rustc-(\d+\.\d+\.\d+)[^\0]{0,40}\/library\//.exec(
            region.toString('latin1', source, source + 64),
          )?.[1];
    if (version !== undefined) facts.rust = version;
  }
  return facts;
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
