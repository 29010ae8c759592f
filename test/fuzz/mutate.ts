// Mutations that depend on nothing but a seed number, so that every crash can be made again from two integers.

/** Uniform integers below `limit`. */
export type Random = (limit: number) => number;

/** splitmix32 over the run's seed and the iteration. */
export function randomOf(seed: number, iteration: number): Random {
  let state = (Math.imul(seed, 0x9e3779b9) ^ Math.imul(iteration + 1, 0x85ebca6b)) >>> 0;
  return (limit) => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % Math.max(1, limit);
  };
}

const bytesOfInterest = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x2f, 0x2e, 0x30, 0x37, 0x39, 0x0a, 0x22];
const numbersOfInterest = [0, 1, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x1000, 0x200];

const operations: readonly ((
  bytes: Uint8Array,
  random: Random,
  other: Uint8Array,
) => Uint8Array)[] = [
  (bytes, random) => {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    return bytes;
  },
  (bytes, random) => {
    bytes[random(bytes.length)] = bytesOfInterest[random(bytesOfInterest.length)] ?? 0;
    return bytes;
  },
  (bytes, random) => {
    bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  (bytes, random) => {
    if (bytes.length < 8) return bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const value = numbersOfInterest[random(numbersOfInterest.length)] ?? 0;
    const width = [2, 4, 8][random(3)] ?? 2;
    const at = random(bytes.length - 7);
    const little = random(2) === 0;
    if (width === 2) view.setUint16(at, value & 0xffff, little);
    else if (width === 4) view.setUint32(at, value, little);
    else view.setBigUint64(at, BigInt(value) << (random(2) === 0 ? 0n : 31n), little);
    return bytes;
  },
  (bytes, random) => bytes.slice(0, random(bytes.length + 1)),
  (bytes, random) => {
    const at = random(bytes.length);
    const end = Math.min(bytes.length, at + 1 + random(64));
    return join(bytes.subarray(0, at), bytes.subarray(end));
  },
  (bytes, random) => {
    const from = random(bytes.length);
    const piece = bytes.slice(from, from + 1 + random(random(4) === 0 ? 4096 : 64));
    const at = random(bytes.length);
    return join(bytes.subarray(0, at), piece, bytes.subarray(at));
  },
  (bytes, random, other) => {
    const from = random(other.length);
    const piece = other.subarray(from, from + 1 + random(600));
    bytes.set(piece.subarray(0, bytes.length), Math.max(0, random(bytes.length) - piece.length));
    return bytes;
  },
  (bytes, random, other) =>
    join(bytes.subarray(0, random(bytes.length)), other.subarray(random(other.length))),
  (bytes, random) => {
    const at = random(bytes.length);
    bytes.fill(bytesOfInterest[random(bytesOfInterest.length)] ?? 0, at, at + 1 + random(32));
    return bytes;
  },
];

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The input of one iteration: a seed as it is, or with one to eight mutations; never longer than 1 MiB beyond it. */
export function mutated(seeds: readonly Uint8Array[], seed: number, iteration: number): Uint8Array {
  const random = randomOf(seed, iteration);
  const base = seeds[random(seeds.length)] ?? new Uint8Array();
  const other = seeds[random(seeds.length)] ?? base;
  let bytes: Uint8Array = new Uint8Array(base);
  for (
    let left = iteration < seeds.length ? 0 : 1 + random(8);
    left > 0 && bytes.length > 0;
    left--
  ) {
    bytes = operations[random(operations.length)]?.(bytes, random, other) ?? bytes;
  }
  return bytes.subarray(0, base.length + (1 << 20));
}
