// What code refers to: one row for each place where it calls, jumps, makes or uses an address, or enters the kernel.

import type { TableUse } from './register-places.ts';

/** What one reference is. */
export const reference = {
  call: 0,
  jump: 1,
  branch: 2,
  /** The address itself is made: lea, or a number that is one. */
  point: 3,
  /** Eight bytes or fewer at the address are read or written. */
  access: 4,
  /** More than that, by a vector instruction. */
  accessWide: 5,
  /** Jumps to where the word at the address points. */
  jumpThrough: 6,
  /** Control goes to where a register points. */
  jumpRegister: 7,
  callRegister: 8,
  syscall: 9,
  syscall32: 10,
  /** Calls where the word at the address points. */
  callThrough: 11,
  return: 12,
  /** An instruction that never goes on. */
  stop: 13,
} as const;

/** References in the order of the code. Places are distances from the image's lowest address. */
export interface References {
  readonly count: number;
  readonly kinds: Uint8Array;
  /** Where the instruction stands. */
  readonly from: Int32Array;
  /** What it refers to; -1 where there is nothing to tell. */
  readonly to: Int32Array;
  /** Tables that jumps go by, by the place of the jump. */
  readonly tables: ReadonlyMap<number, TableUse>;
}

/** Rows out of place that are moved one by one; more are sorted together. */
const maxMoved = 256;

/** References while they are collected. */
export class GrowingReferences {
  count = 0;
  readonly tables = new Map<number, TableUse>();
  kinds = new Uint8Array(1 << 14);
  from = new Int32Array(1 << 14);
  to = new Int32Array(1 << 14);

  push(kind: number, from: number, to: number): void {
    if (this.count === this.kinds.length) this.grow();
    this.kinds[this.count] = kind;
    this.from[this.count] = from;
    this.to[this.count] = to;
    this.count++;
  }

  /** Puts the rows from `first` on into the order of the code; those of one place stay in their order. */
  sort(first: number): void {
    const { count, from } = this;
    let stray = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (let at = first; at < count; at++) {
      const place = from[at] ?? 0;
      if (place < highest) stray++;
      else highest = place;
    }
    if (stray === 0) return;
    if (stray <= maxMoved) this.moveStray(first);
    else this.sortAll(first);
  }

  /** Moves each row that is out of place to where it belongs. */
  private moveStray(first: number): void {
    const { count, kinds, from, to } = this;
    for (let at = first + 1; at < count; at++) {
      const place = from[at] ?? 0;
      if ((from[at - 1] ?? 0) <= place) continue;
      let row = first;
      for (let end = at; row < end; ) {
        const middle = (row + end) >> 1;
        if ((from[middle] ?? 0) <= place) row = middle + 1;
        else end = middle;
      }
      const kind = kinds[at] ?? 0;
      const target = to[at] ?? 0;
      kinds.copyWithin(row + 1, row, at);
      from.copyWithin(row + 1, row, at);
      to.copyWithin(row + 1, row, at);
      kinds[row] = kind;
      from[row] = place;
      to[row] = target;
    }
  }

  private sortAll(first: number): void {
    const { count, kinds, from, to } = this;
    const order = Uint32Array.from({ length: count - first }, (_, at) => first + at);
    order.sort((a, b) => (from[a] ?? 0) - (from[b] ?? 0) || a - b);
    const before = [kinds.slice(first, count), from.slice(first, count), to.slice(first, count)];
    for (const [column, values] of [kinds, from, to].entries())
      for (let at = 0; at < order.length; at++)
        values[first + at] = before[column]?.[(order[at] ?? 0) - first] ?? 0;
  }

  private grow(): void {
    const room = this.count * 2;
    const kinds = new Uint8Array(room);
    const from = new Int32Array(room);
    const to = new Int32Array(room);
    kinds.set(this.kinds);
    from.set(this.from);
    to.set(this.to);
    this.kinds = kinds;
    this.from = from;
    this.to = to;
  }
}

/**
 * Rows by what `keyOf` says of each (from 0 to below `keys`; any other number for none), in their order.
 * @returns the rows of a key.
 */
export function rowsByKey(
  count: number,
  keys: number,
  keyOf: (row: number) => number,
): (key: number) => Int32Array {
  const keyOfRow = new Int32Array(count);
  const ends = new Int32Array(keys + 1);
  for (let row = 0; row < count; row++) {
    const given = keyOf(row);
    const key = given < keys ? given : -1;
    keyOfRow[row] = key;
    if (key >= 0) ends[key + 1] = (ends[key + 1] ?? 0) + 1;
  }
  for (let key = 0; key < keys; key++) ends[key + 1] = (ends[key + 1] ?? 0) + (ends[key] ?? 0);
  const rows = new Int32Array(ends[keys] ?? 0);
  const next = ends.slice(0, keys);
  for (let row = 0; row < count; row++) {
    const key = keyOfRow[row] ?? -1;
    if (key < 0) continue;
    const at = next[key] ?? 0;
    rows[at] = row;
    next[key] = at + 1;
  }
  return (key) => rows.subarray(ends[key], ends[key + 1]);
}
