// Tar archives, written: a ustar header where it can say everything, PAX records before it where it cannot (long or
// non-ASCII names, large numbers, parts of a second, extended attributes). The same member always gives the same
// bytes: no process number, no clock, records in order of their keys. Source: POSIX.1-2017 pax(1); the layout of
// extended headers follows Go's archive/tar, whose archives every engine reads.
import { encodeFileName } from '../lib/file-name.ts';
import { blockBytes } from './tar-header.ts';
import type { TarEntry } from './tar-reader.ts';

/** One member to be written. Names as `decodeFileName` gives them: bytes that are no UTF-8 are kept. */
export interface TarMember {
  readonly name: string;
  /** Default: a file, or a directory where the name ends in a slash. */
  readonly type?: TarEntry['type'];
  /** Bytes of the body that follows; 0 for all but files. */
  readonly size?: number;
  /** Permission bits with setuid, setgid and sticky. Default: 0644, directories 0755. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Empty by default: numbers are what counts in images. */
  readonly userName?: string;
  readonly groupName?: string;
  /** Whole seconds since 1970; default 0. */
  readonly mtime?: number;
  /** Nanoseconds after `mtime`. */
  readonly mtimeNanoseconds?: number;
  /** Target of a symbolic or hard link. */
  readonly linkName?: string;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

const typeFlags: Readonly<Record<TarEntry['type'], string>> = {
  file: '0',
  'hard-link': '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** Fields of a ustar header: offset and bytes. */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  linkName: [157, 100],
  userName: [265, 32],
  groupName: [297, 32],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
} as const;

/** The two blocks of zeros that end an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes);

/** Zeros that fill a body of `size` bytes up to the next block. */
export function tarPadding(size: number): Buffer {
  return tarEnd.subarray(0, (blockBytes - (size % blockBytes)) % blockBytes);
}

/** All header blocks of a member; its body and `tarPadding` of it follow. */
export function formatTarHeader(member: TarMember): Buffer {
  const type = member.type ?? (member.name.endsWith('/') ? 'directory' : 'file');
  const records = new Map<string, Buffer>();
  const bare = type === 'directory' && !member.name.endsWith('/') ? `${member.name}/` : member.name;
  const name = encodeFileName(bare);
  const linkName = encodeFileName(member.linkName ?? '');
  const split = splitName(name);
  if (split === undefined || isForeign(name)) records.set('path', name);
  if (linkName.length > fields.linkName[1] || isForeign(linkName))
    records.set('linkpath', linkName);
  const { mtime = 0, mtimeNanoseconds = 0 } = member;
  if (mtimeNanoseconds !== 0 || mtime < 0 || mtime >= largest(fields.mtime))
    records.set('mtime', Buffer.from(formatTime(mtime, mtimeNanoseconds)));
  const size = type === 'file' ? (member.size ?? 0) : 0;
  const numbers = { uid: member.uid ?? 0, gid: member.gid ?? 0, size };
  for (const [key, value] of Object.entries(numbers)) {
    if (value >= largest(fields[key as keyof typeof numbers]))
      records.set(key, Buffer.from(String(value)));
  }
  for (const [key, text] of [
    ['userName', 'uname'],
    ['groupName', 'gname'],
  ] as const) {
    const bytes = Buffer.from(member[key] ?? '');
    // One byte is left for the NUL that old readers need.
    if (bytes.length >= fields[key][1] || isForeign(bytes)) records.set(text, bytes);
  }
  for (const [key, value] of Object.entries(member.xattrs ?? {}))
    records.set(`SCHILY.xattr.${key}`, Buffer.from(value));

  const header = Buffer.alloc(blockBytes);
  const [prefix, base] = split ?? [Buffer.alloc(0), name.subarray(0, fields.name[1])];
  base.copy(header, fields.name[0]);
  prefix.copy(header, fields.prefix[0]);
  linkName.copy(header, fields.linkName[0], 0, fields.linkName[1]);
  writeOctal(header, fields.mode, (member.mode ?? (type === 'directory' ? 0o755 : 0o644)) & 0o7777);
  writeOctal(header, fields.uid, records.has('uid') ? 0 : numbers.uid);
  writeOctal(header, fields.gid, records.has('gid') ? 0 : numbers.gid);
  writeOctal(header, fields.size, records.has('size') ? 0 : size);
  writeOctal(header, fields.mtime, mtime < 0 || mtime >= largest(fields.mtime) ? 0 : mtime);
  if (!records.has('uname')) header.write(member.userName ?? '', fields.userName[0]);
  if (!records.has('gname')) header.write(member.groupName ?? '', fields.groupName[0]);
  if (type === 'character' || type === 'block') {
    writeOctal(header, fields.major, member.device?.major ?? 0);
    writeOctal(header, fields.minor, member.device?.minor ?? 0);
  }
  finish(header, typeFlags[type]);
  return records.size === 0 ? header : Buffer.concat([paxBlocks(name, records), header]);
}

/** The extended header before a member: its own header, the records, zeros up to the next block. */
function paxBlocks(name: Buffer, records: ReadonlyMap<string, Buffer>): Buffer {
  const body = formatPax(records);
  const header = Buffer.alloc(blockBytes);
  // Only seen by programs that do not know extended headers and unpack this one as a file.
  const base = Buffer.from(
    name.toString('latin1').replace(/\/+$/, '').split('/').at(-1) ?? '',
    'latin1',
  );
  Buffer.concat([Buffer.from('PaxHeaders.0/'), base]).copy(header, 0, 0, fields.name[1]);
  writeOctal(header, fields.mode, 0o644);
  writeOctal(header, fields.uid, 0);
  writeOctal(header, fields.gid, 0);
  writeOctal(header, fields.size, body.length);
  writeOctal(header, fields.mtime, 0);
  finish(header, 'x');
  return Buffer.concat([header, body, tarPadding(body.length)]);
}

/** Records "LENGTH KEY=VALUE\n" in order of their keys. Values that are no UTF-8 are announced as POSIX asks. */
function formatPax(records: ReadonlyMap<string, Buffer>): Buffer {
  const texts = [...records].filter(([key]) => !key.startsWith('SCHILY.xattr.'));
  const binary = texts.some(([, value]) => !isUtf8(value));
  const sorted = [...records].sort(([a], [b]) => (a < b ? -1 : 1));
  const all = binary ? [['hdrcharset', Buffer.from('BINARY')] as const, ...sorted] : sorted;
  return Buffer.concat(all.map(([key, value]) => formatRecord(key, value)));
}

function formatRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  // The length counts its own digits.
  while (String(length).length + rest.length !== length) length++;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8')).equals(bytes);
}

/**
 * Whether a text must stand in PAX records for its letters alone: ustar promises ASCII only. What is no UTF-8 stays in
 * the header as it is, which every reader hands through, as long as it fits.
 */
function isForeign(bytes: Buffer): boolean {
  return bytes.some((byte) => byte >= 0x80) && isUtf8(bytes);
}

/** Prefix and name as ustar has them, parted at a slash; undefined where it does not fit. */
function splitName(name: Buffer): readonly [prefix: Buffer, base: Buffer] | undefined {
  if (name.length <= fields.name[1]) return [Buffer.alloc(0), name];
  // The first slash that leaves a base short enough; a directory's own last slash would leave none.
  const slash = name.indexOf(0x2f, name.length - 1 - fields.name[1]);
  if (slash <= 0 || slash > fields.prefix[1] || slash === name.length - 1) return undefined;
  return [name.subarray(0, slash), name.subarray(slash + 1)];
}

/** The first number that a field of octal digits and a NUL cannot hold. */
function largest([, bytes]: readonly [number, number]): number {
  return 8 ** (bytes - 1);
}

function writeOctal(header: Buffer, field: readonly [number, number], value: number): void {
  const [at, bytes] = field;
  if (value < largest(field)) {
    header.write(value.toString(8).padStart(bytes - 1, '0'), at, 'latin1');
    return;
  }
  // GNU's base-256: only for device numbers, which PAX has no record for.
  header[at] = 0x80;
  header.writeUIntBE(value, at + bytes - 6, 6);
}

/** "-1.5": seconds with as many decimals as there are, the sign over the whole as POSIX has it. */
function formatTime(seconds: number, nanoseconds: number): string {
  const total = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  const magnitude = total < 0n ? -total : total;
  const decimals = String(magnitude % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const whole = `${total < 0n ? '-' : ''}${magnitude / 1_000_000_000n}`;
  return decimals === '' ? whole : `${whole}.${decimals}`;
}

/** Type, magic and checksum. */
function finish(header: Buffer, type: string): void {
  header.write(type, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
