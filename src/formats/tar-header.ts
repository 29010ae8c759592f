// One 512-byte tar header in any of its dialects. v7 has no magic; POSIX ustar has "ustar\0" and a prefix of 155
// bytes; GNU has "ustar  \0" and times and a sparse map where ustar has the prefix; star has "ustar\0", "tar\0" at the
// end and a prefix of 131 bytes. Source: POSIX.1-2017 pax(1), GNU tar manual "Basic Tar Format", star(5).
import { decodeFileName } from '../lib/file-name.ts';
import { parseTarNumber } from './tar-number.ts';

/** Bytes of a header, and what bodies are padded to. */
export const blockBytes = 512;

/** A header as it stands: names are not made safe, and extended headers not yet applied. */
export interface TarHeader {
  readonly name: string;
  /** The type flag: '0' file, '1' hard link, '2' symbolic link … 'x' PAX, 'L' GNU long name. */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of the body as the header says; NaN when the field is damaged. */
  readonly size: number;
  readonly mtime: number;
  readonly linkName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly dialect: 'v7' | 'ustar' | 'gnu' | 'star';
}

/** A name up to the first NUL. */
function textAt(bytes: Buffer, start: number, length: number): string {
  if (bytes[start] === 0) return '';
  let end = start;
  const limit = start + length;
  while (end < limit && bytes[end] !== 0) end++;
  return decodeFileName(bytes, start, end);
}

function dialectOf(bytes: Buffer, at: number): TarHeader['dialect'] {
  // "ustar" then NUL (POSIX) or blank (GNU).
  const magic = bytes.readUInt32BE(at + 257);
  if (magic !== 0x75737461 || bytes[at + 261] !== 0x72) return 'v7';
  if (bytes[at + 262] === 0x20) return 'gnu';
  return bytes.readUInt32BE(at + 508) === 0x74617200 ? 'star' : 'ustar';
}

/**
 * Whether the header's checksum field is the sum of its bytes with the field itself as blanks. Old programs summed
 * signed bytes; both are accepted.
 */
export function checksumOf(bytes: Buffer, at: number): { found: number; expected: number } {
  let sum = 0;
  for (let index = at; index < at + blockBytes; index++) sum += bytes[index] ?? 0;
  for (let index = at + 148; index < at + 156; index++) sum += 0x20 - (bytes[index] ?? 0);
  const found = parseTarNumber(bytes, at + 148, 8);
  if (found === sum) return { found, expected: sum };
  let signed = sum;
  for (let index = at; index < at + blockBytes; index++) {
    if ((bytes[index] ?? 0) >= 0x80 && (index < at + 148 || index >= at + 156)) signed -= 256;
  }
  return { found, expected: found === signed ? signed : sum };
}

/** Reads the fields of the header at `at`; the caller has checked the checksum. */
export function parseTarHeader(bytes: Buffer, at: number): TarHeader {
  const dialect = dialectOf(bytes, at);
  const base = textAt(bytes, at, 100);
  const prefix =
    dialect === 'ustar'
      ? textAt(bytes, at + 345, 155)
      : dialect === 'star'
        ? textAt(bytes, at + 345, 131)
        : '';
  const flag = bytes[at + 156] ?? 0;
  const type = flag === 0 ? '0' : String.fromCharCode(flag);
  const device = type === '3' || type === '4';
  return {
    name: prefix === '' ? base : `${prefix}/${base}`,
    type,
    mode: parseTarNumber(bytes, at + 100, 8),
    uid: parseTarNumber(bytes, at + 108, 8),
    gid: parseTarNumber(bytes, at + 116, 8),
    size: parseTarNumber(bytes, at + 124, 12),
    mtime: parseTarNumber(bytes, at + 136, 12),
    linkName: textAt(bytes, at + 157, 100),
    deviceMajor: device ? parseTarNumber(bytes, at + 329, 8) : 0,
    deviceMinor: device ? parseTarNumber(bytes, at + 337, 8) : 0,
    dialect,
  };
}
