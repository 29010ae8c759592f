// What a linear look at machine code tells without decoding all of it: system calls whose number is a constant right
// before the instruction that enters the kernel (or before a call of syscall(2)), calls through the vsyscall page,
// and the page size that jemalloc was compiled for. A byte pattern can stand in data between functions, so all of it
// is "present in the file", no more; windows are short and need the whole idiom.
import type { DynamicTable } from './elf-dynamic.ts';
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
import { slotOfFunction } from './elf-symbols.ts';
import { keepsRegister } from './x86-run.ts';

export interface CodeFacts {
  readonly directSyscalls: readonly number[];
  readonly vsyscallReferences: boolean;
}

/** A run of code: bytes and the address of its first byte. */
interface CodeRegion {
  readonly bytes: Buffer;
  readonly address: number;
}

const em = { x86_64: 62, aarch64: 183 } as const;
/** Above every number of these two machines, x32's bit aside. */
const maxNumber = 600;

function codeRegions(layout: ElfLayout): CodeRegion[] {
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

/**
 * Reads x86-64 and AArch64 code; nothing for other machines.
 * @param callsSyscall the file imports syscall(2), so that calls of it are looked for too
 */
export function readCode(
  layout: ElfLayout,
  dynamic: DynamicTable | undefined,
  callsSyscall: boolean,
): CodeFacts {
  const none = { directSyscalls: [], vsyscallReferences: false };
  const x86 = layout.machine === em.x86_64;
  if ((!x86 && layout.machine !== em.aarch64) || !layout.little) return none;
  const numbers = new Set<number>();
  const slot = dynamic && callsSyscall ? slotOfFunction(layout, dynamic, 'syscall') : undefined;
  const regions = codeRegions(layout);
  let vsyscall = false;
  for (const region of regions) {
    if (x86) {
      x86Syscalls(region.bytes, numbers);
      vsyscall ||= callsVsyscall(region.bytes);
    } else {
      armSyscalls(region.bytes, numbers);
    }
  }
  if (slot !== undefined) {
    const stubs = new Set(
      regions.flatMap((region) => (x86 ? x86Stubs(region, slot) : armStubs(region, slot))),
    );
    for (const region of regions) {
      if (x86) x86Calls(region, stubs, slot, numbers);
      else armCalls(region, stubs, numbers);
    }
  }
  return { directSyscalls: [...numbers].sort((a, b) => a - b), vsyscallReferences: vsyscall };
}

const syscallInstruction = Buffer.from([0x0f, 0x05]);

function x86Syscalls(code: Buffer, numbers: Set<number>): void {
  for (
    let at = code.indexOf(syscallInstruction);
    at !== -1;
    at = code.indexOf(syscallInstruction, at + 2)
  ) {
    const number = constantBefore(code, at, 0);
    if (number !== undefined) numbers.add(number);
  }
}

/** Bytes of code that are looked at before the call: number and up to six arguments fit. */
const window = 48;

/**
 * The constant that the nearest "mov $n,%reg" before a place loads: B8+r imm32, C7 /0 imm32 with REX.W, or 0 by
 * "xor %reg,%reg"; and straight code leads from there to the place without writing the register.
 * @param register 0 rax, 7 rdi
 */
function constantBefore(code: Buffer, at: number, register: number): number | undefined {
  const load = 0xb8 + register;
  const direct = 0xc0 + register;
  const self = 0xc0 | (register * 9);
  for (let from = at - 2; from >= Math.max(1, at - window); from--) {
    const byte = code[from];
    if (byte !== load && byte !== direct && byte !== self) continue;
    const before = code[from - 1] ?? 0;
    let value = -1;
    let end = from + 5;
    if (byte === load && !isModRm(code, from) && (before & 0xf1) !== 0x41) {
      value = end <= at ? code.readInt32LE(from + 1) : -1;
    } else if (byte === direct && before === 0xc7 && code[from - 2] === 0x48) {
      value = end <= at ? code.readInt32LE(from + 1) : -1;
    }
    if (value === -1 && byte === self && (before === 0x31 || before === 0x33)) {
      value = ((code[from - 2] ?? 0) & 0xf5) === 0x45 ? -1 : 0;
      end = from + 1;
    }
    if (value >= 0 && value < maxNumber && keepsRegister(code, end, at, register)) return value;
  }
  return undefined;
}

/** Opcodes of common instructions whose next byte is a ModRM byte and for which B8 or BF (/7) is a valid one. */
const modRmOpcodes = new Set([
  0x01, 0x03, 0x09, 0x0b, 0x21, 0x23, 0x29, 0x2b, 0x31, 0x33, 0x39, 0x3b, 0x63, 0x69, 0x6b, 0x80,
  0x81, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8d, 0xc1, 0xd1, 0xd3, 0xf6, 0xf7,
]);

/** The same behind the escape byte 0F. */
const modRmOpcodes0f = new Set([
  0x10, 0x11, 0x28, 0x29, 0x38, 0x6e, 0x6f, 0x7e, 0x7f, 0xaf, 0xb6, 0xb7, 0xbe, 0xbf, 0xd6,
]);

/** True when the byte at a place is most likely the ModRM byte of the opcode before it. */
function isModRm(code: Buffer, at: number): boolean {
  const opcode = code[at - 1] ?? 0;
  if (code[at - 2] === 0x0f && modRmOpcodes0f.has(opcode)) return true;
  if (!modRmOpcodes.has(opcode)) return false;
  // Only with a REX or operand size prefix, or at a place where a displacement or an immediate cannot have ended.
  const before = code[at - 2] ?? 0;
  return (before & 0xf0) === 0x40 || before === 0x66 || opcode >= 0x80;
}

const vsyscallTail = Buffer.from([0x60, 0xff]);

/** "mov $0xffffffffff600000,%reg" (or 400, 800) and a call or jump through a register soon after: what old libcs do. */
function callsVsyscall(code: Buffer): boolean {
  for (let at = code.indexOf(vsyscallTail); at !== -1; at = code.indexOf(vsyscallTail, at + 2)) {
    const page = code[at - 1] ?? 0xff;
    if (code[at - 2] !== 0 || (page & 0xf3) !== 0 || page > 8) continue;
    const modRm = code[at - 3] ?? 0;
    if (code[at - 4] !== 0xc7 || modRm < 0xc0 || modRm > 0xc7) continue;
    for (let next = at + 2; next < at + 26; next++) {
      const target = code[next + 1] ?? 0;
      // FF /2 and FF /4 on a register
      if (
        code[next] === 0xff &&
        ((target >= 0xd0 && target <= 0xd7) || (target >= 0xe0 && target <= 0xe7))
      )
        return true;
    }
  }
  return false;
}

/** Addresses of the stubs of the procedure linkage table that jump through a slot: "jmp *slot(%rip)", perhaps after endbr64 and bnd. */
function x86Stubs({ bytes, address }: CodeRegion, slot: number): number[] {
  const stubs: number[] = [];
  const jump = Buffer.from([0xff, 0x25]);
  for (
    let at = bytes.indexOf(jump);
    at !== -1 && at + 6 <= bytes.length;
    at = bytes.indexOf(jump, at + 2)
  ) {
    if (address + at + 6 + bytes.readInt32LE(at + 2) !== slot) continue;
    stubs.push(address + at, address + at - 1, address + at - 4, address + at - 5);
  }
  return stubs;
}

function x86Calls(
  { bytes, address }: CodeRegion,
  stubs: ReadonlySet<number>,
  slot: number,
  numbers: Set<number>,
): void {
  const note = (at: number): void => {
    const number = constantBefore(bytes, at, 7);
    if (number !== undefined) numbers.add(number);
  };
  if (stubs.size === 0) {
    // Built without a linkage table: "call *slot(%rip)".
    const call = Buffer.from([0xff, 0x15]);
    for (let at = bytes.indexOf(call); at !== -1 && at + 6 <= bytes.length; ) {
      if (address + at + 6 + bytes.readInt32LE(at + 2) === slot) note(at);
      at = bytes.indexOf(call, at + 2);
    }
    return;
  }
  // The stubs stand close together: two comparisons decide nearly every call.
  const lowest = Math.min(...stubs) - address - 5;
  const highest = Math.max(...stubs) - address - 5;
  const end = bytes.length - 5;
  for (let at = 0; at < end; at++) {
    const byte = bytes[at];
    if (byte !== 0xe8 && byte !== 0xe9) continue;
    const to = at + bytes.readInt32LE(at + 1);
    if (to >= lowest && to <= highest && stubs.has(address + 5 + to)) note(at);
  }
}

const svc = Buffer.from([0x01, 0x00, 0x00, 0xd4]);
const armWindow = 16;

function armSyscalls(code: Buffer, numbers: Set<number>): void {
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

/** Stubs "adrp x16, page; ldr x17, [x16, #offset]; …" whose slot is the given one. */
function armStubs({ bytes, address }: CodeRegion, slot: number): number[] {
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

function armCalls(
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

const armPageSizeName = Buffer.from([0xc0, 0x03, 0x80, 0x52]);
const x86PageSizeName = Buffer.from([0xbf, 0x1e, 0x00, 0x00, 0x00]);

/**
 * The page size that a jemalloc inside was compiled for: it compares what sysconf(_SC_PAGESIZE) answers with that
 * constant (src/pages.c, pages_boot). Undefined where the idiom is not found.
 */
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
