// Blobs as streams that survive broken connections: what is missing is asked for with a range (RFC 9110, 14), at the
// next place when this one gives nothing more, and size and digest are held against the descriptor at the end.
import type { Hash } from 'node:crypto';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import { hashFor } from '../lib/digest.ts';
import type { Endpoint } from './endpoints.ts';
import type { HttpAnswer } from './http/http-client.ts';
import { HttpFailure } from './http/http-failure.ts';
import { pause, pauseMs, type RetryPlan } from './http/retry.ts';
import { pullScope } from './manifests.ts';
import { mayBeElsewhere, type Reading } from './reading.ts';
import type { FetchBlobOptions } from './registry.ts';
import { type Asked, notReached, notTheProtocol } from './registry-error.ts';
import type { Session } from './session.ts';

/** What blobs are fetched with. */
export interface BlobFetcher {
  readonly session: Session;
  readonly reading: Reading;
  readonly retries: RetryPlan;
  readonly random: () => number;
}

/** A connection that gave this much was worth something: the count of failures begins anew. */
const progressBytes = 256 * 1024;
/** Connections for one blob, however much each gives: a server that hangs up all the time must not be asked for ever. */
const mostConnections = 1000;

/** Names a blob in errors. */
export function blobAsked(name: ImageName, digest: Digest): Asked {
  return { what: `blob ${digest} of ${name.domain}/${name.path}`, domain: name.domain };
}

/** The bytes from `from` on. @throws PlimsollError PL0002, PL0105, PL06 */
export async function* fetchBlob(
  { session, reading, retries, random }: BlobFetcher,
  name: ImageName,
  blob: Descriptor,
  { signal, from = 0, onProgress, verify = true }: FetchBlobOptions,
): AsyncGenerator<Buffer> {
  const asked = blobAsked(name, blob.digest);
  const hash: Hash | undefined = verify && from === 0 ? hashFor(blob.digest) : undefined;
  const places = [...reading.places(name)];
  let offset = from;
  let failures = 0;
  for (let connections = 1; offset < blob.size; connections++) {
    const [endpoint] = places;
    if (endpoint === undefined)
      throw new PlimsollError('PL0607', 'no place is configured for the blob');
    const start = offset;
    let failure: PlimsollError;
    try {
      const part = requestPart({
        session,
        endpoint,
        asked,
        blob,
        offset,
        more: places.length > 1,
        signal,
      });
      for await (const chunk of part) {
        if (offset + chunk.length > blob.size)
          throw otherSize(asked, endpoint, blob.size, offset + chunk.length);
        offset += chunk.length;
        hash?.update(chunk);
        yield chunk;
        onProgress?.(offset);
      }
      if (offset >= blob.size) break;
      failure = cutOff(asked, endpoint, offset, blob.size);
    } catch (error) {
      if (error instanceof HttpFailure) {
        failure = notReached(asked, urlOf(endpoint), error);
        // Each has cost a person twenty seconds already.
        if (error.kind === 'slow') failures += 1;
      } else if (mayBeElsewhere(error) && places.length > 1) {
        places.shift();
        session.tell({ ...error.diagnostic, severity: 'note' });
        continue;
      } else throw error;
    }
    failures = offset - start >= progressBytes ? 1 : failures + 1;
    if (failures >= retries.attempts || connections >= mostConnections) {
      if (places.length === 1) throw failure;
      places.shift();
      failures = 0;
      continue;
    }
    await pause(pauseMs(retries, failures, random), signal);
  }
  if (hash === undefined) return;
  const found = `${blob.digest.split(':')[0]}:${hash.digest('hex')}`;
  if (found !== blob.digest) {
    throw new PlimsollError(
      'PL0105',
      `digest of the blob: expected ${blob.digest}, found ${found}`,
      {
        at: { target: asked.what },
        help: 'the registry or something on the way gives other bytes than were asked for: do not use them',
      },
    );
  }
}

interface Part {
  readonly session: Session;
  readonly endpoint: Endpoint;
  readonly asked: Asked;
  readonly blob: Descriptor;
  readonly offset: number;
  /** Whether there are other places to ask. */
  readonly more: boolean;
  readonly signal: AbortSignal;
}

/** The bytes from an offset on, as far as one connection brings them. */
async function* requestPart({
  session,
  endpoint,
  asked,
  blob: { digest, size },
  offset,
  more,
  signal,
}: Part): AsyncGenerator<Buffer> {
  const answer = await session.expect(
    endpoint,
    {
      method: 'GET',
      target: `${endpoint.path}/blobs/${digest}`,
      headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
      scopes: [pullScope(endpoint)],
      asked,
      ...(more ? { attempts: 1 } : {}),
      signal,
    },
    offset > 0 ? [200, 206, 416] : [200],
  );
  const announced = Number(answer.headers['content-length'] ?? size);
  if (answer.status === 416 || (answer.status === 200 && announced !== size)) {
    answer.discard();
    throw otherSize(asked, endpoint, size, answer.status === 416 ? offset : announced);
  }
  let passed = answer.status === 206 ? rangeStart(answer, asked) : 0;
  if (answer.status === 206 && passed !== offset) {
    answer.discard();
    throw notTheProtocol(
      asked,
      answer.url,
      `asked for bytes from ${offset}, got them from ${passed}`,
    );
  }
  for await (const chunk of answer.body) {
    // A server without ranges begins anew: what is there already is passed over.
    const skipped = Math.min(Math.max(0, offset - passed), chunk.length);
    passed += chunk.length;
    if (skipped < chunk.length) yield skipped === 0 ? chunk : chunk.subarray(skipped);
  }
}

function rangeStart(answer: HttpAnswer, asked: Asked): number {
  const start = /^bytes (\d{1,15})-/.exec(answer.headers['content-range'] ?? '')?.[1];
  if (start !== undefined) return Number(start);
  answer.discard();
  throw notTheProtocol(asked, answer.url, 'a part came without saying which (Content-Range)');
}

const urlOf = ({ host }: Endpoint): URL => new URL(`https://${host}`);

function cutOff(asked: Asked, endpoint: Endpoint, found: number, expected: number): PlimsollError {
  return notTheProtocol(
    asked,
    urlOf(endpoint),
    `the blob ends early: expected ${expected} bytes, found ${found}`,
  );
}

function otherSize(
  asked: Asked,
  endpoint: Endpoint,
  expected: number,
  found: number,
): PlimsollError {
  return new PlimsollError(
    'PL0105',
    `size of the blob: expected ${expected} bytes, found ${found > expected ? 'more' : found}`,
    {
      at: { target: asked.what },
      notes: [`from ${endpoint.host}`],
      help: 'the registry or something on the way gives other bytes than were asked for: do not use them',
    },
  );
}
