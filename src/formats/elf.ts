// Reads one ELF file into what it declares about its needs. Pure, bounded, never throws: the work is spread over
// elf-layout (headers), elf-notes, elf-alignment, elf-dynamic, elf-symbols and the parts that look into data and
// code. Strings are read only where they become facts; nothing is copied.
import type { Diagnostic, Parsed } from '../diag/diagnostic.ts';
import { readAlignment } from './elf-alignment.ts';
import { readCargo } from './elf-cargo.ts';
import { readCode } from './elf-code.ts';
import { readData, readOnlyRegions, staticLibcOf } from './elf-data.ts';
import { type DynamicTable, readDynamic } from './elf-dynamic.ts';
import type { ElfFacts, Machine } from './elf-facts.ts';
import { readGo } from './elf-go.ts';
import { jemallocPageSize } from './elf-jemalloc.ts';
import {
  type ElfLayout,
  isElf,
  readLayout,
  rights,
  sectionNamed,
  sectionType,
  segmentBytes,
  segmentType,
  textAt,
} from './elf-layout.ts';
import { readNotes } from './elf-notes.ts';
import { readExports, readImports, readVersions } from './elf-symbols.ts';

/** How an ELF file is read. */
export interface ParseElfOptions {
  /** Names of libraries whose exported symbols are kept: the part of the soname before ".so". */
  readonly exportsOf?: ReadonlySet<string>;
}

const defaultExportsOf: ReadonlySet<string> = new Set(['libc', 'libseccomp', 'liburing']);

/**
 * What an ELF file declares. Undefined value without a problem: not an ELF file; with one: an ELF file whose header
 * cannot be read. A file that was cut short gives what its beginning tells.
 */
export function parseElf(
  bytes: Uint8Array,
  options: ParseElfOptions = {},
): Parsed<ElfFacts | undefined> {
  if (!isElf(bytes)) return { value: undefined, problems: [] };
  const problems: Diagnostic[] = [];
  const layout = readLayout(bytes, problems);
  if (!layout) return { value: undefined, problems };
  return { value: factsOf(layout, options, problems), problems };
}

function factsOf(layout: ElfLayout, options: ParseElfOptions, problems: Diagnostic[]): ElfFacts {
  const notes = readNotes(layout);
  const dynamic = readDynamic(layout, problems);
  const versions = dynamic && readVersions(layout, dynamic);
  const interpreter = interpreterOf(layout);
  const stack = layout.segments.find(({ type }) => type === segmentType.gnuStack);
  const stem = dynamic?.soname?.split('.so', 1)[0] ?? '';
  const imports = dynamic && versions ? readImports(layout, dynamic, versions) : [];
  const go = readGo(layout, notes.go);
  const crates = readCargo(layout);
  const regions = readOnlyRegions(layout);
  const type = typeOf(layout, dynamic, interpreter);
  const data = readData(layout, regions, type === 'shared-library');
  const jemallocPage = data.marks['jemalloc'] === undefined ? undefined : jemallocPageSize(layout);
  const staticLibc = staticLibcOf(
    layout,
    dynamic,
    interpreter,
    data.marks,
    regions,
    notes.androidApi,
  );
  const { properties, abiNote, buildId, isaNeeded, isaUsed } = notes;
  return {
    machine: machineOf(layout),
    bits: layout.is64 ? 64 : 32,
    endian: layout.little ? 'little' : 'big',
    type,
    x32: layout.machine === 62 && !layout.is64,
    osAbi: layout.osAbi,
    flags: layout.flags,
    ...(interpreter === undefined ? {} : { interpreter }),
    ...(dynamic?.soname === undefined ? {} : { soname: dynamic.soname }),
    needed: dynamic?.needed ?? [],
    runpath: dynamic?.runpath ?? [],
    rpath: dynamic?.rpath ?? [],
    ...(abiNote === undefined ? {} : { abiNote }),
    ...(isaNeeded === undefined ? {} : { isaNeeded }),
    ...(isaUsed === undefined ? {} : { isaUsed }),
    properties,
    ...readAlignment(layout),
    ...(stack === undefined ? {} : { executableStack: (stack.flags & rights.execute) !== 0 }),
    textRelocations: dynamic?.textRelocations ?? false,
    versionsNeeded: Object.fromEntries(versions?.needed ?? []),
    versionsDefined: versions?.defined ?? [],
    imports,
    exports:
      dynamic && (options.exportsOf ?? defaultExportsOf).has(stem)
        ? readExports(layout, dynamic)
        : [],
    ...(buildId === undefined ? {} : { buildId }),
    ...(go === undefined ? {} : { go }),
    ...(crates.length === 0 ? {} : { crates }),
    ...data,
    ...(jemallocPage === undefined
      ? {}
      : { marks: { ...data.marks, 'jemalloc-page': String(jemallocPage) } }),
    ...(staticLibc === undefined ? {} : { staticLibc }),
    ...readCode(
      layout,
      dynamic,
      imports.some(({ name }) => name === 'syscall'),
    ),
  };
}

/** Files of debug information keep the headers of the program they belong to, but none of its bytes. */
function isDebugFile(layout: ElfLayout): boolean {
  return (
    sectionNamed(layout, '.text')?.type === sectionType.nobits ||
    sectionNamed(layout, '.dynamic')?.type === sectionType.nobits
  );
}

function interpreterOf(layout: ElfLayout): string | undefined {
  const segment = layout.segments.find(({ type }) => type === segmentType.interp);
  if (!segment) return undefined;
  const bytes = segmentBytes(layout, segment);
  const path = textAt(bytes, 0, bytes.length);
  // Relative paths are legal, and then count from the working directory.
  return path === '' || isDebugFile(layout) ? undefined : path;
}

function typeOf(
  layout: ElfLayout,
  dynamic: DynamicTable | undefined,
  interpreter: string | undefined,
): ElfFacts['type'] {
  if (isDebugFile(layout)) return 'other';
  switch (layout.type) {
    case 1:
      return 'relocatable';
    case 2:
      return 'executable';
    case 4:
      return 'core';
    case 3:
      if (dynamic?.pie) return interpreter === undefined ? 'static-pie' : 'pie';
      // Linkers before DF_1_PIE (binutils 2.26): a program names its loader and has no soname; libc.so.6 has both.
      return interpreter !== undefined && dynamic?.soname === undefined ? 'pie' : 'shared-library';
    default:
      return 'other';
  }
}

function machineOf({ machine, is64, little }: ElfLayout): Machine {
  switch (machine) {
    case 3:
    case 6: // EM_486, never used by a compiler, accepted by the kernel
      return 'i386';
    case 8:
      if (is64) return little ? 'mips64el' : 'mips64';
      return little ? 'mipsel' : 'mips';
    case 20:
      return 'ppc';
    case 21:
      return little ? 'ppc64le' : 'ppc64';
    case 22:
      return is64 ? 's390x' : 's390';
    case 40:
      return 'arm';
    case 62:
      return 'x86_64';
    case 183:
      return 'aarch64';
    case 243:
      return is64 ? 'riscv64' : 'riscv32';
    case 258:
      return 'loongarch64';
    default:
      return `em-${machine}`;
  }
}
