// Who asks: credentials and tokens for a registry's challenges (distribution's token specification, spec/auth/token.md,
// and oauth.md). Credentials go to the registry that they are kept for and to the token server that it names, never
// over a connection without TLS unless the registry itself is allowed to do without.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { isJsonObject } from '../lib/json.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { type Credentials, encodeAuth } from './credential-file.ts';
import type { FoundCredentials } from './credentials.ts';
import { type Endpoint, isLoopback } from './endpoints.ts';
import { type HttpAnswer, type HttpBody, readBody } from './http/http-client.ts';
import { type Asked, notTheProtocol, readRefusal, refused } from './registry-error.ts';

/** What the authorizer needs of the client. */
export interface AuthorizerOptions {
  readonly now: () => number;
  findCredentials(endpoint: Endpoint, signal: AbortSignal): Promise<FoundCredentials>;
  /** Sends to a token server; retries and redirects are done there. */
  send(request: {
    readonly method: 'GET' | 'POST';
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: HttpBody;
    /** Whether its certificate need not be good: it is the registry's own host, of which that is configured. */
    readonly insecure: boolean;
    readonly asked: Asked;
    readonly signal: AbortSignal;
  }): Promise<HttpAnswer>;
}

/** What is asked for, and of whom. */
export interface AuthorizationRequest {
  readonly endpoint: Endpoint;
  /** Whether the endpoint is reached without TLS. */
  readonly plain: boolean;
  /** "repository:library/redis:pull" */
  readonly scopes: readonly string[];
  readonly asked: Asked;
  readonly signal: AbortSignal;
}

/** Knows what registries want and what they were given. */
export interface Authorizer {
  /** The Authorization header by what is known already: nothing before the first challenge. */
  header(request: AuthorizationRequest): Promise<string | undefined>;
  /** The header after a 401; undefined when there is nothing (else) to offer. @throws PlimsollError PL0602 */
  answer(
    request: AuthorizationRequest,
    refusal: HttpAnswer,
    used: string | undefined,
  ): Promise<string | undefined>;
  /** As whom the endpoint was asked. */
  user(endpoint: Endpoint): string | undefined;
  /** What was odd about the credentials, for errors. */
  notes(endpoint: Endpoint): readonly string[];
}

interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** What is known of an endpoint's host and path of credentials. */
interface Known {
  challenge?: Challenge;
  found?: Promise<FoundCredentials>;
  user?: string;
  notes: readonly string[];
  readonly tokens: Map<string, Promise<Token>>;
}

/** A token's life where the server does not say, and the least that is believed, in seconds: by the specification. */
const leastSeconds = 60;
/** A token is not used in its last seconds. */
const marginMs = 10_000;
const mostTokenBytes = 1024 * 1024;
const clientId = 'plimsoll';

/** Makes an authorizer that knows nothing yet. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const known = new Map<string, Known>();
  const knownOf = ({ host, path }: Endpoint): Known => {
    const key = `${host}/${path}`;
    const before = known.get(key) ?? { notes: [], tokens: new Map() };
    known.set(key, before);
    return before;
  };
  const credentialsOf = async (
    { endpoint, signal }: AuthorizationRequest,
    state: Known,
  ): Promise<Credentials | undefined> => {
    state.found ??= options.findCredentials(endpoint, signal);
    try {
      const { credentials, problems } = await state.found;
      state.notes = problems.map(({ message }) => message);
      const user = credentials?.username ?? (credentials === undefined ? undefined : 'a token');
      if (user !== undefined) state.user = user;
      return credentials;
    } catch (error) {
      delete state.found;
      throw error;
    }
  };
  const tokenFor = async (
    request: AuthorizationRequest,
    state: Known,
    challenge: Challenge,
  ): Promise<string> => {
    const scopes = scopesOf(request, challenge);
    const key = scopes.join(' ');
    const before = state.tokens.get(key);
    // A token that could not be had is asked for again by the next one who needs it.
    const kept = await before?.catch(() => undefined);
    if (kept !== undefined && kept.until > options.now()) return kept.value;
    if (state.tokens.get(key) === before) {
      const credentials = await credentialsOf(request, state);
      if (state.tokens.get(key) === before)
        state.tokens.set(key, fetchToken(request, challenge, scopes, credentials, options));
    }
    const fresh = state.tokens.get(key);
    if (fresh === undefined) return tokenFor(request, state, challenge);
    fresh.catch(() => {
      if (state.tokens.get(key) === fresh) state.tokens.delete(key);
    });
    return (await fresh).value;
  };
  const headerFor = async (
    request: AuthorizationRequest,
    state: Known,
  ): Promise<string | undefined> => {
    const { challenge } = state;
    if (challenge === undefined) return undefined;
    if (challenge.scheme === 'bearer') {
      const credentials = await credentialsOf(request, state);
      if (credentials?.registryToken !== undefined)
        return `Bearer ${headerSafe(credentials.registryToken)}`;
      return `Bearer ${await tokenFor(request, state, challenge)}`;
    }
    const credentials = await credentialsOf(request, state);
    const { username, password, registryToken } = credentials ?? {};
    if (registryToken !== undefined) return `Bearer ${headerSafe(registryToken)}`;
    return username === undefined ? undefined : `Basic ${encodeAuth(username, password ?? '')}`;
  };
  return {
    header: (request) => headerFor(request, knownOf(request.endpoint)),
    async answer(request, refusal, used) {
      const state = knownOf(request.endpoint);
      const challenges = parseChallenges(String(refusal.headers['www-authenticate'] ?? ''));
      const challenge =
        challenges.find(
          ({ scheme, parameters }) => scheme === 'bearer' && parameters['realm'] !== undefined,
        ) ?? challenges.find(({ scheme }) => scheme === 'basic');
      if (challenge === undefined) return undefined;
      state.challenge = challenge;
      // A token that the registry does not take any more.
      if (used !== undefined) state.tokens.delete(scopesOf(request, challenge).join(' '));
      const header = await headerFor(request, state);
      return header === used ? undefined : header;
    },
    user: (endpoint) => knownOf(endpoint).user,
    notes: (endpoint) => knownOf(endpoint).notes,
  };
}

/** What is asked for, and what the registry says is missing, each once, actions of one repository together. */
function scopesOf({ scopes }: AuthorizationRequest, { parameters }: Challenge): readonly string[] {
  const wanted = [...scopes, ...(parameters['scope'] ?? '').split(' ')].filter(
    (scope) => scope !== '',
  );
  const actions = new Map<string, Set<string>>();
  for (const scope of wanted) {
    const colon = scope.lastIndexOf(':');
    const resource = scope.slice(0, Math.max(0, colon));
    const set = actions.get(resource) ?? new Set();
    for (const action of scope.slice(colon + 1).split(',')) set.add(action);
    actions.set(resource, set);
  }
  return [...actions].map(([resource, set]) => `${resource}:${[...set].sort().join(',')}`).sort();
}

async function fetchToken(
  request: AuthorizationRequest,
  { parameters }: Challenge,
  scopes: readonly string[],
  credentials: Credentials | undefined,
  { send, now }: AuthorizerOptions,
): Promise<Token> {
  const { endpoint, asked, signal } = request;
  const realm = realmOf(parameters['realm'] ?? '', request);
  const { service } = parameters;
  const { username, password, identityToken } = credentials ?? {};
  const sameHost = realm.hostname === new URL(`https://${endpoint.host}`).hostname;
  const common = { asked, signal, insecure: endpoint.insecure && sameHost };
  const askWithPassword = (): Promise<HttpAnswer> => {
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.set('service', service);
    for (const scope of scopes) url.searchParams.append('scope', scope);
    if (username !== undefined) url.searchParams.set('account', username);
    const headers: Record<string, string> =
      username === undefined
        ? {}
        : { authorization: `Basic ${encodeAuth(username, password ?? '')}` };
    return send({ ...common, method: 'GET', url, headers });
  };
  const askWithToken = (token: string): Promise<HttpAnswer> => {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      service: service ?? '',
      client_id: clientId,
      scope: scopes.join(' '),
      refresh_token: token,
    });
    const bytes = Buffer.from(form.toString());
    return send({
      ...common,
      method: 'POST',
      url: realm,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: { size: bytes.length, chunks: () => [bytes] },
    });
  };
  const asks = now();
  const answer = await (identityToken === undefined
    ? askWithPassword()
    : askWithToken(identityToken));
  if (answer.status !== 200) throw await notGiven(answer, request, credentials, now());
  const value = await tokenJson(answer, request);
  const token = value['token'] ?? value['access_token'];
  if (typeof token !== 'string' || token === '')
    throw notTheProtocol(asked, answer.url, 'the token server gave no token');
  const seconds = Number(value['expires_in'] ?? leastSeconds);
  const life = Math.max(leastSeconds, Number.isFinite(seconds) ? seconds : leastSeconds) * 1000;
  return { value: headerSafe(token), until: asks + life - marginMs };
}

async function tokenJson(
  answer: HttpAnswer,
  { asked }: AuthorizationRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readBody(answer, mostTokenBytes);
  if (bytes === undefined)
    throw notTheProtocol(asked, answer.url, 'the token server answers without end');
  const json = parseJson(bytes);
  if (isFault(json) || !isJsonObject(json.value))
    throw notTheProtocol(asked, answer.url, 'expected a token as JSON');
  return json.value;
}

/** The token server's address, which must not be a step down from the registry's. */
function realmOf(realm: string, { endpoint, plain, asked }: AuthorizationRequest): URL {
  const base = new URL(`${plain ? 'http' : 'https'}://${endpoint.host}/`);
  if (!URL.canParse(realm, base.href))
    throw notTheProtocol(asked, base, 'the address of its token server is none');
  const url = new URL(realm, base);
  // Without TLS only where that is configured, or where nothing leaves this machine.
  const plainAllowed = endpoint.insecure || (plain && isLoopback(url.hostname));
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && plainAllowed);
  if (!allowed || url.username !== '' || url.password !== '') {
    throw new PlimsollError(
      'PL0605',
      `${asked.domain} names a token server that is not asked: ${url.origin}`,
      {
        at: { target: asked.what },
        notes: ['credentials are not sent without TLS for a registry that has it'],
      },
    );
  }
  return url;
}

async function notGiven(
  answer: HttpAnswer,
  { asked, endpoint }: AuthorizationRequest,
  credentials: Credentials | undefined,
  now: number,
): Promise<PlimsollError> {
  const { status } = answer;
  if (status !== 401 && status !== 403 && status !== 400)
    return refused(asked, answer, { user: credentials?.username, now });
  const { texts } = await readRefusal(answer);
  const login = `plimsoll login ${endpoint.domain}`;
  const who =
    credentials === undefined
      ? `${endpoint.domain} gives nothing without logging in`
      : credentials.identityToken === undefined
        ? `${endpoint.domain} does not accept the password of ${credentials.username ?? 'this user'}`
        : `the login at ${endpoint.domain} has expired or was withdrawn`;
  return new PlimsollError('PL0602', who, {
    at: { target: asked.what },
    notes: [
      ...texts.map((text) => `its token server says: ${text}`),
      `${status} from ${answer.url.origin}`,
    ],
    help: credentials === undefined ? login : `log in again: ${login}`,
  });
}

/** A token goes into a header: nothing in it may end the line. */
function headerSafe(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new PlimsollError('PL0605', 'the token of the registry has characters that no token has');
}
