// Berkeley DB hash tables, read only: every value of the table, in page order. The table's pages hold pairs of items;
// values that do not fit lie in chains of overflow pages. Numbers are in the byte order of the machine that wrote the
// file, which its magic tells. Source: Berkeley DB's dbinc/db_page.h and dbinc/hash.h (public headers).

const hashMagic = 0x0006_1561;
const pageHeader = 26;
const pageType = { hashUnsorted: 2, overflow: 7, hash: 13 } as const;
const itemType = { inline: 1, offPage: 3 } as const;

/** True for a Berkeley DB hash table in either byte order. */
export function isBerkeleyHash(bytes: Buffer): boolean {
  return (
    bytes.length >= 512 &&
    (bytes.readUInt32LE(12) === hashMagic || bytes.readUInt32BE(12) === hashMagic)
  );
}

/** All values of at least 8 bytes (shorter ones are rpm's counters). */
export function* berkeleyHashValues(
  bytes: Buffer,
  problem: (message: string, offset?: number) => void,
): Generator<Buffer> {
  const little = bytes.readUInt32LE(12) === hashMagic;
  const u16 = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const pageSize = u32(20);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) {
    problem(`Berkeley DB page size ${pageSize} is no power of two from 512 to 65536`, 20);
    return;
  }
  const pages = Math.floor(bytes.length / pageSize);
  // Each overflow page belongs to one value: a chain that comes back, or is shared, is damage.
  const used = new Uint8Array(pages);

  const readChain = (first: number, length: number): Buffer | undefined => {
    const parts: Buffer[] = [];
    let left = length;
    for (let page = first; left > 0; ) {
      const at = page * pageSize;
      if (page === 0 || page >= pages || used[page] || bytes[at + 25] !== pageType.overflow) {
        return undefined;
      }
      used[page] = 1;
      const size = Math.min(u16(at + 22), pageSize - pageHeader, left);
      if (size === 0) return undefined;
      parts.push(bytes.subarray(at + pageHeader, at + pageHeader + size));
      left -= size;
      page = u32(at + 16);
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  };

  for (let page = 1; page < pages; page++) {
    const at = page * pageSize;
    const type = bytes[at + 25];
    if (type !== pageType.hash && type !== pageType.hashUnsorted) continue;
    const entries = Math.min(u16(at + 20), Math.floor((pageSize - pageHeader) / 2));
    // Items come in pairs: key, value.
    for (let entry = 1; entry < entries; entry += 2) {
      const offset = u16(at + pageHeader + 2 * entry);
      if (offset < pageHeader || offset >= pageSize) {
        problem(`Berkeley DB item ${entry} lies outside its page`, at);
        break;
      }
      const item = at + offset;
      if (bytes[item] === itemType.inline) {
        // Items grow down from the page's end: one ends where the item before it begins.
        const end = at + u16(at + pageHeader + 2 * (entry - 1));
        if (end - item - 1 >= 8 && end <= at + pageSize) yield bytes.subarray(item + 1, end);
      } else if (bytes[item] === itemType.offPage && offset + 12 <= pageSize) {
        const value = readChain(u32(item + 4), u32(item + 8));
        if (value) yield value;
        else problem('Berkeley DB overflow chain is broken', item);
      }
    }
  }
}
