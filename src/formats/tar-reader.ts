// A tar archive as it streams by: every dialect that images contain (v7, ustar, PAX, GNU, star), one entry after the
// other, bodies only where asked for. Hot: on a Debian image 99 % of the bytes are passed over, so nothing is copied
// unless a body crosses from one chunk into the next. What engines do is followed where the specifications are silent
// (Go's archive/tar: links, devices and directories have no body whatever their size field says).
import type { Diagnostic, Location } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import type { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Limits } from '../lib/limits.ts';
import { type ChunkCursor, type Chunks, cursorOf } from './chunk-cursor.ts';
import { bodyReader, type Scratch } from './tar-body.ts';
import { damagedTar } from './tar-error.ts';
import { blockBytes, checksumOf, parseTarHeader, type TarHeader } from './tar-header.ts';
import { readHoles } from './tar-holes.ts';
import { parseDecimal } from './tar-number.ts';
import { overlayPax, type PaxRecords, parsePax } from './tar-pax.ts';

/** One member of an archive; names as they stand in it. */
export interface TarEntry {
  readonly name: string;
  readonly type: 'file' | 'hard-link' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of the file with its holes. */
  readonly size: number;
  readonly mtime: number;
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
}

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

/** What extended headers said for the entry that follows them. */
interface Extension {
  pax: PaxRecords | undefined;
  longName: string | undefined;
  longLink: string | undefined;
}

/**
 * Iterates over an archive, and reads the stream to its end (so that digests of it can be taken).
 * @throws PlimsollError PL0202 with the offset and what was expected there; PL0107
 */
export async function* readTar(
  source: Chunks | ChunkCursor,
  options: TarOptions,
): AsyncGenerator<TarEntry> {
  const { limits, onProblem } = options;
  const cursor = 'take' in source && 'offset' in source ? source : cursorOf(source);
  const damaged = (message: string, offset: number, path?: string): PlimsollError =>
    damagedTar(options.at, message, offset, path);
  let global: PaxRecords | undefined;
  let extension: Extension = { pax: undefined, longName: undefined, longLink: undefined };
  const scratch: Scratch = { bytes: Buffer.alloc(0) };
  let entries = 0;
  let end = 0;
  try {
    for (;;) {
      const offset = cursor.offset;
      end = offset;
      const taken = cursor.take(blockBytes);
      const block = taken instanceof Promise ? await taken : taken;
      if (block === undefined) {
        const found = cursor.offset - offset;
        // A missing end mark is common and harmless; half a header is not.
        if (found > 0 && found < blockBytes) {
          throw damaged(`expected a header of ${blockBytes} bytes, found ${found}`, offset);
        }
        break;
      }
      if (block[0] === 0 && block.equals(zeroBlock)) {
        await drain(cursor, options);
        break;
      }
      const sum = checksumOf(block, 0);
      if (sum.found !== sum.expected) {
        throw damaged(
          entries === 0
            ? 'expected a tar header: this is no tar archive'
            : `expected a header with checksum ${sum.expected.toString(8)}, found ${Number.isNaN(sum.found) ? 'no number' : sum.found.toString(8)} (octal)`,
          offset,
        );
      }
      entries++;
      if (entries > limits.entries)
        throw limitError('entries', limits, 'entries', entries, options.at);
      const header = parseTarHeader(block, 0);

      if ('xXgLK'.includes(header.type)) {
        const body = await extensionBody(cursor, header, offset, options);
        if (header.type === 'L') extension.longName = cString(body);
        else if (header.type === 'K') extension.longLink = cString(body);
        else {
          const pax = parsePax(body);
          if ('fault' in pax)
            throw damaged(`PAX header: ${pax.fault}`, offset + blockBytes + pax.at);
          if (header.type === 'g') global = overlayPax(global, pax);
          else extension.pax = pax;
        }
        continue;
      }

      const pax = overlayPax(global, extension.pax);
      const { longName, longLink } = extension;
      extension = { pax: undefined, longName: undefined, longLink: undefined };
      const name =
        pax.values.get('GNU.sparse.name') || pax.values.get('path') || longName || header.name;
      const size = numberOf(pax, 'size', header.size);
      if (!(size >= 0)) throw damaged('expected a size in the header', offset, name);
      let type = types[header.type];
      // v7 had no type for directories: a slash at the end of the name.
      if (type === 'file' && name.endsWith('/') && header.type !== 'S') type = 'directory';
      const bodyless = '123456'.includes(header.type);
      let bodyBytes = bodyless ? 0 : size;
      if (bodyBytes > limits.fileBytes) {
        throw limitError('fileBytes', limits, 'bytes of a file', bodyBytes, {
          ...options.at,
          path: name,
          offset,
        });
      }
      if (type === undefined) {
        // A volume label is of no interest; anything else is an entry that engines would not unpack.
        if (header.type !== 'V') {
          onProblem?.({
            code: 'PL0202',
            severity: 'warning',
            message: `an entry of the unknown type ${JSON.stringify(header.type)} was passed over`,
            at: { ...options.at, path: name, offset },
          });
        }
        await skipBody(cursor, bodyBytes, name, damaged);
        continue;
      }

      const holes =
        type === 'file' ? await readHoles(cursor, block, pax, bodyBytes, options) : undefined;
      if (holes !== undefined) {
        if (holes.stored !== bodyBytes - holes.mapBytes || !(holes.stored >= 0)) {
          throw damaged(
            `expected a sparse map that covers the ${bodyBytes - holes.mapBytes} bytes stored`,
            offset,
            name,
          );
        }
        bodyBytes = holes.stored;
      }
      const bodyOffset = cursor.offset;
      const truncated = (): PlimsollError =>
        damaged(
          `expected ${bodyBytes} bytes of a file, found ${cursor.offset - bodyOffset}`,
          cursor.offset,
          name,
        );
      yield {
        name,
        type,
        mode: (header.mode || 0) & 0o7777,
        uid: numberOf(pax, 'uid', header.uid) || 0,
        gid: numberOf(pax, 'gid', header.gid) || 0,
        size: type === 'file' ? (holes?.realSize ?? bodyBytes) : 0,
        mtime: timeOf(pax, header.mtime),
        linkName: pax.values.get('linkpath') || longLink || header.linkName,
        ...(type === 'block' || type === 'character'
          ? { device: { major: header.deviceMajor || 0, minor: header.deviceMinor || 0 } }
          : {}),
        ...(pax.xattrs.size > 0 ? { xattrs: Object.fromEntries(pax.xattrs) } : {}),
        offset,
        bodyOffset,
        bodyBytes,
        sparse: holes !== undefined,
        read:
          type === 'file' ? bodyReader(cursor, bodyBytes, holes, scratch, truncated) : readNothing,
      };
      await skipBody(cursor, bodyOffset + bodyBytes - cursor.offset, name, damaged, bodyBytes);
    }
    if (extension.pax || extension.longName !== undefined || extension.longLink !== undefined) {
      throw damaged('expected an entry after an extended header', end);
    }
  } finally {
    await cursor.close();
  }
}

const nothing = new Uint8Array();
const readNothing = (): Promise<Uint8Array> => Promise.resolve(nothing);

/** A number of the PAX records where they have a valid one, else the header's. */
function numberOf(pax: PaxRecords, key: string, fallback: number): number {
  const text = pax.values.get(key);
  return text === undefined || text === '' ? fallback : parseDecimal(text);
}

function timeOf(pax: PaxRecords, fallback: number): number {
  const time = Number(pax.values.get('mtime') ?? fallback);
  return Number.isFinite(time) ? Math.floor(time) : 0;
}

function cString(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString('utf8', 0, end < 0 ? body.length : end);
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

async function extensionBody(
  cursor: ChunkCursor,
  header: TarHeader,
  offset: number,
  options: TarOptions,
): Promise<Buffer> {
  const at = { ...options.at, offset };
  if (!(header.size >= 0)) throw damagedTar(options.at, 'expected a size in the header', offset);
  if (header.size > options.limits.headerBytes) {
    throw limitError('headerBytes', options.limits, 'bytes of an extended header', header.size, at);
  }
  const body = await cursor.take(header.size);
  const padded = padding(header.size);
  if (body === undefined) {
    throw damagedTar(options.at, `expected an extended header of ${header.size} bytes`, offset);
  }
  // The view dies with the next step of the cursor.
  const kept = Buffer.from(body);
  await cursor.skip(padded);
  return kept;
}

/** Passes over what is left of a body and its padding; a last body may lack the padding. */
async function skipBody(
  cursor: ChunkCursor,
  left: number,
  name: string,
  damaged: (message: string, offset: number, path?: string) => PlimsollError,
  bodyBytes: number = left,
): Promise<void> {
  const whole = left + padding(bodyBytes);
  const skipping = cursor.skip(whole);
  const skipped = typeof skipping === 'number' ? skipping : await skipping;
  if (skipped < left) {
    throw damaged(
      `expected ${bodyBytes} bytes of a file, found ${bodyBytes - left + skipped}`,
      cursor.offset,
      name,
    );
  }
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
