// Assembles eBPF instructions (RFC 9669). Small on purpose: what the programs of src/observe/trace need, no more. An
// instruction is eight bytes: opcode, two registers, a signed 16-bit offset, a signed 32-bit immediate.

/** A register, r0 to r10. r10 is the frame, r1 to r5 are lost by a call, r6 to r9 are kept. */
export type Register = 'r0' | 'r1' | 'r2' | 'r3' | 'r4' | 'r5' | 'r6' | 'r7' | 'r8' | 'r9' | 'r10';

/** Bytes that a load or store moves. */
export type Width = 1 | 2 | 4 | 8;

/** What two values are compared by; the ones with s are signed. */
export type Comparison = '==' | '!=' | '>' | '>=' | '<' | '<=' | 's>' | 's>=' | 's<' | 's<=' | '&';

export type Operation = '+' | '-' | '*' | '|' | '&' | '<<' | '>>' | '^';

const widthBits: Readonly<Record<Width, number>> = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 };

const comparisons: Readonly<Record<Comparison, number>> = {
  '==': 0x10,
  '>': 0x20,
  '>=': 0x30,
  '&': 0x40,
  '!=': 0x50,
  's>': 0x60,
  's>=': 0x70,
  '<': 0xa0,
  '<=': 0xb0,
  's<': 0xc0,
  's<=': 0xd0,
};

const operations: Readonly<Record<Operation, number>> = {
  '+': 0x00,
  '-': 0x10,
  '*': 0x20,
  '|': 0x40,
  '&': 0x50,
  '<<': 0x60,
  '>>': 0x70,
  '^': 0xa0,
};

// Classes and modes, RFC 9669 sections 3 to 5.
const LDX_MEM = 0x61;
const ST_MEM = 0x62;
const STX_MEM = 0x63;
const JMP = 0x05;
const ALU = 0x04;
const ALU64 = 0x07;
const MOV = 0xb0;
const NEG = 0x80;
const FROM_REGISTER = 0x08;
const LD_IMM64 = 0x18;
const PSEUDO_MAP_FD = 1;
const CALL = 0x85;
const EXIT = 0x95;
const ATOMIC = 0xc3;

/** Instructions under way. Every method appends one. */
export interface Assembler {
  /** The next instruction is the one that jumps to this label reach. */
  label(name: string): void;
  /** A name for a label that no other has. */
  fresh(name: string): string;
  /** dst = value, a register or a number. */
  set(dst: Register, value: Register | number): void;
  /** The lower 32 bits of a register, the upper cleared. */
  set32(dst: Register, value: Register): void;
  set64(dst: Register, value: bigint): void;
  setMap(dst: Register, fd: number): void;
  op(dst: Register, operation: Operation, value: Register | number): void;
  negate(dst: Register): void;
  load(dst: Register, width: Width, from: Register, offset: number): void;
  store(width: Width, to: Register, offset: number, value: Register | number): void;
  /** Adds a register to memory, 8 or 4 bytes, whatever other processors do meanwhile. */
  addAtomically(width: 4 | 8, to: Register, offset: number, value: Register): void;
  jump(to: string): void;
  jumpIf(dst: Register, comparison: Comparison, value: Register | number, to: string): void;
  call(helper: number): void;
  exit(): void;
  /** The program. @throws RangeError for a label that is missing or too far away */
  assemble(): Buffer;
}

interface Instruction {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly offset: number;
  readonly imm: number;
  readonly target?: string;
}

const numberOf = (register: Register): number => Number(register.slice(1));

/** Begins a program. */
export function assembler(): Assembler {
  const instructions: Instruction[] = [];
  const labels = new Map<string, number>();
  let names = 0;
  const put = (code: number, rest: Partial<Omit<Instruction, 'code'>> = {}): void => {
    instructions.push({ code, dst: 0, src: 0, offset: 0, imm: 0, ...rest });
  };
  const withValue = (
    code: number,
    dst: Register,
    value: Register | number,
    rest: { readonly target?: string } = {},
  ): void =>
    typeof value === 'number'
      ? put(code, { dst: numberOf(dst), imm: value, ...rest })
      : put(code | FROM_REGISTER, { dst: numberOf(dst), src: numberOf(value), ...rest });
  const wide = (dst: Register, src: number, value: bigint): void => {
    put(LD_IMM64, { dst: numberOf(dst), src, imm: Number(BigInt.asIntN(32, value)) });
    put(0, { imm: Number(BigInt.asIntN(32, value >> 32n)) });
  };
  return {
    label: (name) => {
      if (labels.has(name)) throw new RangeError(`label ${name} stands twice`);
      labels.set(name, instructions.length);
    },
    fresh: (name) => {
      names += 1;
      return `${name} ${names}`;
    },
    set: (dst, value) => withValue(ALU64 | MOV, dst, value),
    set32: (dst, value) => withValue(ALU | MOV, dst, value),
    set64: (dst, value) => wide(dst, 0, value),
    setMap: (dst, fd) => wide(dst, PSEUDO_MAP_FD, BigInt(fd)),
    op: (dst, operation, value) => withValue(ALU64 | operations[operation], dst, value),
    negate: (dst) => put(ALU64 | NEG, { dst: numberOf(dst) }),
    load: (dst, width, from, offset) =>
      put(LDX_MEM | widthBits[width], { dst: numberOf(dst), src: numberOf(from), offset }),
    store: (width, to, offset, value) =>
      typeof value === 'number'
        ? put(ST_MEM | widthBits[width], { dst: numberOf(to), offset, imm: value })
        : put(STX_MEM | widthBits[width], { dst: numberOf(to), src: numberOf(value), offset }),
    addAtomically: (width, to, offset, value) =>
      put(ATOMIC | widthBits[width], { dst: numberOf(to), src: numberOf(value), offset }),
    jump: (target) => put(JMP, { target }),
    jumpIf: (dst, comparison, value, target) =>
      withValue(JMP | comparisons[comparison], dst, value, { target }),
    call: (helper) => put(CALL, { imm: helper }),
    exit: () => put(EXIT),
    assemble: () => {
      const program = Buffer.alloc(8 * instructions.length);
      for (const [at, { code, dst, src, offset, imm, target }] of instructions.entries()) {
        program.writeUInt8(code, 8 * at);
        program.writeUInt8(dst | (src << 4), 8 * at + 1);
        program.writeInt16LE(target === undefined ? offset : distance(at, target), 8 * at + 2);
        program.writeInt32LE(imm, 8 * at + 4);
      }
      return program;
    },
  };

  function distance(from: number, target: string): number {
    const to = labels.get(target);
    if (to === undefined) throw new RangeError(`there is no label ${target}`);
    return to - from - 1;
  }
}
