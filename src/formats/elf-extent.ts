// How much of a file is ELF at all: programs with data behind them (archives that unpack themselves, images that start
// from a program, sparse files) are read only as far as their own tables speak of.
// Source: System V gABI, chapters 4 and 5.
import { readWord } from './elf-layout.ts';

const nobits = 8;

/**
 * How long a prefix of the file must be to hold the headers, and every segment and section that the headers in this
 * prefix name. The tables may themselves lie behind the prefix: a longer one may then say more.
 */
export function elfExtent(prefix: Uint8Array): number {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const is64 = prefix[4] === 2;
  const little = prefix[5] === 1;
  const frame = { view, little, is64 };
  const headerBytes = is64 ? 64 : 52;
  if (prefix.length < headerBytes) return headerBytes;
  const word = is64 ? 8 : 4;
  const half = (at: number): number => view.getUint16(at, little);
  const programAt = readWord(frame, 24 + word);
  const sectionAt = readWord(frame, 24 + 2 * word);
  const sizes = 24 + 3 * word + 6;
  const [programBytes, programs, sectionBytes, counted] = [0, 2, 4, 6].map((at) =>
    half(sizes + at),
  ) as [number, number, number, number];
  /** Where the n-th field of the size of a word stands in a header whose first fields are `before` bytes. */
  const wordAt = (start: number, before: number, nth: number): number =>
    readWord(frame, start + before + nth * word);
  // More sections than 16 bits can count: the first section header has their number in its size (gABI, e_shnum).
  const first = sectionAt + sectionBytes;
  let sections = counted;
  if (sectionAt > 0 && counted === 0) {
    if (first > prefix.length) return Math.max(headerBytes, first);
    if (sectionBytes >= 8 + 4 * word) sections = wordAt(sectionAt, 8, 3);
  }
  const tables = Math.max(
    headerBytes,
    programs === 0 ? 0 : programAt + programs * programBytes,
    sections === 0 ? 0 : sectionAt + sections * sectionBytes,
  );
  if (tables > prefix.length) return tables;
  let end = tables;
  // p_offset and p_filesz: after p_type (and, in 64 bits, p_flags), with p_vaddr and p_paddr between them.
  if (programBytes >= (is64 ? 56 : 32)) {
    for (let at = programAt; at < programAt + programs * programBytes; at += programBytes) {
      const before = is64 ? 8 : 4;
      end = Math.max(end, wordAt(at, before, 0) + wordAt(at, before, 3));
    }
  }
  // sh_offset and sh_size: after sh_name and sh_type, sh_flags and sh_addr.
  if (sectionBytes >= (is64 ? 64 : 40)) {
    for (let at = sectionAt; at < sectionAt + sections * sectionBytes; at += sectionBytes) {
      if (view.getUint32(at + 4, little) === nobits) continue;
      end = Math.max(end, wordAt(at, 8, 2) + wordAt(at, 8, 3));
    }
  }
  return end;
}

/** Files up to this size are read whole: that is quicker than to look first. */
const wholeBytes = 16 * 1024 * 1024;
const headBytes = 64 * 1024;

/** The beginning of an ELF file, and how much there would have been. */
export interface ElfPrefix {
  readonly bytes: Uint8Array;
  /** Bytes of the file that are ELF; more than `bytes` has where the limit cut them off. */
  readonly extent: number;
}

/** Reads of a file of `size` bytes what is ELF, up to a limit. `read` gives the file's first bytes. */
export async function readElfPrefix(
  read: (length: number) => Promise<Uint8Array>,
  size: number,
  limit: number,
): Promise<ElfPrefix> {
  if (size <= wholeBytes) return { bytes: await read(Math.min(size, limit)), extent: size };
  let bytes = await read(headBytes);
  for (;;) {
    const extent = Math.min(elfExtent(bytes), size);
    const wanted = Math.min(extent, limit);
    // A file that changed while it was read may give less than it had.
    if (wanted <= bytes.length) return { bytes, extent };
    const more = await read(wanted);
    if (more.length <= bytes.length) return { bytes: more, extent };
    bytes = more;
  }
}
