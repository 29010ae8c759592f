// Blobs on their way to a registry (distribution specification, "Pushing blobs"): looked for, mounted from another
// repository, or sent. A small one goes with one PUT. A large one streams in one PATCH, as docker sends it, because not
// every registry takes several; when that breaks, the registry is asked how far it came and the rest follows; a registry
// or proxy that says 413 gets pieces.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import { blobAsked } from './blobs.ts';
import type { Endpoint } from './endpoints.ts';
import type { HttpAnswer, HttpBody } from './http/http-client.ts';
import { pause, pauseMs, type RetryPlan } from './http/retry.ts';
import type { BlobContent, PushBlobOptions, PushedBlob } from './registry.ts';
import { type Asked, notTheProtocol } from './registry-error.ts';
import type { Session, SessionRequest } from './session.ts';

/** What an upload is done with. */
export interface UploadRequest {
  readonly session: Session;
  readonly endpoint: Endpoint;
  readonly name: ImageName;
  readonly retries: RetryPlan;
  readonly random: () => number;
}

/** Up to here one PUT carries all. */
const monolithicBytes = 4 * 1024 * 1024;
/** Pieces for who takes no large ones; below what proxies allow by default the first guess would be too small to be of use. */
const pieceBytes = 8 * 1024 * 1024;
/** Uploads begun anew for one blob. */
const mostUploads = 3;

/** Who asks for writing, and for reading from where a blob is mounted. */
export function pushScopes({ path }: Endpoint, mountFrom?: string): readonly string[] {
  return [
    `repository:${path}:pull,push`,
    ...(mountFrom === undefined || mountFrom === path ? [] : [`repository:${mountFrom}:pull`]),
  ];
}

/** Whether the repository has a blob. @throws PlimsollError PL06 */
export async function blobExists(
  session: Session,
  endpoint: Endpoint,
  name: ImageName,
  digest: Digest,
  scopes: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const asked = blobAsked(name, digest);
  const target = `${endpoint.path}/blobs/${digest}`;
  const request: SessionRequest = { method: 'HEAD', target, scopes, asked, signal };
  const answer = await session.expect(endpoint, request, [200, 404]);
  answer.discard();
  return answer.status === 200;
}

/** Makes the blob be there. @throws PlimsollError PL0002, PL06 */
export async function pushBlob(
  request: UploadRequest,
  blob: Descriptor,
  content: BlobContent,
  options: PushBlobOptions,
): Promise<PushedBlob> {
  const { session, endpoint, name, retries, random } = request;
  const { signal, mountFrom, onProgress } = options;
  const scopes = pushScopes(endpoint, mountFrom);
  if (await blobExists(session, endpoint, name, blob.digest, scopes, signal)) {
    onProgress?.(blob.size);
    return 'exists';
  }
  for (let uploads = 1; ; uploads++) {
    const upload = {
      ...request,
      asked: { ...blobAsked(name, blob.digest), writing: true },
      scopes,
    };
    const started = await startUpload(upload, blob.digest, options);
    if (started === 'mounted') {
      onProgress?.(blob.size);
      return 'mounted';
    }
    try {
      await (blob.size <= monolithicBytes
        ? sendWhole(upload, started, blob, content, options)
        : sendPieces(upload, started, blob, content, options));
      return 'pushed';
    } catch (error) {
      if (!(error instanceof PlimsollError) || !/^PL060[1346]$/.test(error.code)) throw error;
      // The end may have been reached although its answer got lost.
      if (await blobExists(session, endpoint, name, blob.digest, scopes, signal)) return 'pushed';
      if (uploads >= mostUploads || error.code === 'PL0604') throw error;
      await pause(pauseMs(retries, uploads, random), signal);
    }
  }
}

interface Upload extends UploadRequest {
  readonly asked: Asked;
  readonly scopes: readonly string[];
}

interface Started {
  readonly location: URL;
  /** OCI-Chunk-Min-Length: pieces but the last have at least this many bytes. */
  readonly leastBytes: number;
}

async function startUpload(
  { session, endpoint, asked, scopes }: Upload,
  digest: Digest,
  { mountFrom, signal }: PushBlobOptions,
): Promise<Started | 'mounted'> {
  const query =
    mountFrom === undefined || mountFrom === endpoint.path
      ? ''
      : `?${new URLSearchParams({ mount: digest, from: mountFrom })}`;
  const answer = await session.expect(
    endpoint,
    {
      method: 'POST',
      target: `${endpoint.path}/blobs/uploads/${query}`,
      headers: { 'content-length': '0' },
      scopes,
      asked,
      signal,
    },
    [201, 202],
  );
  answer.discard();
  if (answer.status === 201) return 'mounted';
  const least = Number(answer.headers['oci-chunk-min-length'] ?? 0);
  return {
    location: locationOf(answer, asked, endpoint),
    leastBytes: Number.isSafeInteger(least) && least > 0 ? least : 0,
  };
}

/** Where the upload goes on; anywhere, but not down from TLS. Credentials stay with the registry's own origin. */
function locationOf(answer: HttpAnswer, asked: Asked, { insecure }: Endpoint): URL {
  const { location } = answer.headers;
  if (location === undefined || !URL.canParse(location, answer.url.href))
    throw notTheProtocol(asked, answer.url, 'it does not say where the upload goes (Location)');
  const url = new URL(location, answer.url);
  const down = url.protocol === 'http:' && answer.url.protocol === 'https:' && !insecure;
  if (down || !/^https?:$/.test(url.protocol))
    throw notTheProtocol(asked, answer.url, `the upload would go to ${url.protocol}//${url.host}`);
  return url;
}

function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.searchParams.set('digest', digest);
  return url;
}

function bodyOf(
  content: BlobContent,
  from: number,
  size: number,
  { signal, onProgress }: PushBlobOptions,
): HttpBody {
  return {
    size,
    async *chunks() {
      let sent = 0;
      for await (const chunk of content.chunks(from, signal)) {
        const part = chunk.subarray(0, size - sent);
        yield part;
        sent += part.length;
        onProgress?.(from + sent);
        if (sent >= size) return;
      }
    },
  };
}

const octets = { 'content-type': 'application/octet-stream' };

async function sendWhole(
  { session, endpoint, asked, scopes }: Upload,
  { location }: Started,
  blob: Descriptor,
  content: BlobContent,
  options: PushBlobOptions,
): Promise<void> {
  const answer = await session.expect(
    endpoint,
    {
      method: 'PUT',
      target: withDigest(location, blob.digest),
      headers: octets,
      body: bodyOf(content, 0, blob.size, options),
      scopes,
      asked,
      attempts: 1,
      signal: options.signal,
    },
    [201, 204],
  );
  answer.discard();
}

async function sendPieces(
  upload: Upload,
  { location: first, leastBytes }: Started,
  blob: Descriptor,
  content: BlobContent,
  options: PushBlobOptions,
): Promise<void> {
  const { session, endpoint, asked, scopes, retries, random } = upload;
  const { signal } = options;
  const common = { scopes, asked, attempts: 1, signal };
  let location = first;
  let offset = 0;
  let piece = blob.size;
  let failures = 0;
  while (offset < blob.size) {
    const size = Math.min(piece, blob.size - offset);
    const whole = size === blob.size;
    try {
      const answer = await session.send(endpoint, {
        ...common,
        method: 'PATCH',
        target: location,
        headers: {
          ...octets,
          ...(whole ? {} : { 'content-range': `${offset}-${offset + size - 1}` }),
        },
        body: bodyOf(content, offset, size, options),
      });
      if (answer.status === 202 || answer.status === 204) {
        answer.discard();
        location = locationOf(answer, asked, endpoint);
        const before = offset;
        offset = arrivedIn(answer) ?? offset + size;
        if (offset > before) {
          failures = 0;
          continue;
        }
      } else if (answer.status === 413 && piece > Math.max(pieceBytes, leastBytes)) {
        answer.discard();
        piece = Math.max(pieceBytes, leastBytes);
      } else if (answer.status !== 416 && answer.status < 500) {
        throw await session.refusal(endpoint, asked, answer);
      } else answer.discard();
    } catch (error) {
      if (!(error instanceof PlimsollError) || error.code !== 'PL0601') throw error;
      if (failures + 1 >= retries.attempts) throw error;
    }
    failures++;
    if (failures >= retries.attempts) {
      throw new PlimsollError(
        'PL0606',
        `${asked.domain} took ${offset} of ${blob.size} bytes and no more`,
        {
          at: { target: asked.what },
          help: 'try again later; proxies before a registry limit the size and the time of uploads',
        },
      );
    }
    await pause(pauseMs(retries, failures, random), signal);
    // How far it came; a registry that has forgotten the upload gets it from the start, in another one.
    const status = await session.expect(
      endpoint,
      { ...common, method: 'GET', target: location, attempts: retries.attempts },
      [202, 204],
    );
    status.discard();
    if (status.headers.location !== undefined) location = locationOf(status, asked, endpoint);
    offset = arrivedIn(status) ?? 0;
  }
  const answer = await session.expect(
    endpoint,
    {
      ...common,
      method: 'PUT',
      target: withDigest(location, blob.digest),
      headers: { ...octets, 'content-length': '0' },
    },
    [201, 204],
  );
  answer.discard();
}

/** Range says which bytes are there: "0-1023"; "0-0" also stands for none where nothing came yet. */
function arrivedIn({ headers }: HttpAnswer): number | undefined {
  const range = Array.isArray(headers['range']) ? headers['range'][0] : headers['range'];
  const end = /^(?:bytes=)?0-(\d{1,15})$/.exec(range ?? '')?.[1];
  if (end === undefined) return undefined;
  return end === '0' ? 0 : Number(end) + 1;
}
