// What one instruction does while an error is followed: registers, the function's stack, memory at known addresses, errno
// and the flags. Apart from src/needs/code/file/machine-state.ts, which finds what a value can be wherever control came from:
// here one error is followed from where it comes up, and what is known of the rest matters little.
import {
  condition,
  flagEffect,
  MEMORY_SOURCE,
  NO_REGISTER,
  operation,
  type Step,
  UNKNOWN_SOURCE,
} from '../../../isa/insn.ts';
import type { Machine } from '../../../isa/machine.ts';
import {
  type Amount,
  anything,
  asSigned,
  asUnsigned,
  bases,
  behind,
  between,
  exactly,
  type Flags,
  flagsMarked,
  holds,
  isExact,
  joinAmounts,
  mark,
  sameAmount,
  unknownFrom,
} from './reaction-value.ts';

/** The machine at one point on the way. */
export interface Course {
  readonly registers: Amount[];
  /** By cellOf. Copies share it until one of them writes. */
  memory: Map<number, Amount>;
  /** Others hold the same `memory`. */
  isShared: boolean;
  errno: Amount;
  flags: Flags | undefined;
  /** Something was said on the way. */
  told: boolean;
}

const cellSpan = 2 ** 40;
const maxCells = 64;
const noMemory: Map<number, Amount> = new Map();

/** The memory to write to: the course's own. */
function ownMemory(course: Course): Map<number, Amount> {
  if (course.isShared) {
    course.memory = new Map(course.memory);
    course.isShared = false;
  }
  return course.memory;
}

function remember(course: Course, cell: number, value: Amount): void {
  if (value.base >= 0 && course.memory.size < maxCells) ownMemory(course).set(cell, value);
  else forgetCell(course, cell);
}

function forgetCell(course: Course, cell: number): void {
  if (course.memory.has(cell)) ownMemory(course).delete(cell);
}

const cellOf = ({ base, low }: Amount): number => base * cellSpan + low;

/** At the return of a call: `result` in the register of results; what other registers hold is not known. */
export function courseFrom(machine: Machine, result: Amount, errno: Amount): Course {
  const registers: Amount[] = [];
  for (let register = 0; register < machine.registers; register++)
    registers.push(behind(bases.firstRegister + register, 0));
  registers[machine.stackPointer] = behind(bases.stack, 0);
  registers[resultOf(machine)] = result;
  return { registers, memory: noMemory, isShared: true, errno, flags: undefined, told: false };
}

/** The register that functions return their result in. */
export const resultOf = (machine: Machine): number => machine.resultRegister;

export function copyCourse(course: Course): Course {
  const { registers, memory, errno, flags, told } = course;
  course.isShared = true;
  return { registers: registers.slice(), memory, isShared: true, errno, flags, told };
}

/** Forgets all memory. */
export function forgetAllMemory(course: Course): void {
  course.memory = noMemory;
  course.isShared = true;
}

/** Whether two courses agree in all that is known. */
export function sameCourse(a: Course, b: Course): boolean {
  if (a.told !== b.told || !sameAmount(a.errno, b.errno) || a.memory.size !== b.memory.size)
    return false;
  for (let at = 0; at < a.registers.length; at++)
    if (!sameAmount(registerOf(a, at), registerOf(b, at))) return false;
  if (a.memory.size === 0 || a.memory === b.memory) return true;
  for (const [cell, value] of a.memory) {
    const other = b.memory.get(cell);
    if (other === undefined || !sameAmount(value, other)) return false;
  }
  return true;
}

/** Joins `from` into `into`. */
export function joinCourse(into: Course, from: Course): void {
  for (let at = 0; at < into.registers.length; at++)
    into.registers[at] = joinAmounts(registerOf(into, at), registerOf(from, at));
  if (into.memory !== from.memory) {
    const memory = ownMemory(into);
    for (const [cell, value] of memory) {
      const other = from.memory.get(cell);
      if (other === undefined) memory.delete(cell);
      else memory.set(cell, joinAmounts(value, other));
    }
  }
  into.errno = joinAmounts(into.errno, from.errno);
  into.flags = undefined;
  into.told &&= from.told;
}

/** Reads memory that nothing writes to. */
export type ReadConstant = (address: number, size: number) => number | undefined;

const registerOf = (course: Course, register: number): Amount =>
  course.registers[register] ?? anything;

/** Where the memory operand is. */
export function addressOf(step: Step, course: Course): Amount {
  const base = step.base === NO_REGISTER ? exactly(0) : registerOf(course, step.base);
  if (step.index !== NO_REGISTER) {
    const index = registerOf(course, step.index);
    if (!isExact(index)) return anything;
    return plus(base, exactly(index.low * step.scale + step.displacement));
  }
  return step.displacement === 0 ? base : plus(base, exactly(step.displacement));
}

function plus(a: Amount, b: Amount): Amount {
  if (a.base < 0 || b.base < 0 || (a.base > 0 && b.base > 0)) return unknownFrom(a, b);
  const marked = a.marked || b.marked;
  if (a.base > 0)
    return isExact(b) ? mark(behind(a.base, a.low + b.low), marked) : unknownFrom(a, b);
  if (b.base > 0) return plus(b, a);
  const low = a.low + b.low;
  const high = a.high + b.high;
  return Math.abs(low) > 2 ** 52 || Math.abs(high) > 2 ** 53
    ? unknownFrom(a, b)
    : between(low, high, marked);
}

function minus(a: Amount, b: Amount): Amount {
  if (a.base > 0 && a.base === b.base) return exactly(a.low - b.low, a.marked || b.marked);
  if (b.base !== 0) return unknownFrom(a, b);
  return plus(a, between(-b.high, -b.low, b.marked));
}

/** Thread-local memory of four bytes is errno more often than anything else that an error's way looks at. */
function isErrno(step: Step, course: Course, width: number): boolean {
  if (width !== 4) return false;
  return step.segment || isThread(course, step.base) || isThread(course, step.index);
}

const isThread = (course: Course, register: number): boolean =>
  register !== NO_REGISTER && registerOf(course, register).base === bases.thread;

function load(step: Step, course: Course, width: number, read: ReadConstant): Amount {
  if (isErrno(step, course, width)) return course.errno;
  const address = addressOf(step, course);
  if (step.segment)
    return address.base === 0 && address.low === 0 && width === 8
      ? behind(bases.thread, 0)
      : anything;
  if (address.base === bases.errno) return course.errno;
  if (address.base < 0 || address.low !== address.high) return anything;
  const known = course.memory.get(cellOf(address));
  if (known !== undefined) return asUnsigned(known, width);
  if (address.base !== 0) return anything;
  const number = read(address.low, width);
  return number === undefined ? anything : exactly(number);
}

function store(step: Step, course: Course, value: Amount, width: number): void {
  if (isErrno(step, course, width)) {
    course.errno = asSigned(value, 4);
    return;
  }
  const address = addressOf(step, course);
  if (step.segment) return;
  if (address.base === bases.errno) {
    course.errno = asSigned(value, 4);
    return;
  }
  if (address.base < 0 || address.low !== address.high) return;
  const cell = cellOf(address);
  for (let near = 1; near < 8 && course.memory.size > 0; near++) {
    forgetCell(course, cell - near);
    if (near < width) forgetCell(course, cell + near);
  }
  remember(course, cell, value);
}

function sourceOf(step: Step, course: Course, read: ReadConstant): Amount {
  if (step.source === UNKNOWN_SOURCE) return anything;
  if (step.source === MEMORY_SOURCE) return load(step, course, step.width, read);
  if (step.source === NO_REGISTER) return exactly(step.immediate);
  return registerOf(course, step.source);
}

function write(course: Course, register: number, value: Amount, width: number): void {
  course.registers[register] =
    width >= 4
      ? asUnsigned(value, width)
      : width === 1
        ? lowByte(course, register, value)
        : anything;
}

/** A byte is written; the rest of the register was cleared before where that is known. */
function lowByte(course: Course, register: number, value: Amount): Amount {
  const old = registerOf(course, register);
  const byte = asUnsigned(value, 1);
  if (old.base === 0 && old.low >= 0 && old.high < 256 && byte.base === 0) return byte;
  // Whoever reads it looks at the byte.
  return byte.base === 0 ? byte : unknownFrom(old, byte);
}

/** Applies an instruction that goes on to the next one. */
export function advance(step: Step, course: Course, machine: Machine, read: ReadConstant): void {
  const { destination, width } = step;
  const old = destination >= 0 ? registerOf(course, destination) : anything;
  const flagsBefore = course.flags;
  switch (step.operation) {
    case operation.none:
      break;
    case operation.move:
      write(course, destination, sourceOf(step, course, read), width);
      break;
    case operation.load:
      write(course, destination, load(step, course, width, read), width);
      break;
    case operation.store:
      store(step, course, sourceOf(step, course, read), width);
      break;
    case operation.address:
      write(course, destination, step.segment ? anything : addressOf(step, course), width);
      break;
    case operation.compare:
    case operation.test:
    case operation.compareSum:
    case operation.testBit:
      compare(step, course, read);
      return;
    case operation.add:
      setResult(step, course, plus(asUnsigned(old, width), sourceOf(step, course, read)));
      break;
    case operation.subtract: {
      const source = sourceOf(step, course, read);
      write(course, destination, minus(asUnsigned(old, width), source), width);
      if (step.flagEffect === flagEffect.result)
        course.flags = { kind: 'compare', left: old, right: source, width };
      break;
    }
    case operation.and:
      if (destination === machine.stackPointer) break;
      setResult(step, course, bitwise(old, sourceOf(step, course, read), width, 'and'));
      break;
    case operation.or:
      setResult(step, course, bitwise(old, sourceOf(step, course, read), width, 'or'));
      break;
    case operation.xor:
      setResult(step, course, bitwise(old, sourceOf(step, course, read), width, 'xor'));
      break;
    case operation.shiftLeft:
    case operation.shiftRight:
    case operation.shiftRightSigned:
      setResult(step, course, shifted(step, old));
      break;
    case operation.not: {
      const value = asSigned(old, width);
      write(
        course,
        destination,
        value.base === 0
          ? between(-1 - value.high, -1 - value.low, value.marked)
          : unknownFrom(value),
        width,
      );
      break;
    }
    case operation.negate: {
      write(course, destination, minus(exactly(0), asSigned(old, width)), width);
      if (step.flagEffect === flagEffect.result)
        course.flags = { kind: 'compare', left: exactly(0), right: old, width };
      break;
    }
    case operation.choose:
    case operation.chooseLoad: {
      const other =
        step.operation === operation.choose
          ? sourceOf(step, course, read)
          : load(step, course, width, read);
      write(course, destination, chosen(step, flagsBefore, old, other), width);
      break;
    }
    case operation.chooseNext:
    case operation.chooseNot:
    case operation.chooseNegated:
      // Where the choice cannot be told, these are not either: left and source are two registers here.
      course.registers[destination] = anything;
      break;
    case operation.flag: {
      const set = holds(step.condition, flagsBefore);
      write(
        course,
        destination,
        mark(set === undefined ? between(0, 1) : exactly(set ? 1 : 0), flagsMarked(flagsBefore)),
        width,
      );
      break;
    }
    case operation.borrow: {
      const below = holds(condition.below, flagsBefore);
      write(
        course,
        destination,
        mark(
          below === undefined ? between(-1, 0) : exactly(below ? -1 : 0),
          flagsMarked(flagsBefore),
        ),
        width,
      );
      break;
    }
    case operation.push:
      push(course, machine, sourceOf(step, course, read));
      break;
    case operation.pushMemory:
      push(course, machine, load(step, course, 8, read));
      break;
    case operation.pop:
      pop(course, machine, destination);
      break;
    case operation.leave:
      course.registers[machine.stackPointer] = registerOf(course, machine.framePointer);
      pop(course, machine, machine.framePointer);
      break;
    case operation.signExtend:
    case operation.zeroExtend: {
      const source = step.memory
        ? load(step, course, step.fromWidth, read)
        : registerOf(course, step.source);
      const fit = step.operation === operation.signExtend ? asSigned : asUnsigned;
      write(course, destination, fit(source, step.fromWidth), width);
      break;
    }
    case operation.exchange: {
      const other = registerOf(course, step.source);
      write(course, step.source, old, width);
      write(course, destination, other, width);
      break;
    }
    case operation.loadPair: {
      write(course, destination, load(step, course, width, read), width);
      course.registers[step.second] = anything;
      break;
    }
    case operation.storePair:
      store(step, course, registerOf(course, step.source), width);
      break;
    default:
      if (destination >= 0) course.registers[destination] = anything;
      break;
  }
  if (step.advance !== 0 && step.base >= 0)
    course.registers[step.base] = plus(registerOf(course, step.base), exactly(step.advance));
  if (step.clobbers !== 0) forget(course, step.clobbers);
  if (step.flagEffect === flagEffect.unknown) course.flags = undefined;
}

/** Writes a result, from which the flags may come, too. */
function setResult(
  { destination, width, flagEffect: effect }: Step,
  course: Course,
  value: Amount,
) {
  write(course, destination, value, width);
  if (effect === flagEffect.result)
    course.flags = { kind: 'result', value: asUnsigned(value, width), width };
}

function chosen(step: Step, flags: Flags | undefined, old: Amount, other: Amount): Amount {
  const takes = holds(step.condition, flags);
  const value = takes === undefined ? joinAmounts(old, other) : takes ? other : old;
  return mark(value, value.marked || flagsMarked(flags));
}

function compare(step: Step, course: Course, read: ReadConstant): void {
  const { width, destination, source } = step;
  const left = destination >= 0 ? registerOf(course, destination) : load(step, course, width, read);
  const right = sourceOf(step, course, read);
  if (step.operation === operation.compare) course.flags = { kind: 'compare', left, right, width };
  else if (step.operation === operation.testBit)
    course.flags = { kind: 'bit', value: left, bit: right };
  else if (step.operation === operation.compareSum)
    course.flags = { kind: 'compare', left, right: minus(exactly(0), right), width };
  else if (destination >= 0 && destination === source)
    course.flags = { kind: 'compare', left, right: exactly(0), width };
  else course.flags = { kind: 'result', value: bitwise(left, right, width, 'and'), width };
}

function bitwise(a: Amount, b: Amount, width: number, kind: 'and' | 'or' | 'xor'): Amount {
  // x | -1 is -1 whatever x is, and x & 0 is 0.
  if (kind === 'or' && isExact(b) && b.low === -1) return b;
  if (kind === 'and' && isExact(b) && b.low === 0) return b;
  if (kind === 'and' && isExact(b) && b.low > 0 && !isExact(a))
    return between(0, b.low, a.marked || b.marked);
  if (!isExact(a) || !isExact(b)) return unknownFrom(a, b);
  const x = BigInt.asUintN(64, BigInt(asSigned(a, width).low));
  const y = BigInt.asUintN(64, BigInt(asSigned(b, width).low));
  const bits = kind === 'and' ? x & y : kind === 'or' ? x | y : x ^ y;
  return exactly(Number(BigInt.asIntN(64, bits)), a.marked || b.marked);
}

function shifted({ operation: kind, source, immediate, width }: Step, old: Amount): Amount {
  if (source !== NO_REGISTER || !isExact(old)) return unknownFrom(old);
  if (kind === operation.shiftLeft) {
    const value = old.low * 2 ** immediate;
    return Math.abs(value) < 2 ** 52 ? exactly(value, old.marked) : unknownFrom(old);
  }
  const value =
    kind === operation.shiftRight ? asUnsigned(old, width).low : asSigned(old, width).low;
  if (value < 0 && kind === operation.shiftRight) {
    const bits = BigInt.asUintN(64, BigInt(value)) >> BigInt(immediate);
    return bits < 2n ** 52n ? exactly(Number(bits), old.marked) : unknownFrom(old);
  }
  return exactly(Math.floor(value / 2 ** immediate), old.marked);
}

function push(course: Course, machine: Machine, value: Amount): void {
  const pointer = plus(registerOf(course, machine.stackPointer), exactly(-8));
  course.registers[machine.stackPointer] = pointer;
  if (pointer.base <= 0) return;
  remember(course, cellOf(pointer), value);
}

function pop(course: Course, machine: Machine, register: number): void {
  const pointer = registerOf(course, machine.stackPointer);
  course.registers[register] =
    pointer.base > 0 ? (course.memory.get(cellOf(pointer)) ?? anything) : anything;
  course.registers[machine.stackPointer] = plus(pointer, exactly(8));
}

/** Forgets the registers of a mask. */
export function forget(course: Course, mask: number): void {
  for (let register = 0; register < course.registers.length; register++)
    if (mask & (1 << register)) course.registers[register] = anything;
}

/** Bytes behind an address on the stack that a called function is believed to write to. */
const maxWritten = 256;

function forgetMemory(course: Course, machine: Machine): void {
  for (let at = 1; at < machine.callRegisters.length; at++) {
    const given = registerOf(course, machine.callRegisters[at] ?? 0);
    if (given.base !== bases.stack) continue;
    const from = cellOf(given);
    for (const cell of course.memory.keys())
      if (cell >= from && cell < from + maxWritten) forgetCell(course, cell);
  }
  const frame = bases.firstRegister + machine.framePointer;
  for (const cell of course.memory.keys()) {
    const base = Math.round(cell / cellSpan);
    if (base !== bases.stack && base !== frame) forgetCell(course, cell);
  }
}

/** What a call leaves: its result, and nothing of what it may change. */
export function afterCall(course: Course, machine: Machine, result: Amount): void {
  if (course.memory.size > 0) forgetMemory(course, machine);
  forget(course, machine.callChanges);
  course.registers[resultOf(machine)] = result;
  course.flags = undefined;
}

/** Whether anything but errno still comes from what is followed. */
export function isFollowed({ registers, memory, flags }: Course): boolean {
  for (let at = 0; at < registers.length; at++) if (registers[at]?.marked === true) return true;
  if (memory.size > 0) for (const value of memory.values()) if (value.marked) return true;
  return flagsMarked(flags);
}
