// Zip archives as far as jars need them: the central directory's names, and the bytes of small entries.
// Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16. No zip64: a jar of 4 GiB is read by nobody here.
import { inflateRawSync } from 'node:zlib';

/** One file of a zip archive, by its central directory. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Offset of the local header. */
  readonly at: number;
}

const endSignature = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const maxEntries = 65535;
/** Size of the end record without its comment, and of the longest comment. */
const endSize = 22;
const maxComment = 65535;

/** The entries that the central directory names; undefined when the bytes hold none. */
export function zipEntries(bytes: Buffer): readonly ZipEntry[] | undefined {
  const tail = Math.max(0, bytes.length - endSize - maxComment);
  const end = bytes.lastIndexOf(endSignature);
  if (end < tail || end + endSize > bytes.length) return undefined;
  const entries: ZipEntry[] = [];
  // What stands before the archive (a launch script) shifts all offsets.
  const size = bytes.readUInt32LE(end + 12);
  const shift = end - size - bytes.readUInt32LE(end + 16);
  let at = end - size;
  for (let n = 0; n < maxEntries && at >= 0 && at + 46 <= end; n++) {
    if (bytes.readUInt32LE(at) !== entrySignature) break;
    const nameLength = bytes.readUInt16LE(at + 28);
    const nameEnd = at + 46 + nameLength;
    if (nameEnd > end) break;
    entries.push({
      name: bytes.toString('utf8', at + 46, nameEnd),
      method: bytes.readUInt16LE(at + 10),
      compressedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      at: bytes.readUInt32LE(at + 42) + shift,
    });
    at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

/** An entry's bytes, at most `limit`; undefined when it is larger, damaged or compressed in another way than deflate. */
export function zipEntryBytes(bytes: Buffer, entry: ZipEntry, limit: number): Buffer | undefined {
  const { at, method, compressedSize } = entry;
  if (at < 0 || at + 30 > bytes.length || bytes.readUInt32LE(at) !== localSignature)
    return undefined;
  const from = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
  const raw = bytes.subarray(from, from + compressedSize);
  if (raw.length !== compressedSize) return undefined;
  if (method === 0) return raw.length <= limit ? raw : undefined;
  if (method !== 8) return undefined;
  try {
    return inflateRawSync(raw, { maxOutputLength: limit });
  } catch {
    // Damaged, or larger than the limit: the archive simply does not tell.
    return undefined;
  }
}
