// The page size that a jemalloc inside a program was compiled for. It is no text: the allocator compares what
// sysconf(_SC_PAGESIZE) answers with a constant (jemalloc's src/pages.c, pages_boot), and that idiom is looked for.
import { codeRegions } from './elf-code-regions.ts';
import type { ElfLayout } from './elf-layout.ts';

const em = { x86_64: 62, aarch64: 183 } as const;
const armPageSizeName = Buffer.from([0xc0, 0x03, 0x80, 0x52]);
const x86PageSizeName = Buffer.from([0xbf, 0x1e, 0x00, 0x00, 0x00]);

/** The page size in bytes; undefined where the idiom is not found. */
export function jemallocPageSize(layout: ElfLayout): number | undefined {
  for (const { bytes } of codeRegions(layout)) {
    const found =
      layout.machine === em.aarch64
        ? armPageCompare(bytes)
        : layout.machine === em.x86_64
          ? x86PageCompare(bytes)
          : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function armPageCompare(code: Buffer): number | undefined {
  for (
    let at = code.indexOf(armPageSizeName);
    at !== -1;
    at = code.indexOf(armPageSizeName, at + 4)
  ) {
    if (at % 4 !== 0) continue;
    for (let next = at + 4; next < at + 80 && next + 4 <= code.length; next += 4) {
      const word = code.readUInt32LE(next);
      // cmp xN, #imm, lsl #12
      if ((word & 0xffc0_001f) >>> 0 !== 0xf140_001f) continue;
      const size = ((word >>> 10) & 0xfff) * 4096;
      if (size > 0 && (size & (size - 1)) === 0) return size;
    }
  }
  return undefined;
}

function x86PageCompare(code: Buffer): number | undefined {
  for (
    let at = code.indexOf(x86PageSizeName);
    at !== -1;
    at = code.indexOf(x86PageSizeName, at + 5)
  ) {
    for (let next = at + 5; next < at + 64 && next + 6 <= code.length; next++) {
      // cmp $imm32,%rax; or with another register
      const first = code[next + 1];
      const short = code[next] === 0x48 && first === 0x3d;
      const long =
        (code[next] === 0x48 || code[next] === 0x49) &&
        first === 0x81 &&
        ((code[next + 2] ?? 0) & 0xf8) === 0xf8;
      if ((!short && !long) || next + 7 > code.length) continue;
      const size = code.readUInt32LE(next + (short ? 2 : 3));
      if (size >= 4096 && size <= 1 << 20 && (size & (size - 1)) === 0) return size;
    }
  }
  return undefined;
}
