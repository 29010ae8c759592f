// Manifests on their way to a registry. One with a subject is listed among the subject's referrers: by the registry, which
// then says so (OCI-Subject), or else by this client in the index under the fallback tag.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { digestOf, isDigest } from '../lib/digest.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { type ListRequest, referrersTag } from './listings.ts';
import { fetchManifest, manifestAsked } from './manifests.ts';
import { notTheProtocol } from './registry-error.ts';
import { pushScopes } from './uploads.ts';

/** A manifest to be put. */
export interface ManifestContent {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

const indexType = 'application/vnd.oci.image.index.v1+json';

/** Puts a manifest under a tag or its own digest. @throws PlimsollError PL0002, PL06 */
export async function pushManifest(
  request: ListRequest,
  reference: string,
  { bytes, mediaType }: ManifestContent,
): Promise<Descriptor> {
  const digest = digestOf(bytes, isDigest(reference) ? reference : 'sha256:') as Digest;
  const headers = await putManifest(request, reference, { bytes, mediaType }, digest);
  const json = parseJson(bytes);
  const value = !isFault(json) && isJsonObject(json.value) ? json.value : {};
  const subject = isJsonObject(value['subject']) ? value['subject']['digest'] : undefined;
  const descriptor = { mediaType, digest, size: bytes.length };
  if (isDigest(subject) && headers['oci-subject'] === undefined)
    await addReferrer(request, subject, referrerOf(descriptor, value));
  return descriptor;
}

async function putManifest(
  { session, endpoint, name, signal }: ListRequest,
  reference: string,
  { bytes, mediaType }: ManifestContent,
  digest: Digest,
): Promise<Readonly<Record<string, unknown>>> {
  if (isDigest(reference) && reference !== digest) {
    throw new PlimsollError(
      'PL0105',
      `digest of the manifest: expected ${reference}, found ${digest}`,
      {
        help: 'push it under a tag, or under its own digest',
      },
    );
  }
  const asked = { ...manifestAsked({ name, reference }), writing: true };
  const answer = await session.expect(
    endpoint,
    {
      method: 'PUT',
      target: `${endpoint.path}/manifests/${reference}`,
      headers: { 'content-type': mediaType },
      body: { size: bytes.length, chunks: () => [bytes] },
      scopes: pushScopes(endpoint),
      asked,
      signal,
    },
    [201, 200, 202],
  );
  answer.discard();
  const named = answer.headers['docker-content-digest'];
  if (isDigest(named) && named.startsWith(digest.slice(0, 6)) && named !== digest)
    throw notTheProtocol(asked, answer.url, `it keeps the manifest as ${named}, not as ${digest}`);
  return answer.headers;
}

/** The entry of an index of referrers: with what referrers are searched by. */
function referrerOf(descriptor: Descriptor, manifest: JsonObject): JsonObject {
  const config = isJsonObject(manifest['config']) ? manifest['config']['mediaType'] : undefined;
  const artifactType = manifest['artifactType'] ?? config;
  const annotations = manifest['annotations'];
  return {
    ...descriptor,
    ...(typeof artifactType === 'string' && artifactType !== '' ? { artifactType } : {}),
    ...(isJsonObject(annotations) ? { annotations } : {}),
  };
}

async function addReferrer(
  request: ListRequest,
  subject: Digest,
  entry: JsonObject,
): Promise<void> {
  const tag = referrersTag(subject);
  const listed = await referrersUnder(request, tag);
  if (listed.some((one) => isJsonObject(one) && one['digest'] === entry['digest'])) return;
  const index = { schemaVersion: 2, mediaType: indexType, manifests: [...listed, entry] };
  const bytes = Buffer.from(JSON.stringify(index));
  await putManifest(request, tag, { bytes, mediaType: indexType }, digestOf(bytes) as Digest);
}

async function referrersUnder(request: ListRequest, tag: string): Promise<readonly unknown[]> {
  const { name } = request;
  const plain: ImageName = { domain: name.domain, path: name.path };
  try {
    const { bytes } = await fetchManifest({ ...request, name: plain, reference: tag });
    const json = parseJson(bytes);
    const manifests = isFault(json) || !isJsonObject(json.value) ? [] : json.value['manifests'];
    return Array.isArray(manifests) ? manifests : [];
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'PL0603') return [];
    throw error;
  }
}

/** Deletes a manifest by digest, or a tag. @throws PlimsollError PL0002, PL06 */
export async function deleteManifest(
  { session, endpoint, name, signal }: ListRequest,
  reference: string,
): Promise<void> {
  const asked = { ...manifestAsked({ name, reference }), writing: true };
  const answer = await session.send(endpoint, {
    method: 'DELETE',
    target: `${endpoint.path}/manifests/${reference}`,
    scopes: [`repository:${endpoint.path}:delete,pull`],
    asked,
    signal,
  });
  if ([200, 202, 204].includes(answer.status)) {
    answer.discard();
    return;
  }
  const error = await session.refusal(endpoint, asked, answer);
  if (answer.status !== 405 && answer.status !== 400) throw error;
  const byTag = !isDigest(reference);
  throw new PlimsollError(
    'PL0606',
    `${name.domain} does not delete ${byTag ? 'by tag' : 'manifests'}`,
    {
      ...(error.diagnostic.at === undefined ? {} : { at: error.diagnostic.at }),
      notes: error.diagnostic.notes ?? [],
      help: byTag
        ? 'delete the manifest by its digest, which takes all of its tags away'
        : "deletes are switched off there: for docker's registry REGISTRY_STORAGE_DELETE_ENABLED=true",
      cause: error,
    },
  );
}
