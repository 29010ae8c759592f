import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseSuperblock, type Superblock, superblockBytes } from './superblock.ts';

/** The beginning of what a mkfs program makes. */
function made(argv: readonly string[], size: number): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-superblock-'));
  const file = join(folder, 'device');
  writeFileSync(file, '');
  truncateSync(file, size);
  const [program = '', ...args] = argv;
  const { status, stderr } = spawnSync(program, [...args, file], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const bytes = readFileSync(file).subarray(0, superblockBytes);
  rmSync(folder, { recursive: true });
  return bytes;
}

function check(bytes: Buffer, type: Superblock['type'], features: Superblock['features']): void {
  const found = parseSuperblock(bytes);
  assert.equal(found?.type, type);
  for (const [field, mask] of Object.entries(features)) {
    const has: bigint = found.features[field as keyof Superblock['features']] ?? 0n;
    assert.equal(has & mask, mask, `${type} ${field} ${has.toString(16)}`);
  }
}

test('superblocks of file systems that were really made', () => {
  const ext4 = ['mkfs.ext4', '-q', '-F', '-b', '2048', '-O'];
  // encrypt, large_dir; verity
  check(made([...ext4, 'encrypt,large_dir,verity'], 16 << 20), 'ext4', {
    incompat: 0x14000n,
    ro: 0x8000n,
    block: 2048n,
  });
  const plain = parseSuperblock(made([...ext4, '^metadata_csum'], 16 << 20));
  assert.equal((plain?.features.incompat ?? 0n) & 0x14000n, 0n);
  // no-holes; free-space-tree and its valid bit; xxhash
  check(
    made(
      ['mkfs.btrfs', '-q', '--csum', 'xxhash', '-O', 'no-holes', '-R', 'free-space-tree'],
      128 << 20,
    ),
    'btrfs',
    {
      incompat: 0x200n,
      ro: 0x3n,
      checksum: 0x2n,
    },
  );
});

test('superblocks by their fields', () => {
  const xfs = Buffer.alloc(4096);
  xfs.write('XFSB');
  xfs.writeUInt32BE(4096, 4);
  xfs.writeUInt16BE(0xb4a5, 100);
  xfs.writeUInt32BE(0xd, 212);
  xfs.writeUInt32BE(0x2b, 216);
  check(xfs, 'xfs', { incompat: 0x2bn, ro: 0xdn, block: 4096n });
  const erofs = Buffer.alloc(4096);
  erofs.writeUInt32LE(0xe0f5e1e2, 1024);
  erofs.writeUInt8(12, 1024 + 12);
  erofs.writeUInt32LE(0x3, 1024 + 80);
  erofs.writeUInt16LE(0x8, 1024 + 84);
  check(erofs, 'erofs', { incompat: 0x3n, algorithm: 0x8n, block: 4096n });
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(100), Buffer.alloc(superblockBytes)])
    assert.equal(parseSuperblock(bytes), undefined);
});
