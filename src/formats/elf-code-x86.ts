// x86-64: system calls by "mov $n,%eax … syscall", calls of syscall(2) with a constant first argument, and calls through
// the vsyscall page.
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
import { type CodeRegion, maxNumber } from './elf-code-regions.ts';
import { keepsRegister } from './x86-run.ts';

/** A libc has some hundred; chance adds one in 16 KiB. */
const maxSites = 65536;

/** Numbers that are loaded into rax before a system call, which is 0F 05: its second byte is the rarer one. */
export function x86Syscalls(code: Buffer, numbers: Set<number>): void {
  let sites = 0;
  for (let at = code.indexOf(0x05); at !== -1; at = code.indexOf(0x05, at + 1)) {
    if (code[at - 1] !== 0x0f) continue;
    const number = constantBefore(code, at - 1, 0);
    if (number !== undefined) numbers.add(number);
    if (++sites === maxSites) return;
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
export function callsVsyscall(code: Buffer): boolean {
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
export function x86Stubs({ bytes, address }: CodeRegion, slot: number): number[] {
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

/** Numbers that are loaded into rdi before a call through one of the stubs, or through the slot itself. */
export function x86Calls(
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
  // Constants in rdi are rarer than calls: so the calls right behind them are looked at, and no others.
  for (const from of loadsOfRdi(bytes)) {
    const end = Math.min(from + window + 1, bytes.length - 5);
    for (let at = from + 1; at < end; at++) {
      const byte = bytes[at];
      if (byte !== 0xe8 && byte !== 0xe9) continue;
      if (stubs.has(address + at + 5 + bytes.readInt32LE(at + 1))) note(at);
    }
  }
}

/** "xor %edi,%edi" in its two encodings; the long form of the load. */
const otherLoads = [
  [0x31, 0xff],
  [0x33, 0xff],
  [0xc7, 0xc7],
].map((bytes) => Buffer.from(bytes));

/** Places of whatever constantBefore could take for a load of a constant into rdi. */
function* loadsOfRdi(code: Buffer): Generator<number> {
  for (let at = code.indexOf(0xbf); at !== -1; at = code.indexOf(0xbf, at + 1)) {
    if (code[at + 3] === 0 && code[at + 4] === 0) yield at;
  }
  for (const load of otherLoads) {
    for (let at = code.indexOf(load); at !== -1; at = code.indexOf(load, at + 1)) yield at + 1;
  }
}
