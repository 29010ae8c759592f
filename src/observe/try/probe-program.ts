// A program that makes one system call and writes what the kernel answered to its standard output: sixteen letters, a for
// 0 to p for 15, the highest four bits first, since logs are of text. It is put together here, byte by byte, so that it
// needs nothing of the image that it runs in: no C library, no shell.
import type { Abi } from '../../kernel/abi.ts';

const base = 0x400000;
const headerBytes = 64 + 56;

interface Machine {
  /** ELF's number of it (e_machine). */
  readonly number: number;
  code(call: number, args: readonly bigint[]): Buffer;
}

/** mov r64, imm64 with its REX prefix and opcode. */
function x86Set(prefix: number, opcode: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt8(prefix, 0);
  bytes.writeUInt8(opcode, 1);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value), 2);
  return bytes;
}

// rdi, rsi, rdx, r10, r8, r9
const x86Arguments: readonly (readonly [prefix: number, opcode: number])[] = [
  [0x48, 0xbf],
  [0x48, 0xbe],
  [0x48, 0xba],
  [0x49, 0xba],
  [0x49, 0xb8],
  [0x49, 0xb9],
];

const x86: Machine = {
  number: 62,
  code: (call, args) =>
    Buffer.concat([
      ...x86Arguments.map(([prefix, opcode], index) => x86Set(prefix, opcode, args[index] ?? 0n)),
      x86Set(0x48, 0xb8, BigInt(call)),
      // syscall; mov rbx, rax; mov ecx, 16; sub rsp, 32
      Buffer.from('0f054889c3b9100000004883ec20', 'hex'),
      // mov al, bl; and al, 15; add al, 'a'; mov [rsp+rcx-1], al; shr rbx, 4; dec ecx; jnz back to the first
      Buffer.from('88d8240f046188440cff48c1eb04ffc975ee', 'hex'),
      // mov byte [rsp+16], 10; mov eax, 1 (write); mov edi, 1; mov rsi, rsp; mov edx, 17; syscall
      Buffer.from('c64424100ab801000000bf010000004889e6ba110000000f05', 'hex'),
      // mov eax, 231 (exit_group); xor edi, edi; syscall
      Buffer.from('b8e700000031ff0f05', 'hex'),
    ]),
};

/** movz and movk of AArch64: 16 bits each. */
function armSet(register: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(16);
  for (let part = 0; part < 4; part += 1) {
    const bits = Number((BigInt.asUintN(64, value) >> BigInt(16 * part)) & 0xffffn);
    const opcode = part === 0 ? 0xd2800000 : 0xf2800000;
    bytes.writeUInt32LE((opcode | (part << 21) | (bits << 5) | register) >>> 0, 4 * part);
  }
  return bytes;
}

function armWords(...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * words.length);
  for (const [at, word] of words.entries()) bytes.writeUInt32LE(word, 4 * at);
  return bytes;
}

const arm: Machine = {
  number: 183,
  code: (call, args) =>
    Buffer.concat([
      ...Array.from({ length: 6 }, (_, index) => armSet(index, args[index] ?? 0n)),
      armSet(8, BigInt(call)),
      armWords(
        // svc #0; sub sp, sp, #32; mov x1, #16
        ...[0xd4000001, 0xd10083ff, 0xd2800201],
        // and w2, w0, #15; add w2, w2, #'a'; sub x1, x1, #1; strb w2, [sp, x1]; lsr x0, x0, #4; cbnz x1, back to the first
        ...[0x12000c02, 0x11018442, 0xd1000421, 0x38216be2, 0xd344fc00, 0xb5ffff61],
        // mov w2, #10; strb w2, [sp, #16]; mov x1, sp
        ...[0x52800142, 0x390043e2, 0x910003e1],
      ),
      armSet(0, 1n),
      armSet(2, 17n),
      armSet(8, 64n),
      armWords(0xd4000001),
      armSet(0, 0n),
      armSet(8, 94n),
      armWords(0xd4000001),
    ]),
};

const machines: Partial<Readonly<Record<Abi, Machine>>> = { x86_64: x86, aarch64: arm };

/** The program, as an ELF file; undefined for machines that it is not known for. */
export function probeProgram(abi: Abi, call: number, args: readonly bigint[]): Buffer | undefined {
  const machine = machines[abi];
  if (machine === undefined) return undefined;
  const code = machine.code(call, args);
  const file = Buffer.alloc(headerBytes + code.length);
  // ELF header: 64 bits, little-endian, an executable at a fixed address.
  file.write('7f454c46020101', 0, 'hex');
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(machine.number, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(base + headerBytes), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  // One segment to load, to be read and executed.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(BigInt(base), 80);
  file.writeBigUInt64LE(BigInt(base), 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(4096n, 112);
  code.copy(file, headerBytes);
  return file;
}
