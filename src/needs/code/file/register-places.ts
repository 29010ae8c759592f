// Which address each AArch64 register holds, while code is read in the order in which it stands: code makes an address
// by two instructions or more (a page, then the distance in it), often far apart and with branches between.

/** What a register holds. */
export const held = {
  nothing: 0,
  /** The beginning of the page that a place lies in: no reference yet. */
  page: 1,
  /** A place that is meant: told when it is used as other than a base for a nearer one. */
  place: 2,
  /** As place, and already told. */
  told: 3,
  /** What the word at a place holds. */
  loaded: 4,
  /** A number that may grow into an address. */
  number: 5,
  /** An entry of a table of distances; the value is an index into `tables`. */
  entry: 6,
  /** Where such an entry leads. */
  target: 7,
  /** As told, but counted on from itself, perhaps in a loop: not known behind a branch. */
  moved: 8,
} as const;

/** A table of distances on its way into a jump. */
export interface TableUse {
  readonly table: number;
  readonly size: number;
  readonly count: number;
  readonly signed: boolean;
  readonly base: number;
  readonly shift: number;
}

const REGISTERS = 31;

/** Registers x0 to x30 at one place. */
export interface RegisterPlaces {
  /** Bit mask of those that hold something. */
  known: number;
  /** Bit mask of those that hold a place which is not told yet. */
  pending: number;
  readonly kinds: Uint8Array;
  readonly values: Int32Array;
  /** Where each got what it holds. */
  readonly since: Int32Array;
  /** The last bound that a comparison set: register, or -1, and the most it can be. */
  boundRegister: number;
  bound: number;
}

export function makeRegisterPlaces(): RegisterPlaces {
  return {
    known: 0,
    pending: 0,
    kinds: new Uint8Array(REGISTERS + 1),
    values: new Int32Array(REGISTERS + 1),
    since: new Int32Array(REGISTERS + 1),
    boundRegister: -1,
    bound: 0,
  };
}

/** Puts something into a register; 31 is the zero register or the stack pointer, which hold no place. */
export function hold(
  registers: RegisterPlaces,
  register: number,
  kind: number,
  value: number,
  at: number,
): void {
  if (register >= REGISTERS) return;
  const bit = 1 << register;
  registers.kinds[register] = kind;
  registers.values[register] = value;
  registers.since[register] = at;
  registers.known |= bit;
  if (kind === held.place) registers.pending |= bit;
  else registers.pending &= ~bit;
}

/** Forgets the registers of a mask. */
export function forget(registers: RegisterPlaces, mask: number): void {
  registers.known &= ~mask;
  registers.pending &= ~mask;
  if (registers.boundRegister >= 0 && mask & (1 << registers.boundRegister))
    registers.boundRegister = -1;
}

export const kindIn = (registers: RegisterPlaces, register: number): number =>
  (registers.known >>> register) & 1 ? (registers.kinds[register] ?? 0) : held.nothing;

export const valueIn = (registers: RegisterPlaces, register: number): number =>
  registers.values[register] ?? 0;

/** Whether what it holds is worth to be known behind a branch. */
const isLasting = (kind: number): boolean =>
  kind === held.page || kind === held.place || kind === held.told;

/** What registers hold, as rows of register, kind and value; undefined for nothing that lasts. */
export function lastingOf(registers: RegisterPlaces, mask: number): readonly number[] | undefined {
  let rest = registers.known & mask & 0x7fffffff;
  if (rest === 0) return undefined;
  let rows: number[] | undefined;
  while (rest !== 0) {
    const register = 31 - Math.clz32(rest);
    rest &= ~(1 << register);
    const kind = registers.kinds[register] ?? 0;
    if (!isLasting(kind)) continue;
    rows ??= [];
    rows.push(register, kind, registers.values[register] ?? 0);
  }
  return rows;
}
