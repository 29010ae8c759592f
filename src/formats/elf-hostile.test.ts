// Files made to keep a reader busy: headers that name the same bytes over and over, tables of anchors, endless chains.
// Each must be read in the time that its size allows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuMs } from '../../test/builders/cpu-time.ts';
import { parseElf } from './elf.ts';

const size = 8 << 20;

/** A 64-bit little-endian file full of one text, whose program headers all span everything. */
function spanning(text: string, types: readonly number[], count: number): Buffer {
  const bytes = Buffer.alloc(size, Buffer.from(text, 'latin1'));
  bytes.fill(0, 0, 64);
  bytes.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(62, 18);
  bytes.writeUInt32LE(64, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(count, 56);
  for (let n = 0; n < count; n++) {
    const at = 64 + 56 * n;
    bytes.fill(0, at, at + 56);
    bytes.writeUInt32LE(types[n % types.length] ?? 1, at);
    bytes.writeUInt32LE(7, at + 4);
    bytes.writeUInt32LE(size, at + 32);
    bytes.writeUInt32LE(size, at + 40);
    bytes.writeUInt32LE(4, at + 48);
  }
  return bytes;
}

/** A segment that may be read but not written, so that it is searched. */
function readable(bytes: Buffer, count: number, flags: number): Buffer {
  for (let n = 0; n < count; n++) bytes.writeUInt32LE(flags, 64 + 56 * n + 4);
  return bytes;
}

const texts = [
  '\0',
  '\xff Go buildinf:',
  'go1.1',
  'OpenSSL OpenSSL ',
  '<jemall',
  '/proc/x',
  '\x001.',
  'glibc e glibc ',
  '\x0f\x05\xb8\x01\0\0\0',
  '\x04\0\0\0\0\0\0\0\x01\0\0\0Go\0\0',
];
for (const text of texts) {
  test(`4000 segments over ${size >> 20} MiB of ${JSON.stringify(text)}`, () => {
    for (const flags of [5, 7]) {
      const bytes = readable(spanning(text, [1, 4, 2, 0x6474e553], 4000), 4000, flags);
      const took = cpuMs(() => assert.equal(parseElf(bytes).value?.machine, 'x86_64'));
      assert.ok(took < 3000, `${took} ms`);
    }
  });
}
