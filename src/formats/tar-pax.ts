// PAX extended headers: records "LENGTH KEY=VALUE\n", where LENGTH counts the whole record (POSIX.1-2017 pax(1),
// "pax Extended Header"). Keys may repeat only in GNU's sparse format 0.0, where their order carries the map.
import { decodeFileName } from '../lib/file-name.ts';
import { parseDecimal } from './tar-number.ts';

/** What records say; the last one of a key wins, an empty value takes a key away. */
export interface PaxRecords {
  readonly values: ReadonlyMap<string, string>;
  /** SCHILY.xattr.* and LIBARCHIVE.xattr.*, values as bytes. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** Pairs of offset and length of GNU's sparse format 0.0, flat. */
  readonly sparsePairs: readonly number[];
}

/** The records, or what is wrong with them and at which byte. */
export type PaxResult = PaxRecords | { readonly fault: string; readonly at: number };

/** Keys whose values go to the kernel as names. */
const textKeys: ReadonlySet<string> = new Set(['path', 'linkpath', 'GNU.sparse.name']);

const schily = 'SCHILY.xattr.';
const libarchive = 'LIBARCHIVE.xattr.';

/** Reads the body of an 'x' or 'g' entry. */
export function parsePax(bytes: Buffer): PaxResult {
  const values = new Map<string, string>();
  const xattrs = new Map<string, Uint8Array>();
  const sparsePairs: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    // Some writers pad the body with NULs.
    if (bytes[at] === 0) break;
    const blank = bytes.indexOf(0x20, at);
    const length =
      blank > at && blank - at < 12
        ? parseDecimal(bytes.toString('latin1', at, blank))
        : Number.NaN;
    const end = at + length;
    if (!(length > blank - at + 2) || end > bytes.length || bytes[end - 1] !== 0x0a) {
      return { fault: 'expected a record "LENGTH KEY=VALUE" that ends with a line feed', at };
    }
    const equals = bytes.indexOf(0x3d, blank + 1);
    if (equals < 0 || equals >= end) return { fault: 'expected "=" in the record', at };
    const key = bytes.toString('utf8', blank + 1, equals);
    if (key.startsWith(schily)) {
      xattrs.set(key.slice(schily.length), new Uint8Array(bytes.subarray(equals + 1, end - 1)));
    } else if (key.startsWith(libarchive)) {
      const name = decodedName(key.slice(libarchive.length));
      if (!xattrs.has(name)) {
        const value = Buffer.from(bytes.toString('latin1', equals + 1, end - 1), 'base64');
        xattrs.set(name, new Uint8Array(value));
      }
    } else {
      const value = decodeFileName(bytes, equals + 1, end - 1);
      // Go's archive/tar refuses these too: the kernel would see a shorter name than whoever looked at it before.
      if (value.includes('\0') && textKeys.has(key))
        return { fault: `expected no NUL in the record of ${key}`, at };
      if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
        sparsePairs.push(parseDecimal(value));
      } else {
        values.set(key, value);
      }
    }
    at = end;
  }
  return { values, xattrs, sparsePairs };
}

function decodedName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Local records over global ones. */
export function overlayPax(
  global: PaxRecords | undefined,
  local: PaxRecords | undefined,
): PaxRecords {
  if (global === undefined) return local ?? noPax;
  if (local === undefined) return global;
  return {
    values: new Map([...global.values, ...local.values]),
    xattrs: new Map([...global.xattrs, ...local.xattrs]),
    sparsePairs: local.sparsePairs,
  };
}

/** No records at all. */
const noPax: PaxRecords = { values: new Map(), xattrs: new Map(), sparsePairs: [] };
