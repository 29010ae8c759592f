// What a registry says when it does not do what it was asked (OCI distribution specification, "Error Codes"), as an error
// that people understand: 401, 403 and 404 are told apart as far as registries do, which hide what may not be seen.
import type { PlimsollErrorDetails } from '../diag/plimsoll-error.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { isJsonObject } from '../lib/json.ts';
import { type HttpAnswer, readBody } from './http/http-client.ts';
import type { HttpFailure } from './http/http-failure.ts';
import { retryAfterMs } from './http/retry.ts';

/** What was asked of whom, for the messages. */
export interface Asked {
  /** What was wanted: "docker.io/library/redis:8", "blob sha256:… of ghcr.io/a/b". */
  readonly what: string;
  /** The registry as people name it: docker.io */
  readonly domain: string;
  /** Whether something was to be changed there. */
  readonly writing?: boolean;
}

/** Bytes of a refusal that are read. */
const mostBytes = 64 * 1024;
const mostTexts = 3;
const longestText = 300;

/** Codes and messages of a refusal. */
export interface Refusal {
  readonly codes: readonly string[];
  readonly texts: readonly string[];
}

/** Reads the body of a refusal, as far as there is one that says something. */
export async function readRefusal(answer: HttpAnswer): Promise<Refusal> {
  try {
    return parseRefusal((await readBody(answer, mostBytes)) ?? Buffer.alloc(0));
  } catch (error) {
    // The status says enough.
    if (error instanceof PlimsollError) throw error;
    return parseRefusal(Buffer.alloc(0));
  }
}

/** Takes a refusal apart: a registry's `errors`, a token server's `details`, OAuth's `error_description`, else nothing. */
export function parseRefusal(bytes: Uint8Array): Refusal {
  const json = parseJson(bytes);
  if (isFault(json) || !isJsonObject(json.value)) return { codes: [], texts: [] };
  const { value } = json;
  const errors = Array.isArray(value['errors']) ? value['errors'].filter(isJsonObject) : [];
  const codes = errors.flatMap(({ code }) => (typeof code === 'string' ? [code] : []));
  const texts = [
    ...errors.map(({ message, detail }) => [message, plainDetail(detail)]),
    [value['details']],
    [value['error_description'] ?? value['error']],
    [value['message']],
  ].map((parts) => parts.filter((part) => typeof part === 'string' && part !== '').join(': '));
  return {
    codes,
    texts: [...new Set(texts.filter((text) => text !== ''))]
      .slice(0, mostTexts)
      .map((text) => text.slice(0, longestText)),
  };
}

/** Details are of any form; a text, or the message in it, is for people. */
function plainDetail(detail: unknown): unknown {
  return isJsonObject(detail) ? detail['message'] : detail;
}

/** The error for an answer that is not the one that was hoped for. Reads its body. */
export async function refused(
  asked: Asked,
  answer: HttpAnswer,
  context: {
    readonly user?: string | undefined;
    readonly notes?: readonly string[];
    readonly now: number;
  },
): Promise<PlimsollError> {
  const refusal = await readRefusal(answer);
  const { status, url, headers } = answer;
  const { what, domain, writing = false } = asked;
  const said = refusal.texts.map((text) => `the registry says: ${text}`);
  const details = (
    help: string | undefined,
    notes: readonly string[] = [],
  ): PlimsollErrorDetails => ({
    at: { target: what },
    notes: [...said, ...notes, ...(context.notes ?? []), `${status} from ${withoutQuery(url)}`],
    ...(help === undefined ? {} : { help }),
  });
  const { user } = context;
  const login = `plimsoll login ${domain}`;
  if (status === 401 || status === 403) {
    if (what === domain) {
      // Nothing in it was asked for: a login.
      return new PlimsollError(
        'PL0602',
        user === undefined
          ? `${domain} wants to know who asks`
          : `${domain} does not accept the password of ${user}`,
        details(
          user === undefined
            ? login
            : 'check user and password; where a login takes two steps, an access token stands for the password',
        ),
      );
    }
    const does = writing ? 'write to it' : 'read it';
    return user === undefined
      ? new PlimsollError(
          'PL0602',
          writing
            ? `${domain} lets nobody write without logging in`
            : `${what} is not there, or may not be read without logging in`,
          details(`check the name; to log in: ${login}`),
        )
      : new PlimsollError(
          'PL0602',
          `${what} is not there, or ${user} may not ${does}`,
          details(
            `check the name, and what ${user} may do at ${domain}; as another user: ${login}`,
          ),
        );
  }
  if (status === 404) {
    const help = refusal.codes.includes('NAME_UNKNOWN')
      ? `there is no such repository at ${domain}: check the name`
      : `check the name and the tag: plimsoll tags NAME lists those that there are`;
    return new PlimsollError('PL0603', `${what} is not there`, details(help));
  }
  if (status === 429) {
    const after = retryAfterMs(headers['retry-after'], context.now);
    const limit = headers['ratelimit-limit'];
    const left = headers['ratelimit-remaining'];
    const notes = [
      ...(after === undefined ? [] : [`it asks to wait ${Math.ceil(after / 1000)} s`]),
      ...(limit === undefined ? [] : [`limit ${limitText(limit)}, left ${limitText(left)}`]),
    ];
    const help = `wait${user === undefined ? `, or log in, which often raises the limit: ${login}` : ''}; a mirror in registries.conf asks less of it`;
    return new PlimsollError(
      'PL0604',
      `${domain} says that there were too many requests`,
      details(help, notes),
    );
  }
  if (status >= 500) {
    return new PlimsollError(
      'PL0606',
      `${domain} failed (${status})`,
      details('try again later; if it stays so, the operator of the registry must look'),
    );
  }
  if (status === 405 || refusal.codes.includes('UNSUPPORTED')) {
    return new PlimsollError(
      'PL0606',
      `${domain} does not do this (${status})`,
      details(undefined),
    );
  }
  return new PlimsollError('PL0606', `${domain} did not accept it (${status})`, details(undefined));
}

/** "100;w=21600" → "100 in 6 h". */
function limitText(header: string | readonly string[] | undefined): string {
  const [count = '?', window] = String(header ?? '?').split(';w=');
  return window === undefined ? count : `${count} in ${Number(window) / 3600} h`;
}

/** The address without what may be secret in it: signatures of object stores stand in the query. */
export function withoutQuery(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** The error for an answer that is not the protocol's. */
export function notTheProtocol(asked: Asked, url: URL, message: string): PlimsollError {
  return new PlimsollError('PL0605', `${asked.domain}: ${message}`, {
    at: { target: asked.what },
    notes: [`from ${withoutQuery(url)}`],
    help: 'is there a registry at this address? a proxy or a login page between may answer in its place',
  });
}

/** The error for a request that got no answer. */
export function notReached(asked: Asked, url: URL, failure: HttpFailure): PlimsollError {
  const { kind, message } = failure;
  const { host } = url;
  const help: Readonly<Record<HttpFailure['kind'], string>> = {
    unreachable: `check the name, the network and the proxy (HTTPS_PROXY, NO_PROXY)`,
    'no-tls': `if ${host} is a registry without TLS that you trust: --tls-verify=false, or insecure = true for it in registries.conf`,
    untrusted: `put the certificate of its authority into /etc/containers/certs.d/${host}/ca.crt, or for a test: --tls-verify=false`,
    tls: 'a proxy or the server itself does not speak TLS as it should: look with openssl s_client',
    lost: 'try again: what was fetched is kept where there is a store',
    slow: 'try again; look at the network and the proxy',
    garbage: 'is there a registry at this address?',
  };
  return new PlimsollError('PL0601', `${host} was not reached: ${message}`, {
    at: { target: asked.what },
    help: help[kind],
    cause: failure,
  });
}
