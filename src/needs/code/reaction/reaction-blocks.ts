// The blocks of a function without values: what can be reached from a place, and whether every way from there ends the
// program or says something. Answers what the ways that were not followed to their ends may still do.
import { flow, makeStep } from '../../../isa/insn.ts';
import { type Callee, type Surroundings, unknownCallee } from './reaction-surroundings.ts';
import { anything } from './reaction-value.ts';

/** Code up to the next place that is jumped to, or to where control leaves the straight way. */
export interface Block {
  readonly next: readonly number[];
  /** A place in another part of the function. */
  readonly elsewhere?: number;
  /** Places of calls, with who is called. */
  readonly calls: readonly (readonly [place: number, callee: Callee])[];
  readonly end: 'goes-on' | 'returns' | 'dies';
  readonly tells: boolean;
}

/** What can happen from a place on. */
export interface Prospect {
  /** Calls that may be made. */
  readonly calls: ReadonlySet<number>;
  /** It may come back to the caller; it may do so, or end, without a word. */
  readonly mayReturn: boolean;
  readonly mayBeSilent: boolean;
}

/** Reads the block at a place of one function, once. */
export type BlockAt = (place: number) => Block;

const maxBlocks = 6000;
const step = makeStep();

/** Blocks are read when they are asked for. */
export function blocksOf(around: Surroundings): BlockAt {
  const blocks = new Map<number, Block>();
  return function blockAt(place) {
    const known = blocks.get(place);
    if (known !== undefined) return known;
    const made = readBlock(around, place);
    blocks.set(place, made);
    return made;
  };
}

/** Goes through everything that can be reached from some places, parts that lie apart among it. */
export function lookAhead(around: Surroundings, from: readonly number[]): Prospect {
  const calls = new Set<number>();
  let mayReturn = false;
  walk(around, from, (block) => {
    for (const [at] of block.calls) calls.add(at);
    if (block.end === 'returns') mayReturn = true;
    return true;
  });
  let mayBeSilent = false;
  walk(around, from, (block) => {
    if (!block.tells && block.end !== 'goes-on') mayBeSilent = true;
    return !block.tells;
  });
  return { calls, mayReturn, mayBeSilent };
}

/** Places are those of one address space, so a place tells the part that it lies in. */
function walk(
  around: Surroundings,
  from: readonly number[],
  visit: (block: Block) => boolean,
): void {
  const seen = new Set(from);
  for (const place of seen) {
    if (seen.size > maxBlocks) return;
    const isHere = place >= around.start && place < around.end;
    const part = isHere ? around : around.partAt(place);
    const block = part?.blockAt(place);
    if (block === undefined || !visit(block)) continue;
    for (const next of block.next) seen.add(next);
    if (block.elsewhere !== undefined) seen.add(block.elsewhere);
  }
}

function readBlock(around: Surroundings, from: number): Block {
  const { machine, low } = around;
  const last = around.offset + (around.end - around.start);
  const calls: [number, Callee][] = [];
  let tells = false;
  const inside = (place: number): boolean => place >= around.start && place < around.end;
  const called = (place: number, callee: Callee): boolean => {
    calls.push([place, callee]);
    if (around.tells(callee)) tells = true;
    return callee === unknownCallee || around.returns(callee, anything);
  };
  for (let place = from; ; ) {
    if (!inside(place)) return { next: [], calls, end: 'returns', tells };
    if (place !== from && around.leaders.has(place))
      return { next: [place], calls, end: 'goes-on', tells };
    const at = around.offset + (place - around.start);
    const length = machine.readStep(around.bytes, at, last, low + place, step);
    const next = place + length;
    switch (step.flow) {
      case flow.next:
        break;
      case flow.syscall:
      case flow.syscall32:
        calls.push([place, unknownCallee]);
        break;
      case flow.call:
        if (!called(place, around.calleeAt(step.target - low)))
          return { next: [], calls, end: 'dies', tells };
        break;
      case flow.callIndirect: {
        const isNamed = step.memory && !step.segment && step.base < 0 && step.index < 0;
        const callee = isNamed ? around.calleeThrough(step.displacement - low) : unknownCallee;
        if (!called(place, callee)) return { next: [], calls, end: 'dies', tells };
        break;
      }
      case flow.branch: {
        const target = step.target - low;
        if (inside(target)) return { next: [next, target], calls, end: 'goes-on', tells };
        if (around.partAt(target) !== undefined)
          return { next: [next], elsewhere: target, calls, end: 'goes-on', tells };
        const comesBack = called(place, around.calleeAt(target));
        return { next: [next], calls, end: comesBack ? 'returns' : 'goes-on', tells };
      }
      case flow.jump: {
        const target = step.target - low;
        if (inside(target)) return { next: [target], calls, end: 'goes-on', tells };
        if (around.partAt(target) !== undefined)
          return { next: [], elsewhere: target, calls, end: 'goes-on', tells };
        const comesBack = called(place, around.calleeAt(target));
        return { next: [], calls, end: comesBack ? 'returns' : 'dies', tells };
      }
      case flow.jumpIndirect:
        return {
          next: around.tableTargets,
          calls,
          end: around.tableTargets.length === 0 ? 'returns' : 'goes-on',
          tells,
        };
      case flow.return:
        return { next: [], calls, end: 'returns', tells };
      default:
        return { next: [], calls, end: 'dies', tells };
    }
    place = next;
  }
}
