// Files with holes. GNU tar writes them in four ways: a map in the header and in blocks after it (old GNU, type 'S'),
// PAX records with one pair each (0.0) or one map (0.1), and a map as text at the start of the body (1.0).
// Source: GNU tar manual, appendix "Storing Sparse Files".
import { parseDecimal, parseTarNumber } from './tar-number.ts';
import type { PaxRecords } from './tar-pax.ts';

/** Where the stored bytes belong: offset and length in the file, flat, ascending. */
export type SparseMap = readonly number[];

/** Bytes that a map says are stored; NaN when the map is not ascending, overlaps, or leaves the file. */
export function storedBytes(map: SparseMap, realSize: number): number {
  let stored = 0;
  let end = 0;
  for (let index = 0; index < map.length; index += 2) {
    const offset = map[index] ?? Number.NaN;
    const length = map[index + 1] ?? Number.NaN;
    if (!(offset >= end && length >= 0 && offset + length <= realSize)) return Number.NaN;
    end = offset + length;
    stored += length;
  }
  return stored;
}

/** Up to `count` pairs of the old GNU form at `at`; `extended` is whether a block of further pairs follows. */
export function parseOldSparse(
  bytes: Buffer,
  at: number,
  count: 4 | 21,
): { readonly map: SparseMap; readonly extended: boolean } {
  const map: number[] = [];
  for (let index = 0; index < count; index++) {
    const pair = at + index * 24;
    // An unused pair has an empty offset.
    if (bytes[pair] === 0) break;
    map.push(parseTarNumber(bytes, pair, 12), parseTarNumber(bytes, pair + 12, 12));
  }
  return { map, extended: (bytes[at + count * 24] ?? 0) !== 0 };
}

/** Formats 0.0 and 0.1; undefined when the records are of neither. */
export function paxSparseMap(pax: PaxRecords): SparseMap | undefined {
  const map = pax.values.get('GNU.sparse.map');
  if (map !== undefined) return map === '' ? [] : map.split(',').map(parseDecimal);
  if (pax.sparsePairs.length > 0 || pax.values.has('GNU.sparse.numblocks')) return pax.sparsePairs;
  return undefined;
}

/** Whether the body starts with a map (format 1.0). */
export function hasSparseBody(pax: PaxRecords): boolean {
  return pax.values.get('GNU.sparse.major') === '1' && pax.values.get('GNU.sparse.minor') === '0';
}

/**
 * The map at the start of a body in format 1.0: decimal lines, first the number of pairs; `bytes` hold all of them.
 * NaN in the map where a line is no number.
 */
export function parseSparseBody(bytes: Buffer): SparseMap {
  let at = bytes.indexOf(0x0a);
  const map: number[] = [];
  for (let left = parseDecimal(bytes.toString('latin1', 0, at)) * 2; left > 0; left--) {
    const end = bytes.indexOf(0x0a, at + 1);
    map.push(parseDecimal(bytes.toString('latin1', at + 1, end)));
    at = end;
  }
  return map;
}
