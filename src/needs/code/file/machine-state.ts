// Registers and stack slots at one point of a function, and what one instruction does to them. Registers as src/isa
// numbers them; slots are by their distance from the stack pointer at entry: what a call pushes (a return address) begins
// at 0, what lies above belongs to the caller (arguments), what lies below is the function's own.
import { NO_REGISTER, operation, type Step, UNKNOWN_SOURCE } from '../../../isa/insn.ts';
import type { Machine } from '../../../isa/machine.ts';
import {
  arithmetic,
  combine,
  constant,
  entryValue,
  isStack,
  joinValues,
  narrow,
  oneOf,
  sameValue,
  stackAddress,
  unknown,
  type Value,
} from './value.ts';

export interface State {
  readonly machine: Machine;
  readonly registers: Value[];
  /** Distances from the stack pointer at entry, and what is there; a few dozen, so that a search is quick. */
  readonly places: number[];
  readonly contents: Value[];
  /** What the caller put above the entry's stack pointer is not known; else an absent slot there still holds it. */
  isDetached: boolean;
}

/** Entries of slots begin here; below are registers. */
export const slotEntry = 64;
/** How far above its frame a function is believed to look for its arguments, in bytes. */
const maxCallerFrame = 4096;
const maxSlots = 96;
/** Entries of what a register pointed to at entry: 2^17 + register × 2^13 + distance. */
export const memoryEntry = 1 << 17;
const memorySpan = 1 << 13;
/** Where the frame of a function that aligns its stack is put: apart from what lies above. */
const alignedFrame = -0x10_0000;

/** Everything as the caller left it. */
export function entryState(machine: Machine): State {
  const registers: Value[] = [];
  for (let register = 0; register < machine.registers; register++)
    registers.push(entryValue(register));
  registers[machine.stackPointer] = stackAddress(0);
  return { machine, registers, places: [], contents: [], isDetached: false };
}

/** Nothing is known: where control may come from anywhere. */
export function unknownState(machine: Machine): State {
  return {
    machine,
    registers: new Array<Value>(machine.registers).fill(unknown),
    places: [],
    contents: [],
    isDetached: true,
  };
}

export function copyState({ machine, registers, places, contents, isDetached }: State): State {
  return {
    machine,
    registers: registers.slice(),
    places: places.slice(),
    contents: contents.slice(),
    isDetached,
  };
}

/**
 * Joins `from` into `into`; true when that changed it. With `widen`, what changes is given up at once, so that a loop
 * that counts ends.
 */
export function joinInto(into: State, from: State, widen: boolean): boolean {
  let changed = false;
  for (let register = 0; register < into.machine.registers; register++) {
    const old = into.registers[register] ?? unknown;
    if (old === from.registers[register]) continue;
    const joined = joinValues(old, from.registers[register] ?? unknown);
    if (!sameValue(joined, old)) {
      into.registers[register] = widen ? unknown : joined;
      changed = true;
    }
  }
  // From the end: what is given up is taken out.
  for (let at = into.places.length - 1; at >= 0; at--) {
    const offset = into.places[at] ?? 0;
    const old = into.contents[at] ?? unknown;
    const joined = joinValues(old, slotAt(from, offset));
    if (sameValue(joined, old)) continue;
    setSlot(into, offset, widen ? unknown : joined);
    changed = true;
  }
  for (let at = 0; at < from.places.length; at++) {
    const offset = from.places[at] ?? 0;
    if (offset < into.machine.callPush || into.places.includes(offset)) continue;
    const old = slotAt(into, offset);
    const joined = joinValues(old, from.contents[at] ?? unknown);
    if (sameValue(joined, old)) continue;
    setSlot(into, offset, widen ? unknown : joined);
    changed = true;
  }
  if (from.isDetached && !into.isDetached) {
    into.isDetached = true;
    changed = true;
  }
  return changed;
}

/** Own slots of which nothing is known are not kept: that is what an absent one means. */
function setSlot(state: State, offset: number, value: Value): void {
  const { places, contents } = state;
  const at = places.indexOf(offset);
  if (value.any && offset < state.machine.callPush) {
    if (at < 0) return;
    // The last one takes its room.
    const place = places.pop() ?? 0;
    const content = contents.pop() ?? unknown;
    if (at === places.length) return;
    places[at] = place;
    contents[at] = content;
  } else if (at < 0) {
    places.push(offset);
    contents.push(value);
  } else contents[at] = value;
}

/** What eight bytes at a distance from the entry's stack pointer hold. */
export function slotAt(state: State, offset: number): Value {
  const at = state.places.indexOf(offset);
  if (at >= 0) return state.contents[at] ?? unknown;
  if (state.isDetached || offset < state.machine.callPush || offset > maxCallerFrame)
    return unknown;
  return offset % 8 === 0 ? entryValue(slotEntry + offset) : unknown;
}

/** Distance of a memory operand from the entry's stack pointer; undefined for other memory. */
function stackPlace(step: Step, state: State): number | undefined {
  if (!step.memory || step.segment || step.base === NO_REGISTER || step.index !== NO_REGISTER)
    return undefined;
  const base = state.registers[step.base] ?? unknown;
  return isStack(base) ? base.stack + step.displacement : undefined;
}

/** Reads memory that nothing writes to. */
export type ReadConstant = (address: number, size: number) => number | undefined;

function loaded(step: Step, state: State, read: ReadConstant, width = step.width): Value {
  const place = stackPlace(step, state);
  if (place !== undefined) return narrow(slotAt(state, place), width);
  if (step.segment || !step.memory) return unknown;
  const pointed = pointedEntry(step, state);
  if (pointed !== undefined) return entryValue(pointed);
  const addresses = addressOf(step, state);
  if (addresses.any || addresses.entries.length > 0 || isStack(addresses)) return unknown;
  const numbers: number[] = [];
  for (const address of addresses.numbers) {
    const number = read(address, width);
    if (number === undefined) return unknown;
    numbers.push(number);
  }
  return oneOf(numbers);
}

/** What an extending move takes, as wide as it is before. */
function extended(step: Step, state: State, read: ReadConstant): Value {
  return step.memory
    ? loaded(step, state, read, step.fromWidth)
    : narrow(state.registers[step.source] ?? unknown, step.fromWidth);
}

/** A field of a structure whose address was given in a register. */
function pointedEntry({ base, index, displacement }: Step, state: State): number | undefined {
  if (base === NO_REGISTER || index !== NO_REGISTER) return undefined;
  if (displacement < 0 || displacement >= memorySpan) return undefined;
  const { any, entries, numbers } = state.registers[base] ?? unknown;
  const [entry = memoryEntry] = entries;
  if (any || numbers.length > 0 || entries.length !== 1 || entry >= slotEntry) return undefined;
  return memoryEntry + entry * memorySpan + displacement;
}

/** What an entry value is in a caller's state; `shift` is what the call itself pushed. */
export function entryIn(state: State, entry: number, shift: number): Value {
  if (entry >= memoryEntry) {
    const base = state.registers[Math.floor((entry - memoryEntry) / memorySpan)] ?? unknown;
    const distance = (entry - memoryEntry) % memorySpan;
    return isStack(base) ? slotAt(state, base.stack + distance) : unknown;
  }
  if (entry < slotEntry) return state.registers[entry] ?? unknown;
  const pointer = state.registers[state.machine.stackPointer] ?? unknown;
  return isStack(pointer) ? slotAt(state, pointer.stack + (entry - slotEntry) - shift) : unknown;
}

function addressOf(step: Step, state: State): Value {
  let value = constant(step.displacement);
  if (step.base !== NO_REGISTER) {
    const base = state.registers[step.base] ?? unknown;
    if (isStack(base))
      return step.index === NO_REGISTER ? stackAddress(base.stack + step.displacement) : unknown;
    if (step.displacement === 0 && step.index === NO_REGISTER) return base;
    value = combine(base, value, 8, arithmetic.add);
  }
  if (step.index !== NO_REGISTER) {
    const index = state.registers[step.index] ?? unknown;
    if (step.base === NO_REGISTER && step.displacement === 0 && step.scale === 1) return index;
    const scaled = combine(index, constant(step.scale), 8, (a, b) => a * b);
    value = combine(value, scaled, 8, arithmetic.add);
  }
  return value;
}

function sourceOf(step: Step, state: State): Value {
  if (step.source === UNKNOWN_SOURCE) return unknown;
  if (step.source !== NO_REGISTER)
    return narrow(state.registers[step.source] ?? unknown, step.width);
  return narrow(constant(step.immediate), step.width);
}

/** Writes a register: four bytes clear the upper half, fewer leave the rest. */
function write(state: State, register: number, value: Value, width: number): void {
  if (width >= 4) {
    state.registers[register] = width === 4 ? narrow(value, 4) : value;
    return;
  }
  const old = state.registers[register] ?? unknown;
  const span = 2 ** (8 * width);
  state.registers[register] = combine(
    old,
    value,
    8,
    (a, b) => Math.floor(a / span) * span + (((b % span) + span) % span),
  );
}

function store(step: Step, state: State): void {
  const place = stackPlace(step, state);
  if (place === undefined) {
    // A base in the stack with an index: somewhere at or above it.
    const base = step.base === NO_REGISTER ? unknown : (state.registers[step.base] ?? unknown);
    if (isStack(base) && step.index !== NO_REGISTER)
      forgetSlots(state, base.stack + step.displacement);
    return;
  }
  const value = step.width === 4 || step.width === 8 ? sourceOf(step, state) : unknown;
  writeSlot(state, place, value, step.width);
}

function writeSlot(state: State, place: number, value: Value, width = 8): void {
  const end = place + Math.max(width, 8);
  const { places } = state;
  for (let at = places.length - 1; at >= 0; at--) {
    const offset = places[at] ?? 0;
    if (offset !== place && offset > place - 8 && offset < end) setSlot(state, offset, unknown);
  }
  if (places.length < maxSlots || value.any || places.includes(place)) setSlot(state, place, value);
  else setSlot(state, place, unknown);
}

/** Forgets what a called function may write to: own slots from `from` up. */
export function forgetSlots(state: State, from: number): void {
  for (let at = state.places.length - 1; at >= 0; at--) {
    const offset = state.places[at] ?? 0;
    if (offset >= from) setSlot(state, offset, unknown);
  }
}

function moveStack(state: State, by: number): void {
  const pointer = state.registers[state.machine.stackPointer] ?? unknown;
  state.registers[state.machine.stackPointer] = isStack(pointer)
    ? stackAddress(pointer.stack + by)
    : unknown;
}

function push(state: State, value: Value): void {
  moveStack(state, -8);
  const pointer = state.registers[state.machine.stackPointer] ?? unknown;
  if (isStack(pointer)) writeSlot(state, pointer.stack, value);
}

function pop(state: State, register: number): void {
  const pointer = state.registers[state.machine.stackPointer] ?? unknown;
  const value = isStack(pointer) ? slotAt(state, pointer.stack) : unknown;
  moveStack(state, 8);
  state.registers[register] = value;
}

/** Applies one instruction that goes on to the next. */
export function applyStep(step: Step, state: State, read: ReadConstant): void {
  const { destination, width } = step;
  const first = step.left === NO_REGISTER ? destination : step.left;
  const old = first === NO_REGISTER ? unknown : (state.registers[first] ?? unknown);
  switch (step.operation) {
    case operation.none:
      break;
    case operation.move:
      write(state, destination, sourceOf(step, state), width);
      break;
    case operation.load:
      write(state, destination, loaded(step, state, read), width);
      break;
    case operation.store:
      store(step, state);
      break;
    case operation.address:
      write(state, destination, step.segment ? unknown : addressOf(step, state), width);
      break;
    case operation.add:
    case operation.subtract: {
      const source = sourceOf(step, state);
      const [amount] = source.numbers;
      if (isStack(old) && width === 8) {
        const known = source.numbers.length === 1 && source.entries.length === 0;
        const by = step.operation === operation.add ? (amount ?? 0) : -(amount ?? 0);
        state.registers[destination] = known ? stackAddress(old.stack + by) : unknown;
        break;
      }
      const operate = step.operation === operation.add ? arithmetic.add : arithmetic.subtract;
      write(state, destination, combine(narrow(old, width), source, width, operate), width);
      break;
    }
    case operation.and:
      if (destination === state.machine.stackPointer && isStack(old)) {
        state.registers[destination] = stackAddress(Math.min(old.stack, 0) + alignedFrame);
        break;
      }
      logic(step, state, old, arithmetic.and);
      break;
    case operation.or:
      // or r, -1 is how small code loads -1.
      logic(step, state, old, arithmetic.or);
      break;
    case operation.xor:
      logic(step, state, old, arithmetic.xor);
      break;
    case operation.shiftLeft:
      logic(step, state, old, arithmetic.shiftLeft);
      break;
    case operation.shiftRight:
      logic(step, state, old, arithmetic.shiftRight);
      break;
    case operation.not:
      write(
        state,
        destination,
        combine(narrow(old, width), constant(-1), width, (a) => -1 - a),
        width,
      );
      break;
    case operation.negate:
      write(
        state,
        destination,
        combine(constant(0), narrow(old, width), width, arithmetic.subtract),
        width,
      );
      break;
    case operation.choose:
      write(state, destination, joinValues(narrow(old, width), sourceOf(step, state)), width);
      break;
    case operation.chooseLoad:
      write(state, destination, joinValues(narrow(old, width), loaded(step, state, read)), width);
      break;
    case operation.flag:
      write(state, destination, oneOf([0, 1]), width);
      break;
    case operation.borrow:
      write(state, destination, oneOf([-1, 0]), width);
      break;
    case operation.push:
      push(state, sourceOf(step, state));
      break;
    case operation.pushMemory:
      push(state, loaded(step, state, read));
      break;
    case operation.pop:
      pop(state, destination);
      break;
    case operation.leave:
      state.registers[state.machine.stackPointer] =
        state.registers[state.machine.framePointer] ?? unknown;
      pop(state, state.machine.framePointer);
      break;
    case operation.signExtend: {
      const half = 2 ** (8 * step.fromWidth - 1);
      const source = extended(step, state, read);
      const wide =
        source.entries.length > 0 || source.any
          ? source
          : combine(source, constant(0), 8, (a) => (a >= half ? a - 2 * half : a));
      write(state, destination, wide, width);
      break;
    }
    case operation.zeroExtend:
      write(state, destination, extended(step, state, read), width);
      break;
    case operation.exchange: {
      const other = state.registers[step.source] ?? unknown;
      write(state, step.source, narrow(old, width), width);
      write(state, destination, narrow(other, width), width);
      break;
    }
    case operation.chooseNext:
      chooseChanged(step, state, old, arithmetic.add);
      break;
    case operation.chooseNot:
      chooseChanged(step, state, old, (a) => -1 - a);
      break;
    case operation.chooseNegated:
      chooseChanged(step, state, old, (a) => -a);
      break;
    case operation.insert:
      write(state, destination, inserted(old, step, state), width);
      break;
    case operation.shiftRightSigned:
      write(state, destination, shiftedSigned(old, step, state), width);
      break;
    case operation.loadPair:
    case operation.storePair:
      applyPair(step, state, read);
      break;
    default:
      break;
  }
  if (step.advance !== 0) moveBase(step, state);
  if (step.clobbers !== 0) clobber(state, step.clobbers);
}

function logic(
  step: Step,
  state: State,
  old: Value,
  operate: (a: number, b: number) => number,
): void {
  const value = combine(narrow(old, step.width), sourceOf(step, state), step.width, operate);
  write(state, step.destination, value, step.width);
}

/** Some bits of a value replaced by those of another. */
function inserted(old: Value, step: Step, state: State): Value {
  const { position, bits, width } = step;
  const low = 2 ** position;
  const span = 2 ** bits;
  const high = low * span;
  const isTop = position + bits === 64;
  return combine(narrow(old, width), sourceOf(step, state), width, (a, b) => {
    const above = isTop ? 0 : Math.floor(a / high) * high;
    return above + (((b % span) + span) % span) * low + (((a % low) + low) % low);
  });
}

function shiftedSigned(old: Value, step: Step, state: State): Value {
  const half = 2 ** (8 * step.width - 1);
  return combine(narrow(old, step.width), sourceOf(step, state), step.width, (a, b) =>
    Math.floor((step.width < 8 && a >= half ? a - 2 * half : a) / 2 ** b),
  );
}

/** The base register moves on after an access. */
function moveBase({ base, advance }: Step, state: State): void {
  const value = state.registers[base] ?? unknown;
  state.registers[base] = isStack(value)
    ? stackAddress(value.stack + advance)
    : combine(value, constant(advance), 8, arithmetic.add);
}

/** A pair is two accesses, the second `width` bytes behind the first. */
function applyPair(step: Step, state: State, read: ReadConstant): void {
  const { destination, source, second, width, displacement } = step;
  if (step.operation === operation.storePair) {
    store(step, state);
    step.displacement = displacement + width;
    step.source = second;
    store(step, state);
    step.source = source;
  } else {
    const one = loaded(step, state, read);
    step.displacement = displacement + width;
    const other = loaded(step, state, read);
    if (destination !== NO_REGISTER) write(state, destination, one, width);
    if (second !== NO_REGISTER) write(state, second, other, width);
  }
  step.displacement = displacement;
}

/** Either the left operand, or the source changed in some way. */
function chooseChanged(
  step: Step,
  state: State,
  old: Value,
  operate: (a: number, b: number) => number,
): void {
  const { width } = step;
  const changed = combine(sourceOf(step, state), constant(1), width, operate);
  write(state, step.destination, joinValues(narrow(old, width), changed), width);
}

/** Forgets the registers of a mask. */
export function clobber(state: State, mask: number): void {
  for (let register = 0; register < state.machine.registers; register++)
    if (mask & (1 << register)) state.registers[register] = unknown;
}
