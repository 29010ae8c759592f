// What an A64 instruction does with addresses in registers: it makes nearer ones, reads or writes at them, passes them
// on, or goes where they lead.
// Source: Arm Architecture Reference Manual (DDI 0487), section C4.1.
import { wordAt, ZERO } from '../../../isa/aarch64/flow.ts';
import { readsOf } from '../../../isa/aarch64/reads.ts';
import { writesOf } from '../../../isa/aarch64/writes.ts';
import type { CodeImage } from './code-image.ts';
import { offsetOfPlace } from './code-image.ts';
import { type GrowingReferences, reference } from './references.ts';
import {
  forget,
  held,
  hold,
  kindIn,
  type RegisterPlaces,
  type TableUse,
  valueIn,
} from './register-places.ts';

export type Emit = (kind: number, from: number, to: number) => void;

export interface AddressUse {
  /** Nothing is told but jumps: in the linkage table. */
  quiet: boolean;
  /** Addresses in these registers are used. */
  tell(mask: number, here: number): void;
  /** add, sub, movz and what else has an immediate. */
  immediate(word: number, here: number): void;
  /** Instructions between general registers. */
  register(word: number, here: number): void;
  memory(word: number, here: number): void;
  /** Everything else that may read or write general registers. */
  other(word: number, here: number): void;
  /** blr and br: a call or jump; `from` is the place that it is told for. */
  through(word: number, here: number, isJump: boolean, from: number): void;
}

const fieldN = (word: number): number => (word >>> 5) & 31;
const fieldM = (word: number): number => (word >>> 16) & 31;
const fieldA = (word: number): number => (word >>> 10) & 31;

/** `isAgain`: the code was read before, and is read for what follows from some registers. */
export function addressUse(
  image: CodeImage,
  registers: RegisterPlaces,
  emit: Emit,
  found: GrowingReferences,
  isAgain: boolean,
): AddressUse {
  const { layout, low, high, fixed } = image;
  const span = high - low;
  const tables: TableUse[] = [];
  const isPlace = (kind: number): boolean =>
    kind === held.page || kind === held.place || kind === held.told || kind === held.moved;

  const tellOne = (register: number, here: number): void => {
    if (register === ZERO || ((registers.pending >>> register) & 1) === 0) return;
    if (!use.quiet) emit(reference.point, here, valueIn(registers, register));
    registers.kinds[register] = held.told;
    registers.pending &= ~(1 << register);
  };
  /** An add to a page or place gives a place. */
  const near = (target: number, place: number, here: number): void => {
    if (place >= 0 && place < span) hold(registers, target, held.place, place, here);
    else if (target !== ZERO) forget(registers, 1 << target);
  };
  const access = (base: number, distance: number, bytes: number, here: number): number => {
    if (base === ZERO || !isPlace(kindIn(registers, base))) return -1;
    const place = valueIn(registers, base) + distance;
    if (!use.quiet)
      for (let part = 0; part < bytes; part += 8) emit(reference.access, here, place + part);
    return place;
  };
  /** The base register moves on. */
  const moveBase = (base: number, here: number): void => {
    if (base === ZERO) return;
    // Counting on from a place, most often in a loop.
    tellOne(base, here);
    forget(registers, 1 << base);
  };

  const single = (word: number, here: number): void => {
    const isVector = (word & 0x04000000) !== 0;
    const kind = (word >>> 22) & 3;
    const size = word >>> 30;
    const bytes = isVector && kind & 2 ? 16 : 1 << size;
    const base = fieldN(word);
    const target = word & 31;
    const isStore = isVector ? (kind & 1) === 0 : kind === 0;
    let place = -1;
    if (!isVector && isStore) tellOne(target, here);
    if (word & 0x01000000) place = access(base, ((word >>> 10) & 0xfff) * bytes, bytes, here);
    else if ((word & 0x00200000) === 0) {
      const distance = (word << 11) >> 23;
      const moves = (word & 0x400) !== 0;
      place = access(base, moves && (word & 0x800) === 0 ? 0 : distance, bytes, here);
      if (moves) moveBase(base, here);
    } else if ((word & 0x0c00) === 0x0800) {
      indexed(word, here, isVector || isStore, size, kind);
      return;
    } else {
      // Atomics, and loads with pointer authentication.
      access(base, 0, 16, here);
      tellOne(fieldM(word), here);
      forget(registers, writesOf(word));
      return;
    }
    if (isVector || isStore || (kind === 2 && size === 3) || target === ZERO) return;
    if (place >= 0 && kind === 1 && size === 3) hold(registers, target, held.loaded, place, here);
    else forget(registers, 1 << target);
  };

  /** Memory at a base and an index: of a table, whose first entries may be distances of jumps. */
  const indexed = (
    word: number,
    here: number,
    loadsNothing: boolean,
    size: number,
    kind: number,
  ): void => {
    const base = fieldN(word);
    const index = fieldM(word);
    const baseKind = base === ZERO ? held.nothing : kindIn(registers, base);
    tellOne(base, here);
    tellOne(index, here);
    if (loadsNothing) return;
    const target = word & 31;
    if (target === ZERO) return;
    const known = baseKind === held.place || baseKind === held.told;
    if (!known || size === 3) {
      forget(registers, 1 << target);
      return;
    }
    tables.push({
      table: valueIn(registers, base),
      size: 1 << size,
      count: registers.boundRegister === index ? registers.bound + 1 : 0,
      signed: kind >= 2,
      base: -1,
      shift: 0,
    });
    forget(registers, 1 << target);
    hold(registers, target, held.entry, tables.length - 1, here);
  };

  const pair = (word: number, here: number): void => {
    const isVector = (word & 0x04000000) !== 0;
    const isLoad = (word & 0x00400000) !== 0;
    const size = word >>> 30;
    const mode = (word >>> 23) & 3;
    const width = isVector ? 4 << size : size === 2 ? 8 : 4;
    const unit = !isVector && size === 1 && !isLoad ? 16 : width;
    const distance = ((word << 10) >> 25) * unit;
    const base = fieldN(word);
    const first = word & 31;
    const second = fieldA(word);
    if (!isVector && !isLoad) {
      tellOne(first, here);
      tellOne(second, here);
    }
    const place = access(base, mode === 1 ? 0 : distance, 2 * unit, here);
    if (mode & 1) moveBase(base, here);
    if (isVector || !isLoad) return;
    if (first !== ZERO) forget(registers, 1 << first);
    if (second !== ZERO) forget(registers, 1 << second);
    if (place < 0 || size !== 2) return;
    hold(registers, first, held.loaded, place, here);
    hold(registers, second, held.loaded, place + 8, here);
  };

  const literal = (word: number, here: number): void => {
    const kind = word >>> 30;
    const target = word & 31;
    if (kind === 3 || target === ZERO || word & 0x04000000) return;
    forget(registers, 1 << target);
    const place = here + ((word << 8) >> 13) * 4;
    if (kind === 2 || place < 0 || place >= span) return;
    emit(reference.access, here, place);
    // The literal itself may be an address.
    const at = fixed ? offsetOfPlace(image, place) : -1;
    if (at < 0 || at + 8 > layout.bytes.length) return;
    const upper = kind === 1 ? wordAt(layout.bytes, at + 4) : 0;
    const value = (wordAt(layout.bytes, at) >>> 0) - low;
    if (upper === 0 && value >= 0 && value < span) hold(registers, target, held.place, value, here);
  };

  const use: AddressUse = {
    quiet: false,
    tell(mask, here) {
      let rest = registers.pending & mask;
      while (rest !== 0) {
        const register = 31 - Math.clz32(rest);
        rest &= ~(1 << register);
        tellOne(register, here);
      }
    },
    immediate(word, here) {
      const kind = (word >>> 23) & 7;
      const target = word & 31;
      const left = fieldN(word);
      if (kind === 2 && (word & 0x20000000) === 0) {
        const amount = ((word >>> 10) & 0xfff) * (word & 0x00400000 ? 4096 : 1);
        if (left !== ZERO && word < 0 && isPlace(kindIn(registers, left))) {
          const counts = isAgain && target === left && kindIn(registers, left) !== held.page;
          near(target, valueIn(registers, left) + (word & 0x40000000 ? -amount : amount), here);
          if (counts && kindIn(registers, target) === held.place) {
            tellOne(target, here);
            registers.kinds[target] = held.moved;
          }
          return;
        }
      } else if (kind === 5) {
        if (target === ZERO) return;
        const position = ((word >>> 21) & 3) * 16;
        const part = (word >>> 5) & 0xffff;
        const operation = (word >>> 29) & 3;
        if (fixed && operation === 2 && position <= 16) {
          forget(registers, 1 << target);
          hold(registers, target, held.number, (part << position) | 0, here);
        } else if (operation === 3 && kindIn(registers, target) === held.number && position <= 16) {
          const before = valueIn(registers, target);
          const number = ((before & ~(0xffff << position)) | (part << position)) >>> 0;
          forget(registers, 1 << target);
          near(target, number - low, here);
        } else forget(registers, 1 << target);
        return;
      } else if (kind > 3) tellOne(left, here);
      forget(registers, writesOf(word));
    },
    register(word, here) {
      const target = word & 31;
      const left = fieldN(word);
      const other = fieldM(word);
      // mov
      if ((word & 0x7fe0ffe0) === 0x2a0003e0) {
        if (target === ZERO) return;
        const kind = other === ZERO ? held.nothing : kindIn(registers, other);
        forget(registers, 1 << target);
        if (kind !== held.nothing && (word < 0 || kind === held.entry))
          hold(registers, target, kind, valueIn(registers, other), here);
        return;
      }
      // add of a label and a distance
      if ((word & 0x7f000000) === 0x0b000000 && sumOfEntry(word, target, left, other, here)) return;
      tellOne(left, here);
      tellOne(other, here);
      if ((word & 0x1f000000) === 0x1b000000) tellOne(fieldA(word), here);
      forget(registers, writesOf(word));
    },
    memory(word, here) {
      switch ((word >>> 28) & 3) {
        case 3:
          single(word, here);
          break;
        case 2:
          pair(word, here);
          break;
        case 1:
          if ((word & 0x01000000) === 0) {
            literal(word, here);
            break;
          }
          use.other(word, here);
          break;
        default:
          access(fieldN(word), 0, word & 0x04000000 ? 64 : 16, here);
          if ((word & 0x04000000) === 0) {
            tellOne(fieldM(word), here);
            tellOne(word & 31, here);
            tellOne(fieldA(word), here);
          }
          forget(registers, writesOf(word));
      }
    },
    other(word, here) {
      if (registers.pending !== 0) use.tell(readsOf(word), here);
      forget(registers, writesOf(word));
    },
    through(word, here, isJump, from) {
      const register = fieldN(word);
      const kind = register === ZERO ? held.nothing : kindIn(registers, register);
      const value = valueIn(registers, register);
      if (kind === held.loaded) {
        emit(isJump ? reference.jumpThrough : reference.callThrough, from, value);
      } else if (kind === held.place || kind === held.told) {
        registers.pending &= ~(1 << register);
        emit(isJump ? reference.jump : reference.call, here, value);
      } else if (isJump) {
        const table = kind === held.target ? tables[value] : undefined;
        if (table !== undefined) {
          found.push(reference.jumpRegister, here, -1);
          found.tables.set(here, table);
          return;
        }
        found.push(reference.jumpRegister, here, -1);
      } else found.push(reference.callRegister, here, -1);
      if (isJump) use.tell(0x1ff, here);
    },
  };

  const sumOfEntry = (
    word: number,
    target: number,
    left: number,
    other: number,
    here: number,
  ): boolean => {
    if (left === ZERO || other === ZERO || target === ZERO) return false;
    const isSwapped = kindIn(registers, left) === held.entry;
    const label = isSwapped ? other : left;
    const entry = tables[valueIn(registers, isSwapped ? left : other)];
    if (kindIn(registers, isSwapped ? left : other) !== held.entry || entry === undefined)
      return false;
    const labelKind = kindIn(registers, label);
    if (labelKind !== held.place && labelKind !== held.told) return false;
    const extended = (word & 0x00200000) !== 0;
    const shift = extended ? (word >>> 10) & 7 : (word >>> 10) & 63;
    if (isSwapped && (shift !== 0 || extended)) return false;
    const signed = entry.signed || (extended && ((word >>> 13) & 7) >= 4);
    tables.push({ ...entry, signed, base: valueIn(registers, label), shift });
    forget(registers, 1 << target);
    hold(registers, target, held.target, tables.length - 1, here);
    return true;
  };
  return use;
}
