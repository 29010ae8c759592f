// What the superblock of a file system says of its format: the feature masks that decide which kernels mount it. Fields:
// fs/ext4/ext4.h, fs/xfs/libxfs/xfs_format.h, include/uapi/linux/btrfs_tree.h, fs/erofs/erofs_fs.h.

/** Part of a format that a kernel has to know. ro: only for writing; the others: to mount it at all. */
export type SuperblockField = 'incompat' | 'ro' | 'block' | 'checksum' | 'algorithm';

/** A format. */
export interface Superblock {
  readonly type: 'ext4' | 'xfs' | 'btrfs' | 'erofs';
  /** Masks; block is the size of a block in bytes, checksum and algorithm have a bit for each number. */
  readonly features: Readonly<Partial<Record<SuperblockField, bigint>>>;
}

/** How much of a device's beginning holds every superblock that is read: btrfs' lies at 64 KiB. */
export const superblockBytes = 65536 + 4096;

/** ext2 and ext3 have the same superblock, and the driver of ext4 mounts them too. */
function ext4(bytes: Buffer): Superblock {
  const at = 1024;
  return {
    type: 'ext4',
    features: {
      incompat: BigInt(bytes.readUInt32LE(at + 0x60)),
      ro: BigInt(bytes.readUInt32LE(at + 0x64)),
      block: 1024n << BigInt(bytes.readUInt32LE(at + 0x18) & 31),
    },
  };
}

function xfs(bytes: Buffer): Superblock {
  // sb_versionnum: version 5 alone has masks.
  const masks = (bytes.readUInt16BE(100) & 15) === 5;
  return {
    type: 'xfs',
    features: {
      ...(masks
        ? { ro: BigInt(bytes.readUInt32BE(212)), incompat: BigInt(bytes.readUInt32BE(216)) }
        : {}),
      block: BigInt(bytes.readUInt32BE(4)),
    },
  };
}

function btrfs(bytes: Buffer): Superblock {
  const at = 65536;
  return {
    type: 'btrfs',
    features: {
      ro: bytes.readBigUInt64LE(at + 0xb4),
      incompat: bytes.readBigUInt64LE(at + 0xbc),
      checksum: 1n << BigInt(bytes.readUInt16LE(at + 0xc4) & 31),
    },
  };
}

function erofs(bytes: Buffer): Superblock {
  const at = 1024;
  const incompat = bytes.readUInt32LE(at + 80);
  // EROFS_FEATURE_INCOMPAT_COMPR_CFGS: the field names algorithms only with it.
  const algorithm = (incompat & 2) === 0 ? 0 : bytes.readUInt16LE(at + 84);
  return {
    type: 'erofs',
    features: {
      incompat: BigInt(incompat),
      algorithm: BigInt(algorithm),
      block: 1n << BigInt(bytes.readUInt8(at + 12) & 31),
    },
  };
}

/** Reads the superblock at the beginning of a device; undefined where there is none that is known. */
export function parseSuperblock(bytes: Buffer): Superblock | undefined {
  if (bytes.length < 4096) return undefined;
  if (bytes.toString('latin1', 0, 4) === 'XFSB') return xfs(bytes);
  if (bytes.readUInt16LE(1024 + 0x38) === 0xef53) return ext4(bytes);
  if (bytes.readUInt32LE(1024) === 0xe0f5e1e2) return erofs(bytes);
  const magic = 65536 + 0x40;
  if (bytes.length >= superblockBytes && bytes.toString('latin1', magic, magic + 8) === '_BHRfS_M')
    return btrfs(bytes);
  return undefined;
}
