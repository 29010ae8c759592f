/** Something that reads foreign bytes and must never crash, hang or grow without bound. One file `NAME.target.ts` each. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs that mutations start from; the more of the format they cover the better. */
  seeds(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Reads the bytes; throws only on a bug. A PlimsollError where the function documents one must be caught here. */
  run(bytes: Uint8Array): void | Promise<void>;
  /** Longest time for one input in milliseconds; 2000 by default. */
  readonly timeLimitMs?: number;
  /** Largest memory of the process beyond that at the start, in MiB; 300 by default. */
  readonly memoryLimitMib?: number;
}
