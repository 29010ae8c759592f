// NDB, rpm's own package store: a table of 16-byte slots in the first pages, each naming a run of 16-byte blocks that
// holds one header between a head and a tail. All numbers little-endian. Source: rpm's lib/backend/ndb/rpmpkg.c.

const magic = { file: 0x506d7052, slot: 0x746f6c53, blob: 0x53626c42 } as const;
const pageSize = 4096;
const slotSize = 16;
const blockSize = 16;
const headerSize = 32;
const blobHeadSize = 16;

/** True for bytes that begin like an NDB package file ("RpmP"). */
export function isNdb(bytes: Buffer): boolean {
  return bytes.length >= headerSize && bytes.readUInt32LE(0) === magic.file;
}

/** The blobs of all used slots. */
export function* ndbBlobs(
  bytes: Buffer,
  problem: (message: string, offset?: number) => void,
): Generator<Buffer> {
  const slotsEnd = Math.min(bytes.length, bytes.readUInt32LE(12) * pageSize);
  for (let at = headerSize; at + slotSize <= slotsEnd; at += slotSize) {
    if (bytes.readUInt32LE(at) !== magic.slot) {
      problem('NDB slot without its magic', at);
      return;
    }
    const index = bytes.readUInt32LE(at + 4);
    const from = bytes.readUInt32LE(at + 8) * blockSize;
    if (index === 0 || from === 0) continue;
    if (
      from + blobHeadSize > bytes.length ||
      bytes.readUInt32LE(from) !== magic.blob ||
      bytes.readUInt32LE(from + 4) !== index
    ) {
      problem(`NDB slot of package ${index} names no blob of it`, at);
      continue;
    }
    const size = bytes.readUInt32LE(from + 12);
    if (from + blobHeadSize + size > bytes.length) {
      problem(`NDB blob of ${size} bytes leaves the file`, from);
      continue;
    }
    yield bytes.subarray(from + blobHeadSize, from + blobHeadSize + size);
  }
}
