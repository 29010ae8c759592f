// One machine instruction as analysis sees it, whatever the processor: where control goes next, and what happens to
// the general registers. What is not modelled is still told: every register that an instruction may write and that
// `operation` does not describe stands in `clobbers`. Filled by src/isa/x86-64/step.ts and
// src/isa/aarch64/step.ts; src/isa/machine.ts tells what the registers are for.

/** Where control goes. */
export const flow = {
  next: 0,
  /** Always to `target`. */
  jump: 1,
  /** To `target` or to the next instruction. */
  branch: 2,
  /** To `target`, and back. */
  call: 3,
  jumpIndirect: 4,
  callIndirect: 5,
  return: 6,
  /** Enters the kernel by the architecture's own call instruction. */
  syscall: 7,
  /** Enters the kernel with the numbers of the 32-bit ABI (int 0x80, sysenter). */
  syscall32: 8,
  /** Never goes on: ud2, hlt, int3. */
  stop: 9,
} as const;

export type Flow = (typeof flow)[keyof typeof flow];

/** What is computed. Forms with two operands read `left` (the destination where that is not told) and the source. */
export const operation = {
  none: 0,
  move: 1,
  /** destination = memory. */
  load: 2,
  /** memory = source or immediate. */
  store: 3,
  /** destination = address of the memory operand. */
  address: 4,
  add: 5,
  subtract: 6,
  and: 7,
  or: 8,
  xor: 9,
  shiftLeft: 10,
  shiftRight: 11,
  not: 12,
  negate: 13,
  /** destination = source, perhaps. */
  choose: 14,
  /** As choose, from memory. */
  chooseLoad: 15,
  /** destination = 0 or 1 (low byte). */
  flag: 16,
  push: 17,
  /** Pushes the memory operand. */
  pushMemory: 18,
  pop: 19,
  /** destination = source or memory, sign extended from `fromWidth`. */
  signExtend: 20,
  /** destination = source or memory, zero extended from `fromWidth`. */
  zeroExtend: 21,
  /** Both registers trade values. */
  exchange: 22,
  /** Stack pointer = frame pointer, then the frame pointer is popped. */
  leave: 23,
  /** destination = 0 or -1. */
  borrow: 24,
  /** destination = left, or source plus one; its complement; its negative. */
  chooseNext: 25,
  chooseNot: 26,
  chooseNegated: 27,
  /** `bits` bits of the destination from bit `position` on = the lowest of the source. */
  insert: 28,
  /** destination and `second` = two values that follow each other in memory, each `width` bytes. */
  loadPair: 29,
  /** Two values in memory = source and `second`. */
  storePair: 30,
  /** As shiftRight, with the sign. */
  shiftRightSigned: 31,
  /**
   * Only sets the flags, from left - right, left & right, left + right. Left is `destination` or, without one, memory;
   * right is `source`, memory (MEMORY_SOURCE) or, without a register, `immediate`. Nothing is written.
   */
  compare: 32,
  test: 33,
  compareSum: 34,
  /** Only sets the flags: carry (`below`) is bit `source` or `immediate` of `destination`. */
  testBit: 35,
} as const;

export type Operation = (typeof operation)[keyof typeof operation];

/** No register. */
export const NO_REGISTER = -1;
/** A source that stands for no register and no immediate: the value is not known. */
export const UNKNOWN_SOURCE = -2;
/** As `source` of compare and test: the memory operand. */
export const MEMORY_SOURCE = -3;

/** When a branch is taken, a choice made, a flag set; all but the last four look at the flags. */
export const condition = {
  none: 0,
  equal: 1,
  notEqual: 2,
  /** Signed. */
  less: 3,
  lessOrEqual: 4,
  greater: 5,
  greaterOrEqual: 6,
  /** Unsigned. */
  below: 7,
  belowOrEqual: 8,
  above: 9,
  aboveOrEqual: 10,
  negative: 11,
  notNegative: 12,
  /** Overflow, parity, and what has no name here. */
  other: 13,
  /** `source` is zero, or not: without flags. */
  zero: 14,
  notZero: 15,
  /** Bit number `immediate` of `source`. */
  bitSet: 16,
  bitClear: 17,
} as const;

/** What an instruction does to the flags that conditions look at. */
export const flagEffect = {
  none: 0,
  /** They tell of its result: of compare, test, compareSum, testBit, subtract, and, add, or, xor, negate, shifts. */
  result: 1,
  /** They change, and nothing is told. */
  unknown: 2,
} as const;

/** One instruction; reused from call to call. Addresses are those of the code's own address space. */
export interface Step {
  /** Bytes. */
  length: number;
  flow: number;
  /** Of jump, branch and call; -1 elsewhere. */
  target: number;
  operation: number;
  /** Bytes of the operands: 1, 2, 4 or 8. */
  width: number;
  fromWidth: number;
  destination: number;
  /** First operand of what has two; NO_REGISTER: the destination is. */
  left: number;
  /** NO_REGISTER: `immediate` is the source. UNKNOWN_SOURCE: it is not known. */
  source: number;
  /** Second register of a pair; NO_REGISTER where the pair's half goes nowhere. */
  second: number;
  /** Signed. Exact within 2^53. */
  immediate: number;
  /** There is a memory operand, read or written or only addressed. */
  memory: boolean;
  /** The memory operand is not addressed in the plain address space (fs:, gs:). */
  segment: boolean;
  base: number;
  index: number;
  scale: number;
  /** Signed; of a memory operand relative to the program counter the address itself. */
  displacement: number;
  /** Bytes that the base register moves by, after the access. */
  advance: number;
  /** Of insert. */
  position: number;
  bits: number;
  /** Bit mask of registers that get values which are not described. */
  clobbers: number;
  /** Of branch, choose, chooseLoad and flag. */
  condition: number;
  flagEffect: number;
}

/** An empty step to write into. */
export function makeStep(): Step {
  return {
    length: 0,
    flow: flow.next,
    target: -1,
    operation: operation.none,
    width: 8,
    fromWidth: 8,
    destination: NO_REGISTER,
    left: NO_REGISTER,
    source: NO_REGISTER,
    second: NO_REGISTER,
    immediate: 0,
    memory: false,
    segment: false,
    base: NO_REGISTER,
    index: NO_REGISTER,
    scale: 1,
    displacement: 0,
    advance: 0,
    position: 0,
    bits: 0,
    clobbers: 0,
    condition: condition.none,
    flagEffect: flagEffect.none,
  };
}
