// A decoded x86-64 instruction in the neutral form of src/isa/insn.ts. Covers what compilers use to compute numbers
// and addresses; everything else is told as registers that are overwritten (clobbers.ts).
// Source: Intel SDM volume 2.
import {
  condition,
  flagEffect,
  flow,
  MEMORY_SOURCE,
  NO_REGISTER,
  operation,
  type Step,
  UNKNOWN_SOURCE,
} from '../insn.ts';
import { clobbersOf } from './clobbers.ts';
import { decode, LEGACY, makeInsn, PREFIX_FS, PREFIX_GS, PREFIX_OPERAND } from './decode.ts';
import { conditionOf, flagEffectOf } from './flags.ts';
import { flowOf } from './flow.ts';

/** Register numbers. */
export const RAX = 0;
export const RCX = 1;
export const RDX = 2;
export const RBX = 3;
export const RSP = 4;
export const RBP = 5;
export const RSI = 6;
export const RDI = 7;

const insn = makeInsn();

/**
 * Reads the instruction at offset `at` of `code` (readable up to `end`), which runs at `address`.
 * @returns its length.
 */
export function readStep(
  code: Uint8Array,
  at: number,
  end: number,
  address: number,
  out: Step,
): number {
  const length = decode(code, at, end, insn);
  out.length = length;
  out.flow = flowOf(insn);
  out.target = -1;
  out.operation = operation.none;
  out.destination = NO_REGISTER;
  out.left = NO_REGISTER;
  out.source = NO_REGISTER;
  out.second = NO_REGISTER;
  out.memory = false;
  out.advance = 0;
  out.clobbers = 0;
  out.condition = condition.none;
  out.flagEffect = flagEffect.none;
  if (!insn.valid) return length;
  const next = address + length;
  if (out.flow === flow.jump || out.flow === flow.branch || out.flow === flow.call) {
    out.target = next + insn.immediate;
    if (out.flow === flow.branch) out.condition = conditionOf(insn);
  }
  out.width = insn.rex & 8 ? 8 : insn.prefixes & PREFIX_OPERAND ? 2 : 4;
  if (insn.modrm >= 0 && insn.modrm < 0xc0) memoryOperand(next, out);
  if (insn.encoding !== LEGACY || insn.map > 1 || !operate(out)) {
    out.operation = operation.none;
    out.clobbers = clobbersOf(insn);
  }
  out.flagEffect = flagEffectOf(insn, out.operation);
  return length;
}

function memoryOperand(next: number, out: Step): void {
  out.memory = true;
  out.segment = (insn.prefixes & (PREFIX_FS | PREFIX_GS)) !== 0;
  out.index = NO_REGISTER;
  out.scale = 1;
  out.displacement = insn.displacement;
  const mod = insn.modrm >> 6;
  const rm = insn.modrm & 7;
  if (rm === 4) {
    const index = ((insn.sib >> 3) & 7) | (insn.rex & 2 ? 8 : 0);
    if (index !== 4) {
      out.index = index;
      out.scale = 1 << (insn.sib >> 6);
    }
    const base = insn.sib & 7;
    out.base = base === 5 && mod === 0 ? NO_REGISTER : base | (insn.rex & 1 ? 8 : 0);
  } else if (rm === 5 && mod === 0) {
    out.base = NO_REGISTER;
    out.displacement = next + insn.displacement;
  } else {
    out.base = rm | (insn.rex & 1 ? 8 : 0);
  }
}

const regField = (): number => ((insn.modrm >> 3) & 7) | (insn.rex & 4 ? 8 : 0);
const rmField = (): number => (insn.modrm & 7) | (insn.rex & 1 ? 8 : 0);

/** Whether a register number of a one-byte operand means ah, ch, dh or bh. */
const isHighByte = (register: number): boolean => insn.rex === 0 && register >= 4 && register <= 7;

/** 0..7: add or adc sbb and sub xor cmp; 0: not modelled, -1: writes nothing. */
const arithmetic: readonly number[] = [
  operation.add,
  operation.or,
  0,
  0,
  operation.and,
  operation.subtract,
  operation.xor,
  -1,
];

/** Describes the instruction; false where clobbers must. */
function operate(out: Step): boolean {
  return insn.map === 0 ? operateOneByte(insn.opcode, out) : operateTwoByte(insn.opcode, out);
}

function operateOneByte(opcode: number, out: Step): boolean {
  if (opcode < 0x40) return operateArithmetic(arithmetic[opcode >> 3] ?? 0, opcode & 7, out);
  if ((opcode & 0xf0) === 0xb0) {
    const register = (opcode & 7) | (insn.rex & 1 ? 8 : 0);
    if (opcode < 0xb8) out.width = 1;
    if (opcode < 0xb8 && isHighByte(register)) return false;
    return immediateTo(operation.move, register, out);
  }
  if ((opcode & 0xf8) === 0x50) return pushOrPop(operation.push, out, opcode);
  if ((opcode & 0xf8) === 0x58) return pushOrPop(operation.pop, out, opcode);
  if (opcode >= 0x91 && opcode <= 0x97) {
    out.operation = operation.exchange;
    out.destination = RAX;
    out.source = (opcode & 7) | (insn.rex & 1 ? 8 : 0);
    return out.width !== 2;
  }
  switch (opcode) {
    case 0x63:
      return extend(operation.signExtend, 4, out);
    case 0x68:
    case 0x6a:
      out.operation = operation.push;
      out.immediate = insn.immediate;
      out.width = 8;
      return true;
    case 0x80:
    case 0x81:
    case 0x83: {
      if (opcode === 0x80) out.width = 1;
      const kind = arithmetic[(insn.modrm >> 3) & 7] ?? 0;
      if (kind === -1) return compareImmediate(operation.compare, out);
      if (out.memory) return storeUnknown(out);
      if (kind === 0 || (out.width === 1 && isHighByte(rmField()))) return false;
      return immediateTo(kind, rmField(), out);
    }
    case 0x84:
    case 0x85:
      if (opcode === 0x84) out.width = 1;
      return compareOperands(operation.test, false, out);
    case 0xa8:
    case 0xa9:
      if (opcode === 0xa8) out.width = 1;
      return compareImmediate(operation.test, out, RAX);
    case 0x98:
      // cdqe; cwde is rare.
      if (out.width !== 8) return false;
      out.operation = operation.signExtend;
      out.fromWidth = 4;
      out.destination = RAX;
      out.source = RAX;
      return true;
    case 0x90:
      return true;
    case 0x87:
      if (out.memory || out.width === 2) return false;
      out.operation = operation.exchange;
      out.destination = rmField();
      out.source = regField();
      return true;
    case 0x88:
    case 0x89:
      if (opcode === 0x88) out.width = 1;
      return registerToOperand(out);
    case 0x8a:
    case 0x8b:
      if (opcode === 0x8a) out.width = 1;
      return operandToRegister(operation.move, operation.load, out);
    case 0x8d:
      if (!out.memory) return false;
      out.operation = operation.address;
      out.destination = regField();
      return true;
    case 0xc0:
    case 0xc1:
    case 0xd0:
    case 0xd1:
      return shift(opcode, out);
    case 0xc6:
    case 0xc7:
      if (opcode === 0xc6) out.width = 1;
      if ((insn.modrm & 0x38) !== 0) return false;
      out.immediate = insn.immediate;
      if (out.memory) {
        out.operation = operation.store;
        return true;
      }
      if (out.width === 1 && isHighByte(rmField())) return false;
      return immediateTo(operation.move, rmField(), out);
    case 0xc9:
      out.operation = operation.leave;
      return true;
    case 0xf6:
    case 0xf7:
      return group3(opcode, out);
    case 0xfe:
    case 0xff:
      return group5(opcode, out);
    default:
      return false;
  }
}

function operateTwoByte(opcode: number, out: Step): boolean {
  if ((opcode & 0xf0) === 0x40) {
    out.destination = regField();
    out.operation = out.memory ? operation.chooseLoad : operation.choose;
    out.condition = conditionOf(insn);
    if (!out.memory) out.source = rmField();
    return out.width !== 2;
  }
  if ((opcode & 0xf0) === 0x90) {
    if (out.memory) {
      out.width = 1;
      return storeUnknown(out);
    }
    if (isHighByte(rmField())) return false;
    out.operation = operation.flag;
    out.condition = conditionOf(insn);
    out.destination = rmField();
    out.width = 1;
    return true;
  }
  switch (opcode) {
    case 0xb6:
      return extend(operation.zeroExtend, 1, out);
    case 0xb7:
      return extend(operation.zeroExtend, 2, out);
    case 0xbe:
      return extend(operation.signExtend, 1, out);
    case 0xbf:
      return extend(operation.signExtend, 2, out);
    case 0x1e:
    case 0x1f:
    case 0x18:
    case 0x0d:
      return true;
    case 0xa3:
      return out.memory || compareOperands(operation.testBit, false, out);
    case 0xba:
      if (((insn.modrm >> 3) & 7) !== 4) return false;
      return out.memory || compareImmediate(operation.testBit, out);
    default:
      return false;
  }
}

function operateArithmetic(kind: number, form: number, out: Step): boolean {
  if (kind === -1) {
    if ((form & 1) === 0) out.width = 1;
    if (form >= 4) return compareImmediate(operation.compare, out, RAX);
    return compareOperands(operation.compare, form >= 2, out);
  }
  if (form === 4 || form === 5) {
    if (form === 4) out.width = 1;
    return kind !== 0 && immediateTo(kind, RAX, out);
  }
  if (form === 0 || form === 2) out.width = 1;
  const toRegister = form >= 2;
  const register = regField();
  if (out.memory) return toRegister ? false : storeUnknown(out);
  const other = rmField();
  if (out.width === 1 && (isHighByte(register) || isHighByte(other))) return false;
  const destination = toRegister ? register : other;
  const source = toRegister ? other : register;
  // sbb r, r is 0 or -1; xor r, r is 0 whatever r was.
  if (kind === 0) {
    if (source !== destination || (insn.opcode & 0x38) !== 0x18 || out.width < 4) return false;
    out.operation = operation.borrow;
    out.destination = destination;
    return true;
  }
  if ((kind === operation.xor || kind === operation.subtract) && source === destination) {
    out.immediate = 0;
    out.operation = operation.move;
    out.destination = destination;
    return true;
  }
  out.operation = kind;
  out.destination = destination;
  out.source = source;
  return true;
}

/** cmp and test with a number: of `register`, or of the r/m operand. */
function compareImmediate(kind: number, out: Step, register?: number): boolean {
  const left = register ?? (out.memory ? NO_REGISTER : rmField());
  if (out.width === 1 && register === undefined && !out.memory && isHighByte(left)) return true;
  out.operation = kind;
  out.destination = left;
  out.immediate = insn.immediate;
  return true;
}

/** cmp and test of two operands. `fromRegister`: the left one is the register operand. */
function compareOperands(kind: number, fromRegister: boolean, out: Step): boolean {
  const register = regField();
  const other = out.memory ? NO_REGISTER : rmField();
  if (out.width === 1 && (isHighByte(register) || (!out.memory && isHighByte(other)))) return true;
  out.operation = kind;
  if (fromRegister) {
    out.destination = register;
    out.source = out.memory ? MEMORY_SOURCE : other;
  } else {
    out.destination = other;
    out.source = register;
  }
  return true;
}

function immediateTo(kind: number, register: number, out: Step): boolean {
  out.operation = kind;
  out.destination = register;
  out.immediate =
    insn.immediateSize === 8
      ? insn.immediateHigh * 0x1_0000_0000 + (insn.immediate >>> 0)
      : insn.immediate;
  return true;
}

/** Memory gets something; which bytes is known, which value is not. */
function storeUnknown(out: Step): boolean {
  out.operation = operation.store;
  out.source = UNKNOWN_SOURCE;
  return true;
}

function pushOrPop(kind: number, out: Step, opcode: number): boolean {
  const register = (opcode & 7) | (insn.rex & 1 ? 8 : 0);
  if (insn.prefixes & PREFIX_OPERAND) return false;
  out.operation = kind;
  out.width = 8;
  if (kind === operation.push) out.source = register;
  else out.destination = register;
  return true;
}

function registerToOperand(out: Step): boolean {
  const source = regField();
  if (out.width === 1 && isHighByte(source)) return out.memory ? storeUnknown(out) : false;
  out.source = source;
  if (out.memory) {
    out.operation = operation.store;
    return true;
  }
  if (out.width === 1 && isHighByte(rmField())) return false;
  out.operation = operation.move;
  out.destination = rmField();
  return true;
}

function operandToRegister(fromRegister: number, fromMemory: number, out: Step): boolean {
  const destination = regField();
  if (out.width === 1 && (isHighByte(destination) || (!out.memory && isHighByte(rmField()))))
    return false;
  out.destination = destination;
  out.operation = out.memory ? fromMemory : fromRegister;
  if (!out.memory) out.source = rmField();
  return true;
}

function extend(kind: number, fromWidth: number, out: Step): boolean {
  if (out.width === 2) return false;
  if (!out.memory && fromWidth === 1 && isHighByte(rmField())) return false;
  out.operation = kind;
  out.fromWidth = fromWidth;
  out.destination = regField();
  if (!out.memory) out.source = rmField();
  return true;
}

function shift(opcode: number, out: Step): boolean {
  if (!(opcode & 1)) out.width = 1;
  if (out.memory) return storeUnknown(out);
  const kind = (insn.modrm >> 3) & 7;
  if (out.width < 4 || (kind !== 4 && kind !== 5)) return false;
  out.operation = kind === 4 ? operation.shiftLeft : operation.shiftRight;
  out.destination = rmField();
  out.immediate = (opcode < 0xd0 ? insn.immediate : 1) & (out.width === 8 ? 63 : 31);
  return true;
}

function group3(opcode: number, out: Step): boolean {
  const kind = (insn.modrm >> 3) & 7;
  if (opcode === 0xf6) out.width = 1;
  if (kind < 2) return compareImmediate(operation.test, out);
  if (kind > 3) return false;
  if (out.memory) return storeUnknown(out);
  if (out.width < 4) return false;
  out.operation = kind === 2 ? operation.not : operation.negate;
  out.destination = rmField();
  return true;
}

function group5(opcode: number, out: Step): boolean {
  const kind = (insn.modrm >> 3) & 7;
  if (opcode === 0xfe) out.width = 1;
  if (kind < 2) {
    if (out.memory) return storeUnknown(out);
    if (out.width === 1 && isHighByte(rmField())) return false;
    out.operation = operation.add;
    out.destination = rmField();
    out.immediate = kind === 0 ? 1 : -1;
    return true;
  }
  if (opcode === 0xff && kind === 6) {
    out.operation = out.memory ? operation.pushMemory : operation.push;
    if (!out.memory) out.source = rmField();
    out.width = 8;
    return true;
  }
  // Indirect calls and jumps: through memory, or through `source`.
  if (!out.memory) out.source = rmField();
  return true;
}
