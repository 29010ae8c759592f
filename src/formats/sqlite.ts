// SQLite, read only and only as far as one table's blobs: the schema on page 1 names the table's root page; a B-tree of
// interior (5) and leaf (13) pages holds the records; what does not fit into a page lies in a chain of overflow pages.
// A write-ahead log beside the file is not read: package managers leave none when they end well.
// Source: https://www.sqlite.org/fileformat2.html, sections 1.3, 1.5, 1.6, 2.1 and 2.6.

const signature = 'SQLite format 3\0';
const pageType = { interiorTable: 5, leafTable: 13 } as const;
const maxDepth = 20;

/** True for bytes that begin like an SQLite database. */
export function isSqlite(bytes: Buffer): boolean {
  return bytes.length >= 512 && bytes.toString('latin1', 0, 16) === signature;
}

interface Database {
  readonly bytes: Buffer;
  readonly pageSize: number;
  /** Bytes of a page that are used: page size less what is reserved at its end. */
  readonly usable: number;
  readonly pages: number;
  /** Pages that were visited: none belongs to two places. */
  readonly visited: Uint8Array;
  readonly problem: (message: string, offset?: number) => void;
}

/** The blobs in one column of a table, in the order of its row ids. */
export function* sqliteBlobs(
  bytes: Buffer,
  table: string,
  column: number,
  problem: (message: string, offset?: number) => void,
): Generator<Buffer> {
  const declared = bytes.readUInt16BE(16);
  const pageSize = declared === 1 ? 65536 : declared;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) {
    problem(`SQLite page size ${pageSize} is no power of two from 512 to 65536`, 16);
    return;
  }
  const pages = Math.floor(bytes.length / pageSize);
  const database: Database = {
    bytes,
    pageSize,
    usable: pageSize - (bytes[20] ?? 0),
    pages,
    visited: new Uint8Array(pages + 1),
    problem,
  };
  let root: number | undefined;
  for (const record of records(database, 1, 0)) {
    // sqlite_schema: type, name, tbl_name, rootpage, sql
    const type = columnOf(record, 0);
    const name = columnOf(record, 1);
    if (type?.value.toString() === 'table' && name?.value.toString() === table) {
      root = integerOf(columnOf(record, 3)?.value);
      break;
    }
  }
  if (root === undefined) {
    problem(`SQLite database without a table ${table}`, 0);
    return;
  }
  for (const record of records(database, root, 0)) {
    const found = columnOf(record, column);
    if (found?.blob) yield found.value;
  }
}

function* records(database: Database, page: number, depth: number): Generator<Buffer> {
  const { bytes, pageSize, usable, pages, visited, problem } = database;
  const base = (page - 1) * pageSize;
  if (page < 1 || page > pages || visited[page] || depth > maxDepth) {
    problem(`SQLite page ${page} is out of range or used twice`, Math.max(base, 0));
    return;
  }
  visited[page] = 1;
  const header = page === 1 ? 100 : 0;
  const type = bytes[base + header];
  const cells = bytes.readUInt16BE(base + header + 3);
  const interior = type === pageType.interiorTable;
  if (!interior && type !== pageType.leafTable) {
    problem(`SQLite page ${page} is no page of a table`, base);
    return;
  }
  const pointers = base + header + (interior ? 12 : 8);
  for (let cell = 0; cell < cells && pointers + 2 * cell + 2 <= base + usable; cell++) {
    const offset = bytes.readUInt16BE(pointers + 2 * cell);
    if (offset + 4 > usable) {
      problem(`SQLite cell ${cell} lies outside its page`, base);
      continue;
    }
    if (interior) {
      yield* records(database, bytes.readUInt32BE(base + offset), depth + 1);
    } else {
      const payload = payloadOf(database, base, offset);
      if (payload) yield payload;
      else problem(`SQLite cell ${cell} is damaged`, base + offset);
    }
  }
  if (interior) yield* records(database, bytes.readUInt32BE(base + header + 8), depth + 1);
}

function payloadOf(database: Database, base: number, offset: number): Buffer | undefined {
  const { bytes, usable, pageSize, pages, visited } = database;
  const size = varint(bytes, base + offset);
  const row = varint(bytes, base + offset + size.length);
  const from = base + offset + size.length + row.length;
  if (size.value > bytes.length) return undefined;
  // How much of a payload stays on the leaf: file format, section 1.6.
  const most = usable - 35;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((size.value - least) % (usable - 4));
  const local = size.value <= most ? size.value : fitting <= most ? fitting : least;
  if (from + local > base + usable) return undefined;
  if (local === size.value) return bytes.subarray(from, from + local);
  if (from + local + 4 > base + usable) return undefined;
  const parts = [bytes.subarray(from, from + local)];
  let left = size.value - local;
  for (let page = bytes.readUInt32BE(from + local); left > 0; ) {
    if (page < 2 || page > pages || visited[page]) return undefined;
    visited[page] = 1;
    const at = (page - 1) * pageSize;
    const part = Math.min(left, usable - 4);
    parts.push(bytes.subarray(at + 4, at + 4 + part));
    left -= part;
    page = bytes.readUInt32BE(at);
  }
  return Buffer.concat(parts);
}

/** One column of a record. */
function columnOf(
  record: Buffer,
  column: number,
): { readonly value: Buffer; readonly blob: boolean } | undefined {
  const header = varint(record, 0);
  if (header.value > record.length) return undefined;
  let at = header.length;
  let from = header.value;
  for (let index = 0; at < header.value; index++) {
    const serial = varint(record, at);
    at += serial.length;
    const size = sizeOfSerialType(serial.value);
    if (index === column) {
      const blob = serial.value >= 12 && serial.value % 2 === 0;
      return from + size <= record.length
        ? { value: record.subarray(from, from + size), blob }
        : undefined;
    }
    from += size;
  }
  return undefined;
}

function sizeOfSerialType(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][type] ?? 0;
}

function integerOf(value: Buffer | undefined): number | undefined {
  return value && value.length >= 1 && value.length <= 6
    ? value.readUIntBE(0, value.length)
    : undefined;
}

/** A variable-length integer of at most 9 bytes, high bits first; beyond 2^53 it is not exact, and never needed. */
function varint(bytes: Buffer, at: number): { readonly value: number; readonly length: number } {
  let value = 0;
  for (let n = 0; n < 8; n++) {
    const byte = bytes[at + n] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, length: n + 1 };
  }
  return { value: value * 256 + (bytes[at + 8] ?? 0), length: 9 };
}
