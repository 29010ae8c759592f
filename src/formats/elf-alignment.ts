// Which page sizes a program's segments allow. Kernel and loader map each PT_LOAD with whole pages, so
// - p_offset and p_vaddr must be equal modulo the host's page, or mmap refuses (fs/binfmt_elf.c elf_map;
//   glibc: "ELF load command address/offset not page-aligned");
// - where two segments share a page, the later mapping replaces the earlier one's: the earlier part of that page
//   keeps its bytes only if both show the same page of the file, and gets the later one's rights. A page of code
//   that becomes data cannot run, data that becomes code cannot be written; code or data before it that were only
//   readable lose nothing.
// p_align itself is looked at only by glibc before 2.35 and only for libraries ("ELF load command alignment not
// page-aligned"); it is reported apart as loadAlignment.
import { type ElfLayout, rights, type Segment, segmentType } from './elf-layout.ts';

/** The largest page size of any Linux port that is still built: 256 KiB. It stands for "any". */
const largestPageSize = 0x40000;
const smallestPageSize = 0x1000;

/** The two facts on pages, as ElfFacts describes them. */
export interface AlignmentFacts {
  readonly loadAlignment: number;
  readonly maxPageSize: number;
}

/** Alignment facts of a file's PT_LOAD segments. */
export function readAlignment(layout: ElfLayout): AlignmentFacts {
  const loads = layout.segments.filter(
    ({ type, memorySize }) => type === segmentType.load && memorySize > 0,
  );
  if (loads.length === 0) return { loadAlignment: 0, maxPageSize: largestPageSize };
  let loadAlignment = Number.POSITIVE_INFINITY;
  for (const { alignment } of loads)
    loadAlignment = Math.min(loadAlignment, Math.max(alignment, 1));
  let page = smallestPageSize;
  if (!fits(loads, page)) return { loadAlignment, maxPageSize: 0 };
  while (page < largestPageSize && fits(loads, page * 2)) page *= 2;
  return { loadAlignment, maxPageSize: page };
}

function fits(loads: readonly Segment[], page: number): boolean {
  let previous: Segment | undefined;
  for (const load of loads) {
    // A segment without file bytes is anonymous memory: its offset is never mapped.
    if (load.fileSize > 0 && (load.address - load.offset) % page !== 0) return false;
    if (previous && sharesPage(previous, load, page) && !survives(previous, load)) return false;
    previous = load;
  }
  return true;
}

function sharesPage(earlier: Segment, later: Segment, page: number): boolean {
  const end = earlier.address + earlier.memorySize;
  return end > later.address
    ? true
    : Math.floor((end - 1) / page) === Math.floor(later.address / page);
}

function survives(earlier: Segment, later: Segment): boolean {
  const needed = earlier.flags & (rights.execute | rights.write);
  if ((needed & ~later.flags) !== 0) return false;
  if (earlier.memorySize > earlier.fileSize) return false;
  return later.fileSize > 0 && earlier.address - earlier.offset === later.address - later.offset;
}
