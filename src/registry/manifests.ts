// Manifests and indexes: by tag or digest, their digest held against their bytes.
import { limitError } from '../diag/limit-error.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { formatImageName, type ImageName, manifestReference } from '../image/image-name.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { digestOf, isDigest } from '../lib/digest.ts';
import { isJsonObject } from '../lib/json.ts';
import type { Limits } from '../lib/limits.ts';
import type { Endpoint } from './endpoints.ts';
import type { HttpAnswer } from './http/http-client.ts';
import type { FetchedManifest } from './registry.ts';
import { type Asked, notTheProtocol } from './registry-error.ts';
import type { Session } from './session.ts';

/** Media types of manifests and indexes that are read, in OCI's words and in docker's. */
export const manifestTypes: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

const accept = manifestTypes.join(', ');
const schema1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(json|prettyjws)$/;

/** What is asked for, and of which endpoint. */
export interface ManifestRequest {
  readonly session: Session;
  readonly endpoint: Endpoint;
  readonly name: ImageName;
  /** Tag or digest. */
  readonly reference: string;
  readonly limits: Limits;
  /** Requests in all, where the next place is asked after this one. */
  readonly attempts?: number;
  readonly signal: AbortSignal;
}

/** Names a manifest in errors. */
export function manifestAsked({
  name,
  reference,
}: Pick<ManifestRequest, 'name' | 'reference'>): Asked {
  const { tag: _, digest: __, ...repository } = name;
  const version = isDigest(reference) ? { digest: reference } : { tag: reference };
  return { what: formatImageName({ ...repository, ...version }), domain: name.domain };
}

/** Who asks for reading. */
export const pullScope = ({ path }: Endpoint): string => `repository:${path}:pull`;

const requestOf = (method: 'GET' | 'HEAD', request: ManifestRequest) => ({
  method,
  target: `${request.endpoint.path}/manifests/${request.reference}`,
  headers: { accept },
  scopes: [pullScope(request.endpoint)],
  asked: manifestAsked(request),
  ...(request.attempts === undefined ? {} : { attempts: request.attempts }),
  signal: request.signal,
});

/** The descriptor by HEAD, by GET where HEAD does not tell all of it. @throws PlimsollError PL06, PL0105, PL0107 */
export async function resolveManifest(request: ManifestRequest): Promise<Descriptor> {
  const { session, endpoint, reference } = request;
  const answer = await session.send(endpoint, requestOf('HEAD', request));
  answer.discard();
  // The answer to HEAD has no body that says what is wrong: GET tells, and some servers know no HEAD.
  if (answer.status === 200) {
    const digest = answer.headers['docker-content-digest'];
    const size = Number(answer.headers['content-length'] ?? 0);
    const mediaType = typeOf(answer);
    if (isDigest(digest) && size > 0 && manifestTypes.includes(mediaType)) {
      if (isDigest(reference) && digest !== reference)
        throw otherDigest(request, reference, digest);
      return { mediaType, digest, size };
    }
  }
  return (await fetchManifest(request)).descriptor;
}

/** The manifest with its bytes. @throws PlimsollError PL06, PL0105, PL0107, PL0108 */
export async function fetchManifest(request: ManifestRequest): Promise<FetchedManifest> {
  const { session, endpoint, reference } = request;
  const asked = manifestAsked(request);
  const answer = await session.expect(endpoint, requestOf('GET', request), [200]);
  const bytes = await boundedBytes(answer, request, asked);
  const encoding = answer.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw notTheProtocol(
      asked,
      answer.url,
      `the manifest came packed with ${encoding}, which nobody asked for`,
    );
  const named = answer.headers['docker-content-digest'];
  const expected = isDigest(reference) ? reference : isDigest(named) ? named : undefined;
  const digest = digestOf(bytes, expected) as Digest;
  if (expected !== undefined && digest !== expected) throw otherDigest(request, expected, digest);
  const mediaType = mediaTypeOf(answer, bytes, asked);
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

async function boundedBytes(
  answer: HttpAnswer,
  { session, limits }: ManifestRequest,
  asked: Asked,
): Promise<Buffer> {
  const bytes = await session.read(answer, limits.jsonBytes, asked);
  if (bytes !== undefined) return bytes;
  throw limitError('jsonBytes', limits, 'bytes of a manifest', limits.jsonBytes + 1, {
    target: asked.what,
  });
}

const typeOf = ({ headers }: HttpAnswer): string =>
  (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/**
 * What the bytes say of themselves counts before the header, because the digest is of them; where both name a kind of
 * manifest they must name the same (CVE-2021-41190).
 */
function mediaTypeOf(answer: HttpAnswer, bytes: Buffer, asked: Asked): string {
  const header = typeOf(answer);
  const json = parseJson(bytes);
  if (isFault(json) || !isJsonObject(json.value))
    throw notTheProtocol(
      asked,
      answer.url,
      `expected a manifest as JSON, found ${header || 'something else'}`,
    );
  const { value } = json;
  if (schema1.test(header) || value['schemaVersion'] === 1) {
    throw new PlimsollError(
      'PL0108',
      `${asked.what} is a manifest of schema 1, from before Docker 1.10`,
      {
        at: { target: asked.what },
        notes: ['its layers have no digests of their content that could be checked'],
        help: 'have it pushed again with a current tool; skopeo copy from and to the registry does that too',
      },
    );
  }
  const own = typeof value['mediaType'] === 'string' ? value['mediaType'] : undefined;
  if (
    own !== undefined &&
    own !== header &&
    manifestTypes.includes(header) &&
    manifestTypes.includes(own)
  )
    throw notTheProtocol(
      asked,
      answer.url,
      `the manifest says that it is ${own}, the registry ${header}`,
    );
  if (own !== undefined) return own;
  if (manifestTypes.includes(header)) return header;
  // Neither says it: an index has manifests, all else is a manifest.
  return Array.isArray(value['manifests']) ? (manifestTypes[1] ?? '') : (manifestTypes[0] ?? '');
}

function otherDigest(request: ManifestRequest, expected: string, found: string): PlimsollError {
  const { what } = manifestAsked(request);
  return new PlimsollError(
    'PL0105',
    `digest of the manifest: expected ${expected}, found ${found}`,
    {
      at: { target: what },
      notes: [`from ${request.endpoint.host}`],
      help: 'the registry or something on the way gives other bytes than were asked for: do not use them',
    },
  );
}

/** What a name asks for. */
export const referenceOf = (name: ImageName): string => manifestReference(name);
