// Files of credentials: docker's config.json and podman's auth.json (containers-auth.json(5)), which are of one form but
// for their keys: docker writes hosts, or the address "https://index.docker.io/v1/" for docker.io; podman also writes
// paths, of which the most specific one counts.
import type { Diagnostic, Parsed } from '../diag/diagnostic.ts';
import { defaultDomain } from '../image/image-name.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';

/** What proves who asks. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  /** A refresh token of OAuth 2, which the token server takes in the place of a password. */
  readonly identityToken?: string;
  /** A token that the registry itself takes. */
  readonly registryToken?: string;
}

/** One file's content. */
export interface CredentialFile {
  /** By host or path, in podman's form: docker.io, quay.io/team/app. */
  readonly entries: ReadonlyMap<string, Credentials>;
  /** Names of helper programs by host: docker-credential-NAME. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for all other hosts. */
  readonly store?: string;
}

/** The name that docker has for the credentials of docker.io. */
export const dockerHubKey = 'https://index.docker.io/v1/';

/** A key as podman writes it: without https:// and the path of an API; docker.io for all that it was called. */
export function credentialKey(key: string): string {
  const plain = key
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')
    .replace(/\/v[12]$/, '');
  const [host = '', ...path] = plain.split('/');
  const domain = /^(index\.docker\.io|registry-1\.docker\.io)$/.test(host) ? defaultDomain : host;
  return [domain, ...(/^https?:\/\//.test(key) ? [] : path)].join('/');
}

/** Where credentials of a repository may stand, the most specific place first. */
export function credentialKeys(domain: string, path: string): readonly string[] {
  const parts = path === '' ? [] : path.split('/');
  return [
    ...parts.map((_, at) => [domain, ...parts.slice(0, parts.length - at)].join('/')),
    domain,
  ];
}

/** Reads a file. Entries that are damaged are left out and told. */
export function parseCredentialFile(bytes: Uint8Array, path: string): Parsed<CredentialFile> {
  const problems: Diagnostic[] = [];
  const tell = (message: string): void => {
    problems.push({ code: 'PL0609', severity: 'warning', message, at: { path } });
  };
  const json = parseJson(bytes);
  if (isFault(json) || !isJsonObject(json.value)) {
    // A file that was just made may be empty.
    if (bytes.length > 0) tell(isFault(json) ? json.fault : 'expected an object');
    return { value: { entries: new Map(), helpers: new Map() }, problems };
  }
  const { value } = json;
  const store = value['credsStore'];
  // ~/.dockercfg is what `auths` holds in its successor.
  const auths = path.endsWith('.dockercfg') ? value : value['auths'];
  const entries = new Map<string, Credentials>();
  for (const [key, entry] of objectEntries(auths)) {
    const credentials = isJsonObject(entry) ? credentialsOf(entry) : undefined;
    if (credentials === 'damaged') tell(`auths: the entry of ${key} is no base64 of user:password`);
    else if (credentials !== undefined) entries.set(credentialKey(key), credentials);
  }
  return {
    value: {
      entries,
      helpers: new Map(
        objectEntries(value['credHelpers']).flatMap(([key, name]) =>
          typeof name === 'string' && name !== '' ? [[credentialKey(key), name] as const] : [],
        ),
      ),
      ...(typeof store === 'string' && store !== '' ? { store } : {}),
    },
    problems,
  };
}

const objectEntries = (value: unknown): readonly (readonly [string, unknown])[] =>
  isJsonObject(value) ? Object.entries(value) : [];

/** Undefined for an entry that says no more than that somebody is logged in, as helpers leave it. */
function credentialsOf(entry: JsonObject): Credentials | 'damaged' | undefined {
  const text = (name: string): string | undefined => {
    const value = entry[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const identityToken = text('identitytoken');
  const registryToken = text('registrytoken');
  const auth = text('auth');
  const decoded = auth === undefined ? undefined : decodeAuth(auth);
  if (auth !== undefined && decoded === undefined && identityToken === undefined) return 'damaged';
  const username = decoded?.username || text('username');
  const password = decoded?.password || text('password');
  if (identityToken === undefined && registryToken === undefined && username === undefined)
    return undefined;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(identityToken === undefined ? {} : { identityToken }),
    ...(registryToken === undefined ? {} : { registryToken }),
  };
}

function decodeAuth(
  auth: string,
): { readonly username: string; readonly password: string } | undefined {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  // Docker cuts off zero bytes that old versions wrote behind it.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}

/** `auth` of an entry. */
export function encodeAuth(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}
