// One pass over all code of a file: every place where code refers to an address, calls, jumps, or enters the kernel.
// Linear, from one known function start to the next, so that a table between two functions costs no more than
// itself. This is where nearly all of the time goes: nothing is allocated per instruction.
import type { CodeImage } from './code-image.ts';
import { GrowingReferences, type References } from './references.ts';
import { aarch64Sweep } from './sweep-aarch64.ts';
import { sweepX86 } from './sweep-x86.ts';

/** Sweeps all code; `starts` are sorted addresses at which an instruction certainly begins. */
export function sweep(image: CodeImage, starts: Float64Array): References {
  const found = new GrowingReferences();
  const aarch64 = image.machine.abi === 'aarch64' ? aarch64Sweep(image, found) : undefined;
  let next = 0;
  for (const { address, offset, size } of image.code) {
    let from = address;
    while (next < starts.length && (starts[next] ?? 0) <= from) next++;
    while (from < address + size) {
      const known = next < starts.length ? (starts[next] ?? 0) : Number.POSITIVE_INFINITY;
      const to = Math.min(known, address + size);
      const at = offset + (from - address);
      if (aarch64 !== undefined) aarch64.run(at, from - image.low, to - from);
      else sweepX86(image, at, from - image.low, to - from, found);
      from = to;
      while (next < starts.length && (starts[next] ?? 0) <= from) next++;
    }
  }
  aarch64?.finish();
  return found;
}
