// What a registry lists: tags, page after page (RFC 8288: Link), and what refers to a manifest (distribution
// specification, "Listing Referrers"), by the API for it or, where there is none, by the tag that stands in for it.
import { limitError } from '../diag/limit-error.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Digest } from '../image/image.ts';
import { formatImageName, type ImageName } from '../image/image-name.ts';
import { isFault, parseIndex, parseJson } from '../image/oci-json.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { Limits } from '../lib/limits.ts';
import type { Endpoint } from './endpoints.ts';
import type { HttpAnswer } from './http/http-client.ts';
import { fetchManifest, pullScope } from './manifests.ts';
import type { Referrer } from './registry.ts';
import { type Asked, notTheProtocol } from './registry-error.ts';
import type { Session } from './session.ts';

/** What is listed of which endpoint. */
export interface ListRequest {
  readonly session: Session;
  readonly endpoint: Endpoint;
  readonly name: ImageName;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

/** Entries asked for at once; registries give fewer where they like. */
const pageSize = 1000;
/** A list without end is not one. */
const mostPages = 10_000;

/** The tags of a repository. @throws PlimsollError PL06 */
export async function* listTags(request: ListRequest): AsyncGenerator<string> {
  const { name, endpoint } = request;
  const asked = {
    what: formatImageName({ domain: name.domain, path: name.path }),
    domain: name.domain,
  };
  for await (const { value, answer } of pages(
    request,
    `${endpoint.path}/tags/list?n=${pageSize}`,
    asked,
  )) {
    const { tags } = value;
    // Repositories without any tag have null here.
    if (tags !== null && tags !== undefined && !Array.isArray(tags))
      throw notTheProtocol(asked, answer.url, 'expected a list of tags');
    for (const tag of tags ?? []) if (typeof tag === 'string') yield tag;
  }
}

/** What refers to a manifest. @throws PlimsollError PL06 */
export async function listReferrers(
  request: ListRequest,
  digest: Digest,
  artifactType?: string,
): Promise<readonly Referrer[]> {
  const { endpoint, name } = request;
  const asked = {
    what: formatImageName({ domain: name.domain, path: name.path, digest }),
    domain: name.domain,
  };
  const query = artifactType === undefined ? '' : `?${new URLSearchParams({ artifactType })}`;
  const found: Referrer[] = [];
  try {
    for await (const { value, answer } of pages(
      request,
      `${endpoint.path}/referrers/${digest}${query}`,
      asked,
    )) {
      const listed = referrersIn(value);
      if (listed === undefined)
        throw notTheProtocol(asked, answer.url, 'expected an index of referrers');
      found.push(...listed);
    }
  } catch (error) {
    if (!(error instanceof PlimsollError) || error.code !== 'PL0603') throw error;
    found.push(...(await referrersByTag(request, digest)));
  }
  // Registries may leave the filter to the client.
  return found.filter((one) => artifactType === undefined || one.artifactType === artifactType);
}

function referrersIn(value: JsonObject): readonly Referrer[] | undefined {
  const descriptors = parseIndex(value);
  if (isFault(descriptors)) return undefined;
  const raw = Array.isArray(value['manifests']) ? value['manifests'] : [];
  return descriptors.map((descriptor, at) => {
    const entry: unknown = raw[at];
    const type = isJsonObject(entry) ? entry['artifactType'] : undefined;
    return { ...descriptor, ...(typeof type === 'string' ? { artifactType: type } : {}) };
  });
}

/** The tag under which an index of referrers stands where the registry has no API for them. */
export function referrersTag(digest: Digest): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

async function referrersByTag(request: ListRequest, digest: Digest): Promise<readonly Referrer[]> {
  try {
    const { bytes } = await fetchManifest({ ...request, reference: referrersTag(digest) });
    const json = parseJson(bytes);
    return isFault(json) || !isJsonObject(json.value) ? [] : (referrersIn(json.value) ?? []);
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'PL0603') return [];
    throw error;
  }
}

async function* pages(
  { session, endpoint, limits, signal }: ListRequest,
  first: string,
  asked: Asked,
): AsyncGenerator<{ readonly value: JsonObject; readonly answer: HttpAnswer }> {
  let target: string | URL = first;
  const seen = new Set<string>();
  for (let page = 0; page < mostPages; page++) {
    const answer = await session.expect(
      endpoint,
      {
        method: 'GET',
        target,
        headers: { accept: 'application/json, application/vnd.oci.image.index.v1+json' },
        scopes: [pullScope(endpoint)],
        asked,
        signal,
      },
      [200],
    );
    const value = await jsonBody(session, answer, limits, asked);
    yield { value, answer };
    const next = nextOf(answer);
    if (next === undefined) return;
    if (next.origin !== answer.url.origin || seen.has(next.href))
      throw notTheProtocol(asked, answer.url, 'its list goes round in circles, or elsewhere');
    seen.add(next.href);
    target = next;
  }
  throw notTheProtocol(asked, new URL(`https://${endpoint.host}`), 'its list has no end');
}

async function jsonBody(
  session: Session,
  answer: HttpAnswer,
  limits: Limits,
  asked: Asked,
): Promise<JsonObject> {
  const bytes = await session.read(answer, limits.jsonBytes, asked);
  if (bytes === undefined) {
    throw limitError('jsonBytes', limits, 'bytes of a list', limits.jsonBytes + 1, {
      target: asked.what,
    });
  }
  const json = parseJson(bytes);
  if (!isFault(json) && isJsonObject(json.value)) return json.value;
  throw notTheProtocol(asked, answer.url, 'expected a list as JSON');
}

/** The address after <…>; rel="next". */
function nextOf({ headers, url }: HttpAnswer): URL | undefined {
  const link = headers['link'];
  for (const part of (Array.isArray(link) ? link.join(',') : (link ?? '')).split(/,(?=\s*<)/)) {
    const address = /^\s*<([^>]*)>/.exec(part)?.[1];
    if (address !== undefined && /;\s*rel="?next"?/i.test(part) && URL.canParse(address, url.href))
      return new URL(address, url);
  }
  return undefined;
}
