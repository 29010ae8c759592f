// A tar archive as it streams by: every dialect that images contain (v7, ustar, PAX, GNU, star), one entry after the
// other, bodies only where asked for. Hot: on a Debian image 99 % of the bytes are passed over, so nothing is copied
// unless a body crosses from one chunk into the next. What engines do is followed where the specifications are silent
// (Go's archive/tar: links, devices and directories have no body whatever their size field says).
import type { Diagnostic, Location } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import type { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Limits } from '../lib/limits.ts';
import { type ChunkCursor, type Chunks, cursorOf } from './chunk-cursor.ts';
import { bodyReader, copyBody, type Scratch, type WriteAt } from './tar-body.ts';
import { damagedTar } from './tar-error.ts';
import { type Extension, type Extensions, extensionsOf, isExtension } from './tar-extension.ts';
import { blockBytes, checksumOf, parseTarHeader, type TarHeader } from './tar-header.ts';
import { type Holes, mayHaveHoles, readHoles } from './tar-holes.ts';
import { parseDecimal } from './tar-number.ts';
import type { PaxRecords } from './tar-pax.ts';

/** One member of an archive; names as they stand in it. */
export interface TarEntry {
  readonly name: string;
  readonly type: 'file' | 'hard-link' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of the file with its holes. */
  readonly size: number;
  /** Seconds since 1970, rounded down. */
  readonly mtime: number;
  /** What PAX has beyond the second; absent when it is 0. */
  readonly mtimeNanoseconds?: number;
  readonly linkName: string;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  /** Where its (last) header starts in the archive. */
  readonly offset: number;
  /** Where its body starts, and how many bytes are stored there. */
  readonly bodyOffset: number;
  readonly bodyBytes: number;
  readonly sparse: boolean;
  /** The file's first bytes, up to `limit`; as often as needed until the next entry is asked for. */
  read(limit: number): Promise<Uint8Array>;
  /**
   * Gives all stored bytes in pieces without keeping them; holes are left out. Once, and not after `read`. Undefined
   * where it is done without waiting.
   * @throws PlimsollError PL0202, and whatever `write` throws
   */
  copy(write: WriteAt): Promise<void> | undefined;
}

/** What reading an archive needs to know. */
export interface TarOptions {
  readonly limits: Limits;
  /** What errors and problems carry as their place. */
  readonly at: Location;
  readonly onProblem?: (problem: Diagnostic) => void;
}

const types: Readonly<Record<string, TarEntry['type']>> = {
  '0': 'file',
  '1': 'hard-link',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  // Contiguous file; and GNU's sparse file and directory with a list of names as its body.
  '7': 'file',
  S: 'file',
  D: 'directory',
};

const zeroBlock = Buffer.alloc(blockBytes);
const zeros = Buffer.alloc(64 * 1024);

/** An archive while it is read. */
interface Reading {
  readonly cursor: ChunkCursor;
  readonly options: TarOptions;
  readonly extensions: Extensions;
  readonly scratch: Scratch;
  /** Headers seen so far. */
  entries: number;
}

/** A member whose header and extensions are understood, before its body is. */
interface Member {
  readonly name: string;
  /** Undefined for a type that nobody knows, and for GNU's volume label. */
  readonly type: TarEntry['type'] | undefined;
  readonly header: TarHeader;
  readonly extension: Extension;
  readonly offset: number;
  /** As the header has it, with a sparse map that stands in it. */
  readonly bodyBytes: number;
}

/**
 * Iterates over an archive, and reads the stream to its end (so that digests of it can be taken).
 * @throws PlimsollError PL0202 with the offset and what was expected there; PL0107
 */
export async function* readTar(
  source: Chunks | ChunkCursor,
  options: TarOptions,
): AsyncGenerator<TarEntry> {
  const cursor = 'take' in source && 'offset' in source ? source : cursorOf(source);
  const extensions = extensionsOf(options);
  const reading: Reading = {
    cursor,
    options,
    extensions,
    scratch: { bytes: Buffer.alloc(0) },
    entries: 0,
  };
  try {
    for (;;) {
      const { offset } = cursor;
      // Awaited only where it must be: a turn of the microtask queue for each of many thousand headers is dear.
      const taken = cursor.take(blockBytes);
      const block = taken instanceof Promise ? await taken : taken;
      if (block === undefined || isEndMark(block)) {
        await finish(reading, block, offset);
        return;
      }
      const header = headerOf(reading, block, offset);
      if (isExtension(header)) {
        await extensions.read(cursor, header, offset);
        continue;
      }
      const member = memberOf(reading, header, offset);
      const { type } = member;
      if (type === undefined) {
        noteUnknownType(member, options);
        await skipBody(cursor, member.bodyBytes, member, options);
        continue;
      }
      const mapped = type === 'file' && mayHaveHoles(block, member.extension.pax);
      const holes = mapped ? await holesOf(reading, block, member) : undefined;
      const entry = entryOf(reading, member, type, holes);
      yield entry;
      const { bodyBytes } = entry;
      const left = entry.bodyOffset + bodyBytes - cursor.offset;
      const skipping = skipBody(cursor, left, member, options, bodyBytes);
      if (skipping !== undefined) await skipping;
    }
  } finally {
    await cursor.close();
  }
}

function isEndMark(block: Buffer): boolean {
  return block[0] === 0 && block.equals(zeroBlock);
}

/** The end of the archive: reads what follows, and says when the end came too early. */
async function finish(
  { cursor, options, extensions }: Reading,
  block: Buffer | undefined,
  offset: number,
): Promise<void> {
  const { at } = options;
  const found = cursor.offset - offset;
  // A missing end mark is common and harmless; half a header is not.
  if (block === undefined && found > 0) {
    throw damagedTar(at, `expected a header of ${blockBytes} bytes, found ${found}`, offset);
  }
  await drain(cursor, options);
  if (extensions.pending) {
    throw damagedTar(at, 'expected an entry after an extended header', offset);
  }
}

function headerOf(reading: Reading, block: Buffer, offset: number): TarHeader {
  const { limits, at } = reading.options;
  const { found, expected } = checksumOf(block, 0);
  if (found !== expected) {
    const shown = Number.isNaN(found) ? 'no number' : found.toString(8);
    throw damagedTar(
      at,
      reading.entries === 0
        ? 'expected a tar header: this is no tar archive'
        : `expected a header with checksum ${expected.toString(8)}, found ${shown} (octal)`,
      offset,
    );
  }
  if (++reading.entries > limits.entries)
    throw limitError('entries', limits, 'entries', reading.entries, at);
  return parseTarHeader(block, 0);
}

function memberOf({ extensions, options }: Reading, header: TarHeader, offset: number): Member {
  const { limits, at } = options;
  const extension = extensions.take();
  const { pax, longName } = extension;
  const name =
    pax.values.get('GNU.sparse.name') || pax.values.get('path') || longName || header.name;
  const size = numberOf(pax, 'size', header.size);
  if (!(size >= 0)) throw damagedTar(at, 'expected a size in the header', offset, name);
  const known = types[header.type];
  // v7 had no type for directories: a slash at the end of the name.
  const type = known === 'file' && name.endsWith('/') && header.type !== 'S' ? 'directory' : known;
  const bodyBytes = '123456'.includes(header.type) ? 0 : size;
  if (bodyBytes > limits.fileBytes) {
    const place = { ...at, path: name, offset };
    throw limitError('fileBytes', limits, 'bytes of a file', bodyBytes, place);
  }
  return { name, type, header, extension, offset, bodyBytes };
}

/** A volume label is of no interest; anything else is an entry that engines would not unpack. */
function noteUnknownType({ header, name, offset }: Member, { at, onProblem }: TarOptions): void {
  if (header.type === 'V') return;
  onProblem?.({
    code: 'PL0202',
    severity: 'warning',
    message: `an entry of the unknown type ${JSON.stringify(header.type)} was passed over`,
    at: { ...at, path: name, offset },
  });
}

async function holesOf(
  { cursor, options }: Reading,
  block: Buffer,
  { name, offset, bodyBytes, extension }: Member,
): Promise<Holes | undefined> {
  const holes = await readHoles(cursor, block, extension.pax, bodyBytes, options);
  if (holes === undefined) return undefined;
  const left = bodyBytes - holes.mapBytes;
  if (holes.stored === left && holes.stored >= 0) return holes;
  const message = `expected a sparse map that covers the ${left} bytes stored`;
  throw damagedTar(options.at, message, offset, name);
}

function entryOf(
  { cursor, options, scratch }: Reading,
  { name, header, extension, offset, bodyBytes: unmapped }: Member,
  type: TarEntry['type'],
  holes: Holes | undefined,
): TarEntry {
  const { pax, longLink } = extension;
  const bodyBytes = holes?.stored ?? unmapped;
  const bodyOffset = cursor.offset;
  const truncated = (): PlimsollError =>
    damagedTar(
      options.at,
      `expected ${bodyBytes} bytes of a file, found ${cursor.offset - bodyOffset}`,
      cursor.offset,
      name,
    );
  return {
    name,
    type,
    mode: (header.mode || 0) & 0o7777,
    uid: numberOf(pax, 'uid', header.uid) || 0,
    gid: numberOf(pax, 'gid', header.gid) || 0,
    size: type === 'file' ? (holes?.realSize ?? bodyBytes) : 0,
    ...timeOf(pax, header.mtime),
    linkName: pax.values.get('linkpath') || longLink || header.linkName,
    ...(type === 'block' || type === 'character'
      ? { device: { major: header.deviceMajor || 0, minor: header.deviceMinor || 0 } }
      : {}),
    ...attributesOf(pax),
    offset,
    bodyOffset,
    bodyBytes,
    sparse: holes !== undefined,
    read: type === 'file' ? bodyReader(cursor, bodyBytes, holes, scratch, truncated) : readNothing,
    copy: (write) =>
      type === 'file' ? copyBody(cursor, bodyBytes, holes, truncated, write) : undefined,
  };
}

/** An empty value takes an attribute away, as of every PAX record; engines (Go's archive/tar) hold to it. */
function attributesOf({ xattrs }: PaxRecords): Pick<TarEntry, 'xattrs'> {
  if (xattrs.size === 0) return {};
  const set = [...xattrs].filter(([, value]) => value.length > 0);
  return set.length === 0 ? {} : { xattrs: Object.fromEntries(set) };
}

const nothing = new Uint8Array();
const readNothing = (): Promise<Uint8Array> => Promise.resolve(nothing);

/** A number of the PAX records where they have a valid one, else the header's. */
function numberOf(pax: PaxRecords, key: string, fallback: number): number {
  const text = pax.values.get(key);
  return text === undefined || text === '' ? fallback : parseDecimal(text);
}

const secondsAndFraction = /^(-?)(\d{1,15})(?:\.(\d*))?$/;

/** The record's decimal text, exactly: a double has no room for nanoseconds. */
function timeOf(pax: PaxRecords, fallback: number): Pick<TarEntry, 'mtime' | 'mtimeNanoseconds'> {
  const text = pax.values.get('mtime');
  if (text === undefined) return { mtime: Number.isFinite(fallback) ? fallback : 0 };
  const [matched, sign, whole, digits = ''] = secondsAndFraction.exec(text) ?? [];
  if (matched === undefined) return { mtime: 0 };
  const nanoseconds = Number(digits.slice(0, 9).padEnd(9, '0'));
  const seconds = Number(whole);
  if (nanoseconds === 0) return { mtime: sign === '-' ? 0 - seconds : seconds };
  if (sign !== '-') return { mtime: seconds, mtimeNanoseconds: nanoseconds };
  return { mtime: -seconds - 1, mtimeNanoseconds: 1e9 - nanoseconds };
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/** Passes over what is left of a body and its padding; a last body may lack the padding. */
function skipBody(
  cursor: ChunkCursor,
  left: number,
  { name }: Member,
  { at }: TarOptions,
  bodyBytes: number = left,
): Promise<void> | undefined {
  const check = (skipped: number): void => {
    if (skipped >= left) return;
    const found = bodyBytes - left + skipped;
    const message = `expected ${bodyBytes} bytes of a file, found ${found}`;
    throw damagedTar(at, message, cursor.offset, name);
  };
  const skipping = cursor.skip(left + padding(bodyBytes));
  if (typeof skipping !== 'number') return skipping.then(check);
  check(skipping);
  return undefined;
}

async function drain(cursor: ChunkCursor, { at, onProblem }: TarOptions): Promise<void> {
  let told = false;
  for (let chunk = await cursor.rest(); chunk !== undefined; chunk = await cursor.rest()) {
    for (let from = 0; from < chunk.length && !told; from += zeros.length) {
      const piece = chunk.subarray(from, from + zeros.length);
      if (piece.equals(zeros.subarray(0, piece.length))) continue;
      told = true;
      onProblem?.({
        code: 'PL0202',
        severity: 'warning',
        message:
          'expected nothing but zeros after the end of the tar archive; what follows was ignored',
        at: { ...at, offset: cursor.offset - chunk.length + from },
      });
    }
  }
}
