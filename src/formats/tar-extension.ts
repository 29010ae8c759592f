// What stands before an entry and is about it: PAX records for the next entry ('x') or for all that follow ('g'), GNU's
// long name ('L') and long link target ('K').
import type { Location } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import { decodeFileName } from '../lib/file-name.ts';
import type { Limits } from '../lib/limits.ts';
import type { ChunkCursor } from './chunk-cursor.ts';
import { damagedTar } from './tar-error.ts';
import { blockBytes, type TarHeader } from './tar-header.ts';
import { overlayPax, type PaxRecords, parsePax } from './tar-pax.ts';

/** What holds for one entry beside its header. */
export interface Extension {
  readonly pax: PaxRecords;
  readonly longName: string | undefined;
  readonly longLink: string | undefined;
}

/** Collects extended headers until their entry comes. */
export interface Extensions {
  /** Reads the extended header's body. @throws PlimsollError PL0107, PL0202 */
  read(cursor: ChunkCursor, header: TarHeader, offset: number): Promise<void>;
  /** What was said since the last call, over what holds for all. */
  take(): Extension;
  /** Whether something was said about an entry that has not come. */
  readonly pending: boolean;
}

/** Whether a header of this type is about others. */
export function isExtension({ type }: TarHeader): boolean {
  return type === 'x' || type === 'X' || type === 'g' || type === 'L' || type === 'K';
}

/** Collects PAX records and GNU long names until the entry that they belong to. */
export function extensionsOf(place: {
  readonly limits: Limits;
  readonly at: Location;
}): Extensions {
  let global: PaxRecords | undefined;
  let local: PaxRecords | undefined;
  let longName: string | undefined;
  let longLink: string | undefined;
  return {
    get pending() {
      return local !== undefined || longName !== undefined || longLink !== undefined;
    },
    async read(cursor, header, offset) {
      const body = await bodyOf(cursor, header, offset, place);
      if (header.type === 'L') longName = cString(body);
      else if (header.type === 'K') longLink = cString(body);
      else {
        const pax = parsePax(body);
        if ('fault' in pax) {
          const fault = `PAX header: ${pax.fault}`;
          throw damagedTar(place.at, fault, offset + blockBytes + pax.at);
        }
        if (header.type === 'g') global = overlayPax(global, pax);
        else local = pax;
      }
    },
    take() {
      const taken = { pax: overlayPax(global, local), longName, longLink };
      local = undefined;
      longName = undefined;
      longLink = undefined;
      return taken;
    },
  };
}

function cString(body: Buffer): string {
  const end = body.indexOf(0);
  return decodeFileName(body, 0, end < 0 ? body.length : end);
}

async function bodyOf(
  cursor: ChunkCursor,
  header: TarHeader,
  offset: number,
  { limits, at }: { readonly limits: Limits; readonly at: Location },
): Promise<Buffer> {
  if (!(header.size >= 0)) throw damagedTar(at, 'expected a size in the header', offset);
  if (header.size > limits.headerBytes) {
    const place = { ...at, offset };
    throw limitError('headerBytes', limits, 'bytes of an extended header', header.size, place);
  }
  const body = await cursor.take(header.size);
  if (body === undefined) {
    throw damagedTar(at, `expected an extended header of ${header.size} bytes`, offset);
  }
  // The view dies with the next step of the cursor.
  const kept = Buffer.from(body);
  await cursor.skip((blockBytes - (header.size % blockBytes)) % blockBytes);
  return kept;
}
