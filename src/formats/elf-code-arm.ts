// AArch64: system calls by "mov x8, #n … svc #0", and calls of syscall(2) with a constant first argument.
// Source: Arm Architecture Reference Manual for A-profile, C6.2.
import { type CodeRegion, maxNumber } from './elf-code-regions.ts';

const svc = Buffer.from([0x01, 0x00, 0x00, 0xd4]);
const armWindow = 16;

/** Numbers that are loaded into x8 before a supervisor call. */
export function armSyscalls(code: Buffer, numbers: Set<number>): void {
  for (let at = code.indexOf(svc); at !== -1; at = code.indexOf(svc, at + 4)) {
    if (at % 4 !== 0) continue;
    const number = armConstantBefore(code, at, 8);
    if (number !== undefined) numbers.add(number);
  }
}

/** The nearest "mov wN/xN, #n" (MOVZ without shift) before a place. */
function armConstantBefore(code: Buffer, at: number, register: number): number | undefined {
  for (let from = at - 4; from >= Math.max(0, at - 4 * armWindow); from -= 4) {
    const word = code.readUInt32LE(from);
    if ((word & 0x7fe0_001f) === (0x5280_0000 | register)) {
      const value = (word >>> 5) & 0xffff;
      return value < maxNumber ? value : undefined;
    }
    // A branch away or a return: what stands before it is another function or path.
    if (word === 0xd65f03c0 || word >>> 26 === 5) return undefined;
  }
  return undefined;
}

/** Addresses of the stubs "adrp x16, page; ldr x17, [x16, #offset]; …" whose slot is the given one. */
export function armStubs({ bytes, address }: CodeRegion, slot: number): number[] {
  const stubs: number[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += 4) {
    const adrp = bytes.readUInt32LE(at);
    if ((adrp & 0x9f00_001f) >>> 0 !== 0x9000_0010) continue;
    const load = bytes.readUInt32LE(at + 4);
    if ((load & 0xffc0_03ff) >>> 0 !== 0xf940_0211) continue;
    // 21-bit signed page count, its low two bits in bits 29-30.
    const pages = (((adrp << 8) >> 13) << 2) | ((adrp >>> 29) & 3);
    const page = Math.floor((address + at) / 4096) + pages;
    if (page * 4096 + ((load >>> 10) & 0xfff) * 8 === slot)
      stubs.push(address + at, address + at - 4);
  }
  return stubs;
}

/** Numbers that are loaded into x0 before a call of one of the stubs. */
export function armCalls(
  { bytes, address }: CodeRegion,
  stubs: ReadonlySet<number>,
  numbers: Set<number>,
): void {
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const word = bytes.readUInt32LE(at);
    // BL and B
    if (word >>> 26 !== 0x25 && word >>> 26 !== 5) continue;
    if (!stubs.has(address + at + ((word << 6) >> 4))) continue;
    const number = armConstantBefore(bytes, at, 0);
    if (number !== undefined) numbers.add(number);
  }
}
