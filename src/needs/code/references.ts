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

  /** Puts the rows into the order of the code. */
  sort(): void {
    const { count, kinds, from, to } = this;
    let sorted = true;
    for (let at = 1; at < count && sorted; at++) sorted = (from[at - 1] ?? 0) <= (from[at] ?? 0);
    if (sorted) return;
    const order = new Float64Array(count);
    // Place and row in one number, exact below 2^53: rows of one place stay in their order.
    const rows = 2 ** 22;
    if (count >= rows) {
      this.sortLarge();
      return;
    }
    for (let at = 0; at < count; at++) order[at] = (from[at] ?? 0) * rows + at;
    this.take(
      order.sort().map((key) => key % rows),
      kinds,
      from,
      to,
    );
  }

  private sortLarge(): void {
    const { count, kinds, from, to } = this;
    const order = Array.from({ length: count }, (_, at) => at);
    order.sort((a, b) => (from[a] ?? 0) - (from[b] ?? 0) || a - b);
    this.take(order, kinds, from, to);
  }

  private take(
    order: ArrayLike<number>,
    kinds: Uint8Array,
    from: Int32Array,
    to: Int32Array,
  ): void {
    this.kinds = new Uint8Array(order.length);
    this.from = new Int32Array(order.length);
    this.to = new Int32Array(order.length);
    for (let at = 0; at < order.length; at++) {
      const row = order[at] ?? 0;
      this.kinds[at] = kinds[row] ?? 0;
      this.from[at] = from[row] ?? 0;
      this.to[at] = to[row] ?? 0;
    }
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
