// Where the machine code of an ELF file stands.
import {
  type ElfLayout,
  isElf,
  readLayout,
  rights,
  sectionBytes,
  sectionFlags,
  sectionType,
  segmentBytes,
  segmentType,
  withinFile,
} from './elf-layout.ts';

/** A run of code: bytes and the address of its first byte. */
export interface CodeRegion {
  readonly bytes: Buffer;
  readonly address: number;
}

/** Above every number of these two machines, x32's bit aside. */
export const maxNumber = 600;

/** Code by section headers where there are any, else by segments that may run. */
export function codeRegions(layout: ElfLayout): CodeRegion[] {
  const sections = layout.sections.filter(
    ({ type, flags }) => type === sectionType.progbits && (flags & sectionFlags.execute) !== 0,
  );
  if (sections.length > 0) {
    return withinFile(layout, sections, ({ size }) => size).map((section) => ({
      bytes: sectionBytes(layout, section),
      address: section.address,
    }));
  }
  const segments = layout.segments.filter(
    ({ type, flags }) => type === segmentType.load && (flags & rights.execute) !== 0,
  );
  return withinFile(layout, segments, ({ fileSize }) => fileSize).map((segment) => ({
    bytes: segmentBytes(layout, segment),
    address: segment.address,
  }));
}

/** The code of an ELF file, section by section; empty for what is no ELF file. */
export function codeOf(bytes: Uint8Array): readonly Buffer[] {
  const layout = isElf(bytes) ? readLayout(bytes, []) : undefined;
  return layout === undefined ? [] : codeRegions(layout).map((region) => region.bytes);
}
