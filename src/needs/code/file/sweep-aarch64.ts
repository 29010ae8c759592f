// A64 code, word after word: what it refers to. An address is made in steps (adrp, add; adrp, ldr), so what registers
// hold is kept along the code and handed over at branches; where a branch goes back, or into another function's code, the
// way on from there is followed once more for the registers that were not known there. An address counts as taken where it
// is passed, stored or computed with, not where it is only the base of a nearer one: compilers address neighbours
// from one anchor.
import { branchDistance, flowOf, madeAddress, wordAt, ZERO } from '../../../isa/aarch64/flow.ts';
import { writesOf } from '../../../isa/aarch64/writes.ts';
import { flow } from '../../../isa/insn.ts';
import { type CodeImage, rangeAt } from './code-image.ts';
import { type GrowingReferences, reference } from './references.ts';
import { registerLiveness } from './register-liveness.ts';
import {
  forget,
  held,
  hold,
  kindIn,
  lastingOf,
  makeRegisterPlaces,
  type RegisterPlaces,
  valueIn,
} from './register-places.ts';
import { type AddressUse, addressUse, type Emit } from './sweep-aarch64-use.ts';

/** x0 to x7, and x8 for results in memory. */
const argumentRegisters = 0x1ff;
const resultRegisters = 3;
/** x0 to x18 and x30: what calls change. */
const callChanges = 0x4007ffff;
/** x19 to x28. */
const keptRegisters = 0x1ff80000;
/** All but the arguments. */
const notArguments = 0x7ffffe00;
const allRegisters = 0x7fffffff;
/** In rows of registers: the bound that a comparison set. */
const boundRow = 31;
/** Different addresses in one register at one label are told apart up to so many. */
const maxValues = 8;
/**
 * Code is followed again for so many steps a word at most. Compiled code needs fewer than eight; what is made to need more
 * loses addresses.
 */
const stepsOfWord = 64;
const maxLater = 1 << 20;
/** bti and its kin. */
const isBti = (word: number): boolean => (word & 0xffffff3f) === (0xd503241f | 0);

type Rows = readonly number[];
/** What a branch to a place hands over. */
type Handed = readonly [place: number, rows: Rows];

/** What a sweep over a whole file keeps from function to function. */
export interface Aarch64Sweep {
  /** Sweeps `size` bytes at file offset `offset`, which lie at `place`. */
  run(offset: number, place: number, size: number): void;
  /** Follows what the runs left open. */
  finish(): void;
}

interface Walk {
  readonly registers: RegisterPlaces;
  readonly use: AddressUse;
  /** Only what follows from the registers is told: the code was swept before. */
  readonly again: boolean;
}

export function aarch64Sweep(image: CodeImage, found: GrowingReferences): Aarch64Sweep {
  const { layout, low, high } = image;
  const { bytes, view } = layout;
  const span = high - low;
  const emit: Emit = (kind, from, to) => {
    if (to >= 0 && to < span) found.push(kind, from, to);
  };
  /** Rows by the place of a label ahead, and whether a word is one. */
  const ahead = new Map<number, Rows[]>();
  let isLabel = new Uint8Array(1 << 12);
  /** What is to be followed: now; at the end of the run; at the end of all. */
  const again: Handed[] = [];
  const back: Handed[] = [];
  const across: Handed[] = [];
  /** Registers that are used, before each word of the run. */
  let live = new Int32Array(1 << 12);
  let hasLive = false;
  let budget = 0;
  const followed = new Map<number, number[]>();
  const labels = new Set<number>();
  const walks = [false, true].map((isAgain): Walk => {
    const registers = makeRegisterPlaces();
    return { registers, use: addressUse(image, registers, emit, found, isAgain), again: isAgain };
  });
  let runFrom = 0;
  let runEnd = 0;
  /** Rows at the last call and the last jump through a register: for code that nothing is seen to lead to. */
  let atCall: Rows | undefined;
  let atJump: Rows | undefined;

  const enter = (registers: RegisterPlaces, rows: Rows, here: number): void => {
    for (let at = 0; at < rows.length; at += 3) {
      const register = rows[at] ?? 0;
      const kind = rows[at + 1] ?? 0;
      const value = rows[at + 2] ?? 0;
      if (register === boundRow) {
        registers.boundRegister = kind;
        registers.bound = value;
        continue;
      }
      const known = kindIn(registers, register);
      if (known === held.nothing) hold(registers, register, kind, value, here);
      else if (
        valueIn(registers, register) !== value ||
        (known === held.page) !== (kind === held.page)
      )
        later(here, [register, kind, value]);
      else if (kind === held.place) hold(registers, register, kind, value, here);
    }
  };
  /** Keeps for the end of the run; compiled code keeps less than one row in four words. */
  const later = (place: number, rows: Rows): void => {
    if (back.length < Math.min(maxLater, (runEnd - runFrom) >> 1)) back.push([place, rows]);
  };
  /** Whether a register with that value was not followed from a label yet; the label is one from now on. */
  const isNew = (place: number, register: number, value: number): boolean => {
    const key = place * 32 + register;
    const values = followed.get(key);
    if (values === undefined) {
      followed.set(key, [value]);
      labels.add(place);
    } else if (values.includes(value) || values.length >= maxValues) return false;
    else values.push(value);
    return true;
  };
  /** The way goes on through a label: what was followed from there before need not be again, so that this ends. */
  const passLabel = (registers: RegisterPlaces, here: number): void => {
    let rest = registers.known & allRegisters;
    while (rest !== 0) {
      const register = 31 - Math.clz32(rest);
      rest &= ~(1 << register);
      if (!isNew(here, register, valueIn(registers, register))) forget(registers, 1 << register);
    }
  };
  /** Keeps for later what is not known at a place that was passed, or is in other code, and is used there. */
  const follow = (place: number, rows: Rows, waiting: Handed[]): void => {
    const used =
      hasLive && place >= runFrom && place < runEnd ? (live[(place - runFrom) >> 2] ?? 0) : -1;
    let fresh: number[] | undefined;
    for (let at = 0; at < rows.length; at += 3) {
      const register = rows[at] ?? 0;
      if (register === boundRow || ((used >>> register) & 1) === 0) continue;
      const value = rows[at + 2] ?? 0;
      if (!isNew(place, register, value)) continue;
      fresh ??= [];
      fresh.push(register, rows[at + 1] ?? 0, value);
    }
    if (fresh !== undefined) waiting.push([place, fresh]);
  };
  /** A branch hands over what registers hold. */
  const leaveTo = (
    { registers, again: isAgain }: Walk,
    here: number,
    target: number,
    mask: number,
    bounded: boolean,
  ): void => {
    if (registers.known === 0 && !bounded) return;
    if (target < 0 || target >= span) return;
    const inRun = target >= runFrom && target < runEnd;
    const used = isAgain && inRun && hasLive ? (live[(target - runFrom) >> 2] ?? 0) : mask;
    let rows = lastingOf(registers, mask & used);
    if (inRun && !isAgain && target > here) {
      if (bounded) rows = [...(rows ?? []), boundRow, registers.boundRegister, registers.bound];
      if (rows === undefined) return;
      isLabel[(target - runFrom) >> 2] = 1;
      const known = ahead.get(target);
      if (known === undefined) ahead.set(target, [rows]);
      else known.push(rows);
      return;
    }
    if (rows === undefined) return;
    if (isAgain) follow(target, rows, inRun || !hasLive ? again : across);
    else if (inRun) {
      // What was there before the target was passed, and has not changed since, is known there.
      const since = newerThan(registers, rows, target);
      if (since !== undefined) later(target, since);
    } else follow(target, rows, across);
  };

  /** Walks over the code at `place`, up to `size` bytes, or while registers hold something when it was swept before. */
  const walk = (by: Walk, offset: number, place: number, size: number): void => {
    const { registers, use, again: isAgain } = by;
    const end = offset + size - 3;
    const delta = place - offset;
    const linkage = !isAgain && rangeAt(image.linkage, place + low) !== undefined;
    let isLost = false;
    let stub = -1;
    let comparedRegister = -1;
    let compared = 0;
    use.quiet = linkage;
    for (let at = offset; at < end; at += 4) {
      const word = view.getInt32(at, true);
      const here = at + delta;
      if (!isAgain && (isLost || isLabel[(here - runFrom) >> 2] === 1)) {
        const rows = ahead.get(here);
        if (rows !== undefined) {
          for (const each of rows) enter(registers, each, here);
          ahead.delete(here);
          isLabel[(here - runFrom) >> 2] = 0;
          isLost = false;
        } else if (isLost && word !== 0) {
          if (atJump !== undefined) enter(registers, atJump, here);
          if (atCall !== undefined) enter(registers, atCall, here);
          isLost = false;
        }
      }
      if (isAgain) {
        if (budget-- <= 0) return;
        if (here !== place && labels.has(here)) passLabel(registers, here);
        if (hasLive) forget(registers, ~(live[(here - runFrom) >> 2] ?? -1));
        if (registers.known === 0) return;
      }
      const group = (word >>> 25) & 15;
      if ((group & 14) === 10) {
        const kind = flowOf(word);
        switch (kind) {
          case flow.next:
            if (registers.known !== 0) use.other(word, here);
            continue;
          case flow.branch: {
            const target = here + branchDistance(word);
            if (!isAgain) emit(reference.branch, here, target);
            const code = word >>> 24 === 0x54 && comparedRegister >= 0 ? word & 15 : -1;
            // hi and hs leave the smaller numbers on the straight way, ls and lo take them along.
            const strict = code === 2 || code === 3 ? 1 : 0;
            if (code === 9 || code === 3) {
              const { boundRegister, bound } = registers;
              registers.boundRegister = comparedRegister;
              registers.bound = compared - strict;
              leaveTo(by, here, target, allRegisters, true);
              registers.boundRegister = boundRegister;
              registers.bound = bound;
            } else leaveTo(by, here, target, allRegisters, false);
            if (code === 8 || code === 2) {
              registers.boundRegister = comparedRegister;
              registers.bound = compared - strict;
            }
            continue;
          }
          case flow.jump: {
            const target = here + branchDistance(word);
            if (!isAgain) emit(reference.jump, here, target);
            const inside = target >= runFrom && target < runEnd;
            if (!inside) use.tell(argumentRegisters, here);
            leaveTo(by, here, target, inside || isAgain ? allRegisters : notArguments, false);
            break;
          }
          case flow.call:
            if (!isAgain) emit(reference.call, here, here + branchDistance(word));
            use.tell(argumentRegisters, here);
            atCall = isAgain ? atCall : (lastingOf(registers, keptRegisters) ?? atCall);
            forget(registers, callChanges);
            continue;
          case flow.callIndirect:
            use.through(word, here, false, here);
            use.tell(argumentRegisters, here);
            atCall = isAgain ? atCall : (lastingOf(registers, keptRegisters) ?? atCall);
            forget(registers, callChanges);
            continue;
          case flow.jumpIndirect:
            use.through(word, here, true, linkage && stub >= 0 ? stub : here);
            if (!isAgain) atJump = lastingOf(registers, allRegisters) ?? atJump;
            break;
          case flow.syscall:
            if (!isAgain) found.push(reference.syscall, here, -1);
            use.tell(argumentRegisters, here);
            forget(registers, 1);
            continue;
          case flow.return:
            if (!isAgain) found.push(reference.return, here, -1);
            use.tell(resultRegisters, here);
            break;
          default:
            if (!isAgain) found.push(reference.stop, here, -1);
        }
        // Nothing goes on from here.
        if (isAgain) return;
        forget(registers, allRegisters);
        comparedRegister = -1;
        isLost = true;
        continue;
      }
      if ((group & 5) === 4) {
        if (registers.known !== 0 || (word & 0x3b000000) === 0x18000000) use.memory(word, here);
        else if (registers.boundRegister >= 0) forget(registers, writesOf(word));
        continue;
      }
      if ((group & 14) === 8) {
        const kind = (word >>> 23) & 7;
        const target = word & 31;
        if (kind < 2) {
          if (target === ZERO) continue;
          if (linkage) stub = isBti(at >= 4 ? wordAt(bytes, at - 4) : 0) ? here - 4 : here;
          const made = madeAddress(word, here + low) - low;
          if (isAgain || made < -4095 || made >= span) forget(registers, 1 << target);
          else hold(registers, target, word < 0 ? held.page : held.place, made, here);
          continue;
        }
        if (kind === 2 && target === ZERO && (word & 0x60000000) === 0x60000000) {
          // cmp with a number.
          comparedRegister = (word >>> 5) & 31;
          compared = ((word >>> 10) & 0xfff) * (word & 0x00400000 ? 4096 : 1);
          use.other(word, here);
          continue;
        }
        if (registers.known === 0 && !(image.fixed && kind === 5)) {
          if (registers.boundRegister >= 0) forget(registers, writesOf(word));
          continue;
        }
        use.immediate(word, here);
        continue;
      }
      if (registers.known !== 0) {
        if ((group & 7) === 5) use.register(word, here);
        else use.other(word, here);
      } else if (registers.boundRegister >= 0) forget(registers, writesOf(word));
      // Words of zero are padding.
      if ((word & 0xffff0000) === 0 && !isLost) {
        if (isAgain) return;
        found.push(reference.stop, here, -1);
        forget(registers, allRegisters);
        isLost = true;
      }
    }
  };

  /** Follows what waits, in the run's own code or, at the end, anywhere. */
  const followAll = (by: Walk): void => {
    for (let next = again.pop(); next !== undefined; next = again.pop()) {
      const [place, rows] = next;
      budget -= rows.length;
      if (budget <= 0) continue;
      const range = rangeAt(image.code, place + low);
      if (range === undefined) continue;
      forget(by.registers, allRegisters);
      enter(by.registers, rows, place);
      const from = range.offset + (place + low - range.address);
      const size = hasLive ? runEnd - place : range.address + range.size - (place + low);
      walk(by, from, place, size);
    }
  };

  return {
    run(offset, place, size) {
      const [by, byAgain] = walks;
      if (by === undefined || byAgain === undefined) return;
      forget(by.registers, allRegisters);
      by.registers.boundRegister = -1;
      atCall = undefined;
      atJump = undefined;
      runFrom = place;
      runEnd = place + size;
      if (size >> 2 >= isLabel.length) isLabel = new Uint8Array((size >> 1) + 1);
      const first = found.count;
      walk(by, offset, place, size);
      for (const label of ahead.keys()) isLabel[(label - runFrom) >> 2] = 0;
      ahead.clear();
      if (back.length === 0) return;
      if (size >> 2 >= live.length) live = new Int32Array((size >> 1) + 1);
      registerLiveness(view, offset, size, live);
      hasLive = true;
      budget = stepsOfWord * (size >> 2);
      for (const [target, rows] of back) follow(target, rows, again);
      back.length = 0;
      followAll(byAgain);
      hasLive = false;
      // What leads to other code is followed at the end.
      if (across.length === 0) {
        labels.clear();
        followed.clear();
      }
      found.sort(first);
    },
    finish() {
      const later = walks[1];
      if (later === undefined) return;
      // Each label takes part once for each register and address, so this ends.
      runFrom = 0;
      runEnd = 0;
      for (const each of across) again.push(each);
      budget = stepsOfWord * (span >> 2);
      followAll(later);
      found.sort(0);
    },
  };
}

/** Rows of what registers got behind a place. */
function newerThan({ since }: RegisterPlaces, rows: Rows, place: number): Rows | undefined {
  let newer: number[] | undefined;
  for (let at = 0; at < rows.length; at += 3) {
    const register = rows[at] ?? 0;
    if ((since[register] ?? 0) <= place) continue;
    newer ??= [];
    newer.push(register, rows[at + 1] ?? 0, rows[at + 2] ?? 0);
  }
  return newer;
}
