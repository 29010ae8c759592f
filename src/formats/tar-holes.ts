// Takes the map of a file with holes from wherever its dialect keeps it: header, blocks behind it, PAX records, body.
import type { Location } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import type { Limits } from '../lib/limits.ts';
import type { ChunkCursor } from './chunk-cursor.ts';
import { damagedTar } from './tar-error.ts';
import { blockBytes } from './tar-header.ts';
import { parseDecimal, parseTarNumber } from './tar-number.ts';
import type { PaxRecords } from './tar-pax.ts';
import {
  hasSparseBody,
  parseOldSparse,
  parseSparseBody,
  paxSparseMap,
  type SparseMap,
  storedBytes,
} from './tar-sparse.ts';

/** Where the stored bytes of a file with holes belong. */
export interface Holes {
  readonly map: SparseMap;
  /** Bytes of the file with its holes. */
  readonly realSize: number;
  /** Bytes that the map says are stored; NaN when it is damaged. */
  readonly stored: number;
  /** Bytes of the body that the map itself took. */
  readonly mapBytes: number;
}

interface Place {
  readonly limits: Limits;
  readonly at: Location;
}

/** Whether a map may be there: quick, since nearly no file has one. */
export function mayHaveHoles(block: Buffer, { values, sparsePairs }: PaxRecords): boolean {
  // Type 'S'.
  return block[156] === 0x53 || sparsePairs.length > 0 || values.size > 0;
}

/**
 * The map of the entry whose header is `block`, or undefined when it has no holes; moves the cursor past the map.
 * @throws PlimsollError PL0107, PL0202
 */
export async function readHoles(
  cursor: ChunkCursor,
  block: Buffer,
  pax: PaxRecords,
  bodyBytes: number,
  place: Place,
): Promise<Holes | undefined> {
  const decimal = (key: string): number => parseDecimal(pax.values.get(key) ?? '');
  // Type 'S'.
  if (block[156] === 0x53) {
    const realSize = parseTarNumber(block, 483, 12);
    return holesOf(await oldMap(cursor, block, place), realSize, 0);
  }
  if (hasSparseBody(pax)) {
    const realSize = decimal('GNU.sparse.realsize');
    const { map, mapBytes } = await bodyMap(cursor, bodyBytes, place);
    return holesOf(map, realSize, mapBytes);
  }
  const map = paxSparseMap(pax);
  return map === undefined ? undefined : holesOf(map, decimal('GNU.sparse.size'), 0);
}

function holesOf(map: SparseMap, realSize: number, mapBytes: number): Holes {
  return { map, realSize, mapBytes, stored: storedBytes(map, realSize) };
}

async function mapBlock(
  cursor: ChunkCursor,
  taken: number,
  { limits, at }: Place,
): Promise<Buffer> {
  const offset = cursor.offset;
  if (taken > limits.headerBytes) {
    throw limitError('headerBytes', limits, 'bytes of a sparse map', taken, { ...at, offset });
  }
  const block = await cursor.take(blockBytes);
  if (block === undefined) throw damagedTar(at, 'expected a block of a sparse map', offset);
  return block;
}

async function oldMap(cursor: ChunkCursor, header: Buffer, place: Place): Promise<SparseMap> {
  let { map: part, extended } = parseOldSparse(header, 386, 4);
  const map = [...part];
  for (let taken = blockBytes; extended; taken += blockBytes) {
    ({ map: part, extended } = parseOldSparse(await mapBlock(cursor, taken, place), 0, 21));
    map.push(...part);
  }
  return map;
}

async function bodyMap(
  cursor: ChunkCursor,
  bodyBytes: number,
  place: Place,
): Promise<{ readonly map: SparseMap; readonly mapBytes: number }> {
  const damaged = [Number.NaN, Number.NaN];
  const blocks: Buffer[] = [];
  let lines = 0;
  let needed = Number.NaN;
  for (let taken = blockBytes; ; taken += blockBytes) {
    if (taken > bodyBytes + blockBytes) return { map: damaged, mapBytes: 0 };
    const block = Buffer.from(await mapBlock(cursor, taken, place));
    blocks.push(block);
    for (const byte of block) if (byte === 0x0a) lines++;
    if (Number.isNaN(needed)) {
      const first = block.toString('latin1', 0, Math.max(0, block.indexOf(0x0a)));
      needed = parseDecimal(first) * 2 + 1;
      if (Number.isNaN(needed)) return { map: damaged, mapBytes: 0 };
    }
    if (lines >= needed) return { map: parseSparseBody(Buffer.concat(blocks)), mapBytes: taken };
  }
}
