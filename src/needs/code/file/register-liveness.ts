// Which registers are still used, before each word of a stretch of A64 code: what a branch hands over is followed only
// where somebody looks at it. Backwards over the code until nothing changes.
import { branchDistance, flowOf } from '../../../isa/aarch64/flow.ts';
import { readsOf } from '../../../isa/aarch64/reads.ts';
import { writesOf } from '../../../isa/aarch64/writes.ts';
import { flow } from '../../../isa/insn.ts';

const all = 0x7fffffff;
/** x0 to x18 and x30: what calls change. */
const callChanges = 0x4007ffff;
const maxPasses = 8;

/**
 * Fills `live` with a mask for each word of the code at file offset `offset`. Where control leaves the stretch, or goes
 * through a register, everything counts as used.
 */
export function registerLiveness(
  code: DataView,
  offset: number,
  size: number,
  live: Int32Array,
): void {
  const words = size >> 2;
  live.fill(0, 0, words);
  for (let pass = 0; pass < maxPasses; pass++)
    if (!passBackwards(code, offset, words, live)) return;
  live.fill(all, 0, words);
}

/** One pass; true when it changed something that a branch backwards may have looked at. */
function passBackwards(code: DataView, offset: number, words: number, live: Int32Array): boolean {
  let changed = false;
  let after = all;
  for (let at = words - 1; at >= 0; at--) {
    const word = code.getInt32(offset + at * 4, true);
    let used: number;
    if (((word >>> 25) & 14) === 10) {
      const kind = flowOf(word);
      const to = at + (branchDistance(word) >> 2);
      const atTarget = to >= 0 && to < words ? (live[to] ?? all) : all;
      switch (kind) {
        case flow.branch:
          used = after | atTarget;
          break;
        case flow.jump:
          used = atTarget;
          break;
        case flow.jumpIndirect:
          used = all;
          break;
        case flow.call:
        case flow.callIndirect:
          used = (after & ~callChanges) | readsOf(word);
          break;
        case flow.return:
        case flow.stop:
          used = readsOf(word);
          break;
        default:
          used = (after & ~writesOf(word)) | readsOf(word);
      }
    } else if ((word & 0xffff0000) === 0) used = 0;
    else used = (after & ~writesOf(word)) | readsOf(word);
    if (used !== live[at]) {
      live[at] = used;
      changed = true;
    }
    after = used;
  }
  return changed;
}
