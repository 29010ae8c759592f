// Requests of the distribution protocol to one endpoint: finds out once whether it speaks TLS, answers its challenges,
// turns what goes wrong into errors with codes.
import type { Diagnostic } from '../diag/diagnostic.ts';
import type { PlimsollError } from '../diag/plimsoll-error.ts';
import { type Authorizer, createAuthorizer } from './authorizer.ts';
import { findCredentials } from './credentials.ts';
import type { Endpoint } from './endpoints.ts';
import {
  defaultTimes,
  type HttpAnswer,
  type HttpBody,
  type HttpRequest,
  readBody,
} from './http/http-client.ts';
import { HttpFailure } from './http/http-failure.ts';
import { defaultRetries } from './http/retry.ts';
import { createTransport, type Transport } from './http/transport.ts';
import { type Asked, notReached, notTheProtocol, refused } from './registry-error.ts';
import type { RegistryOptions } from './registry-options.ts';
import { readTrust } from './trust.ts';

/** One request to an endpoint. */
export interface SessionRequest {
  readonly method: HttpRequest['method'];
  /** Below the registry's /v2/, or an address that it gave. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** What it takes: "repository:library/redis:pull". */
  readonly scopes: readonly string[];
  readonly asked: Asked;
  readonly attempts?: number;
  readonly signal: AbortSignal;
}

/** Talks to registries. */
export interface Session {
  /** The answer, whatever its status, once who asks was told. @throws PlimsollError PL0002, PL0601, PL0602, PL0605 */
  send(endpoint: Endpoint, request: SessionRequest): Promise<HttpAnswer>;
  /** The answer when its status is one of those expected; else the error that it stands for. @throws PlimsollError PL06 */
  expect(
    endpoint: Endpoint,
    request: SessionRequest,
    statuses: readonly number[],
  ): Promise<HttpAnswer>;
  /** The error for an answer that is of no use. */
  refusal(endpoint: Endpoint, asked: Asked, answer: HttpAnswer): Promise<PlimsollError>;
  /** Where the endpoint is: https://registry-1.docker.io */
  base(endpoint: Endpoint, asked: Asked, signal: AbortSignal): Promise<URL>;
  /** The whole body of an answer, or undefined when it is longer than that. @throws PlimsollError PL0002, PL0601, PL0605 */
  read(answer: HttpAnswer, most: number, asked: Asked): Promise<Buffer | undefined>;
  user(endpoint: Endpoint): string | undefined;
  tell(problem: Diagnostic): void;
  close(): void;
}

/** Nobody wonders about a shorter pause. */
const noticedMs = 3000;

/** Opens a session: connections, tokens and what was learned of endpoints are kept until it is closed. */
export function openSession(options: RegistryOptions): Session {
  const { environment, now, random = Math.random, userAgent, authFile, certDirectory } = options;
  const transport = createTransport({
    environment,
    userAgent,
    times: { ...defaultTimes, ...options.times },
    retries: { ...defaultRetries, ...options.retries },
    now,
    random,
    onRetry: (url, reason, waitMs) =>
      options.onProblem?.({
        code: 'PL0601',
        // A pause that a person notices is told.
        severity: waitMs >= noticedMs ? 'warning' : 'note',
        message: `${url.host}: ${reason}; asked again in ${(waitMs / 1000).toFixed(1)} s`,
      }),
    trustOf: (host) => readTrust(host, options, certDirectory),
  });
  const authorizer = createAuthorizer({
    now,
    async findCredentials({ domain, path, mirror }, signal) {
      // What was given is for the registry that was named.
      if (options.credentials !== undefined && !mirror)
        return { credentials: options.credentials, problems: [] };
      const file = authFile === undefined ? {} : { authFile };
      const found = await findCredentials(domain, path, { ...options, ...file }, signal);
      return found;
    },
    async send({ asked, ...request }) {
      try {
        return await transport.send(request);
      } catch (error) {
        throw withCode(error, asked, request.url);
      }
    },
  });
  const bases = new Map<string, Promise<URL>>();
  const baseOf = (endpoint: Endpoint, asked: Asked, signal: AbortSignal): Promise<URL> => {
    const key = `${endpoint.host} ${endpoint.insecure}`;
    const before = bases.get(key);
    if (before !== undefined) return before;
    const found = findBase(endpoint, asked, transport, signal);
    bases.set(key, found);
    found.catch(() => bases.delete(key));
    return found;
  };
  const session: Session = {
    base: baseOf,
    async send(endpoint, request) {
      const { asked, signal, target, scopes } = request;
      const base = await baseOf(endpoint, asked, signal);
      const url = typeof target === 'string' ? new URL(`/v2/${target}`, base) : target;
      // What a registry says of another place is not that place's business.
      const own = url.origin === base.origin;
      const authorization = { endpoint, plain: base.protocol === 'http:', scopes, asked, signal };
      const attempt = (header: string | undefined): Promise<HttpAnswer> =>
        sendPart(transport, endpoint, request, url, header);
      let used = own ? await authorizer.header(authorization) : undefined;
      let answer = await attempt(used);
      // Twice: a token that has run out, then one whose scope the registry names.
      for (let round = 0; round < 2 && answer.status === 401; round++) {
        // Who is asked by a redirect may not ask for the registry's credentials.
        if (!own || answer.url.origin !== base.origin) break;
        const header = await authorizer.answer(authorization, answer, used);
        if (header === undefined) break;
        answer.discard();
        used = header;
        answer = await attempt(header);
      }
      return answer;
    },
    async expect(endpoint, request, statuses) {
      const answer = await session.send(endpoint, request);
      if (statuses.includes(answer.status)) return answer;
      throw await session.refusal(endpoint, request.asked, answer);
    },
    refusal: (endpoint, asked, answer) => refusalOf(authorizer, endpoint, asked, answer, now()),
    async read(answer, most, asked) {
      try {
        return await readBody(answer, most);
      } catch (error) {
        throw withCode(error, asked, answer.url);
      }
    },
    user: (endpoint) => authorizer.user(endpoint),
    tell: (problem) => options.onProblem?.(problem),
    close: () => transport.close(),
  };
  return session;
}

async function sendPart(
  transport: Transport,
  { insecure }: Endpoint,
  { method, headers = {}, body, attempts, asked, signal }: SessionRequest,
  url: URL,
  authorization: string | undefined,
): Promise<HttpAnswer> {
  try {
    return await transport.send({
      method,
      url,
      headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
      ...(body === undefined ? {} : { body }),
      ...(attempts === undefined ? {} : { attempts }),
      insecure,
      signal,
    });
  } catch (error) {
    throw withCode(error, asked, url);
  }
}

function refusalOf(
  authorizer: Authorizer,
  endpoint: Endpoint,
  asked: Asked,
  answer: HttpAnswer,
  now: number,
): Promise<PlimsollError> {
  const user = authorizer.user(endpoint);
  return refused(asked, answer, { user, notes: authorizer.notes(endpoint), now });
}

function withCode(error: unknown, asked: Asked, url: URL): unknown {
  if (!(error instanceof HttpFailure)) return error;
  return error.kind === 'garbage'
    ? notTheProtocol(asked, url, error.message)
    : notReached(asked, url, error);
}

/**
 * https, unless there is none and the endpoint may do without. Any answer counts: what it says is for the request.
 * @throws PlimsollError PL0002, PL0601
 */
async function findBase(
  { host, insecure, loopback }: Endpoint,
  asked: Asked,
  transport: Transport,
  signal: AbortSignal,
): Promise<URL> {
  const secure = new URL(`https://${host}`);
  if (!insecure && !loopback) return secure;
  const plain = new URL(`http://${host}`);
  const ping = async (base: URL): Promise<URL> => {
    const url = new URL('/v2/', base);
    const answer = await transport.send({ method: 'GET', url, insecure, signal, attempts: 1 });
    answer.discard();
    return base;
  };
  try {
    return await ping(secure);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    // A certificate that is not good is a decision of TLS, not the lack of it.
    if (error.kind === 'untrusted') throw notReached(asked, secure, error);
    try {
      return await ping(plain);
    } catch (second) {
      // Where both fail, the first says more, unless there simply is no TLS.
      if (!(second instanceof HttpFailure)) throw second;
      throw notReached(
        asked,
        error.kind === 'no-tls' ? plain : secure,
        error.kind === 'no-tls' ? second : error,
      );
    }
  }
}
