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

/** What can happen from some places on. */
export interface Prospect {
  /** Places of calls that may be made. */
  readonly calls: readonly number[];
  /** It may come back to the caller; it may do so, or end, without a word. */
  readonly mayReturn: boolean;
  readonly mayBeSilent: boolean;
}

/** A block among those that it leads to. */
export interface BlockNode {
  readonly block: Block;
  readonly around: Surroundings;
  /** The function's own beginning. */
  readonly isStart: boolean;
  /** Where it leads to, once somebody asked. */
  next: readonly BlockNode[] | undefined;
  /** The walk that came here last. */
  walk: number;
}

/** The block at a place of one function, read once. */
export type BlockAt = (place: number) => BlockNode;

const maxBlocks = 6000;
const step = makeStep();

/** Blocks are read when they are asked for. */
export function blocksOf(around: Surroundings): BlockAt {
  const nodes = new Map<number, BlockNode>();
  return function blockAt(place) {
    const known = nodes.get(place);
    if (known !== undefined) return known;
    const block = readBlock(around, place);
    const made = { block, around, isStart: place === around.start, next: undefined, walk: 0 };
    nodes.set(place, made);
    return made;
  };
}

/** Goes through everything that can be reached from some places, parts that lie apart among it. */
export function lookAhead(around: Surroundings, from: readonly number[]): Prospect {
  const first: BlockNode[] = [];
  for (const place of from) {
    const node = nodeAt(around, place);
    if (node !== undefined && !first.includes(node)) first.push(node);
  }
  const calls: number[] = [];
  let mayReturn = false;
  walk(around, first, ({ block }) => {
    for (const [at] of block.calls) calls.push(at);
    if (block.end === 'returns') mayReturn = true;
    return 'on';
  });
  let mayBeSilent = false;
  walk(around, first, ({ block }) => {
    if (block.tells) return 'not here';
    if (block.end === 'goes-on') return 'on';
    mayBeSilent = true;
    return 'enough';
  });
  return { calls, mayReturn, mayBeSilent };
}

/** Places are those of one address space, so a place tells the part that it lies in. */
function nodeAt(around: Surroundings, place: number): BlockNode | undefined {
  const isHere = place >= around.start && place < around.end;
  return (isHere ? around : around.partAt(place))?.blockAt(place);
}

function nextOf({ block, around }: BlockNode): readonly BlockNode[] {
  const places = block.elsewhere === undefined ? block.next : [...block.next, block.elsewhere];
  return places.flatMap((place) => nodeAt(around, place) ?? []);
}

/** Of all walks, so that a node can tell which one it was met on. */
let walks = 0;

function walk(
  around: Surroundings,
  from: readonly BlockNode[],
  visit: (node: BlockNode) => 'on' | 'not here' | 'enough',
): void {
  const mine = ++walks;
  const seen = from.slice();
  for (const node of seen) node.walk = mine;
  for (let at = 0; at < seen.length && seen.length <= maxBlocks; at++) {
    const node = seen[at];
    if (node === undefined) return;
    const answer = visit(node);
    if (answer === 'enough') return;
    if (answer === 'not here') continue;
    node.next ??= nextOf(node);
    for (const next of node.next) {
      if (next.walk === mine) continue;
      next.walk = mine;
      // From a part of a function to the beginning of the whole is another call of it.
      if (!next.isStart || next.around === around || around.partAt(next.around.start) !== undefined)
        seen.push(next);
    }
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
