// Requests with everything around them: connections that are kept, proxies, certificates by host, redirects, and further
// attempts when a failure may be a passing one. Authorization is the caller's, and never goes to another origin.
import { type Agent, Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { Environment } from '../registry-options.ts';
import type { Trust } from '../trust.ts';
import { type HttpAnswer, type HttpRequest, type HttpTimes, sendOnce } from './http-client.ts';
import { HttpFailure } from './http-failure.ts';
import { isPassing, pause, pauseMs, type RetryPlan, retryAfterMs } from './retry.ts';

/** How the transport works. */
export interface TransportOptions {
  readonly environment: Environment;
  readonly userAgent: string;
  readonly times: HttpTimes;
  readonly retries: RetryPlan;
  readonly now: () => number;
  readonly random: () => number;
  /** Told before a request is sent again: why, and after how long. */
  onRetry?(url: URL, reason: string, waitMs: number): void;
  /** Certificates for a host with its port. */
  trustOf(host: string): Trust;
}

/** One request as callers write it. */
export interface TransportRequest extends Pick<HttpRequest, 'method' | 'url' | 'body' | 'signal'> {
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates need not be good at this host, and redirects may lead to connections without TLS. */
  readonly insecure: boolean;
  /** Requests in all; default: by the plan. */
  readonly attempts?: number;
}

/** Sends requests. */
export interface Transport {
  /** The last answer, whatever its status, when all attempts are used up. @throws HttpFailure, PlimsollError PL0002 */
  send(request: TransportRequest): Promise<HttpAnswer>;
  /** Ends connections that are kept open. */
  close(): void;
}

const mostRedirects = 10;
/** Times that nobody answers within the limit: each has cost a person half a minute already. */
const mostSlow = 2;
/** Bytes that a connection takes in while nobody reads: the sender need not wait for each turn of the event loop. */
const readAheadBytes = 1024 * 1024;

/** Opens a transport. */
export function createTransport(options: TransportOptions): Transport {
  const { environment, userAgent, times, retries, now, random } = options;
  const agents = new Map<string, Agent>();
  const reached = new Set<string>();
  // The names that Node knows; without one of them an empty value would stand for "no proxy".
  const proxyEnv = Object.fromEntries(
    ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => {
      const value = environment[name] || environment[name.toUpperCase()];
      return value ? [[name, value]] : [];
    }),
  );
  const agentOf = ({ protocol, host }: URL, insecure: boolean): Agent => {
    const key = protocol === 'http:' ? protocol : `${host} ${insecure}`;
    const before = agents.get(key);
    if (before !== undefined) return before;
    const common = {
      keepAlive: true,
      highWaterMark: readAheadBytes,
      ...(Object.keys(proxyEnv).length > 0 ? { proxyEnv } : {}),
    };
    const agent =
      protocol === 'http:'
        ? new PlainAgent(common)
        : new TlsAgent({
            ...common,
            ...spread(options.trustOf(host)),
            rejectUnauthorized: !insecure,
          });
    agents.set(key, agent);
    return agent;
  };
  const follow = async (request: TransportRequest): Promise<HttpAnswer> => {
    const { method, body, signal } = request;
    let { url, headers = {}, insecure } = request;
    for (let redirects = 0; ; redirects++) {
      const answer = await sendOnce({
        method,
        url,
        headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', ...headers },
        ...(body === undefined ? {} : { body }),
        agent: agentOf(url, insecure),
        times,
        signal,
      });
      reached.add(url.host);
      const { location } = answer.headers;
      if (!isRedirect(answer.status, method) || location === undefined) return answer;
      answer.discard();
      const next = redirectOf(location, url, request.insecure || request.url.protocol === 'http:');
      if (redirects >= mostRedirects)
        throw new HttpFailure('garbage', `more than ${mostRedirects} redirects`);
      if (next.origin !== url.origin) {
        const { authorization: _, ...others } = headers;
        headers = others;
        // What is allowed is allowed at the host that was named.
        insecure = next.host === request.url.host && request.insecure;
      }
      url = next;
    }
  };
  return {
    async send(request) {
      const attempts = request.attempts ?? retries.attempts;
      let slow = 0;
      for (let attempt = 1; ; attempt++) {
        const last = attempt >= attempts;
        let wait = pauseMs(retries, attempt, random);
        let reason: string;
        try {
          const answer = await follow(request);
          if (last || !isPassing(answer.status)) return answer;
          const asked = retryAfterMs(answer.headers['retry-after'], now());
          // Longer than anybody wants to wait here: the caller tells.
          if (asked !== undefined && asked > retries.obeyedMs) return answer;
          wait = Math.max(wait, asked ?? 0);
          reason = `it answered ${answer.status}${asked === undefined ? '' : ' and asks to wait'}`;
          answer.discard();
        } catch (error) {
          if (
            !(error instanceof HttpFailure) ||
            last ||
            !mayPass(error, reached.has(request.url.host))
          )
            throw error;
          if (error.kind === 'slow' && ++slow >= mostSlow) throw error;
          reason = error.message;
        }
        options.onRetry?.(request.url, reason, wait);
        await pause(wait, request.signal);
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

function spread({ ca, cert, key }: Trust): { ca: string[]; cert?: string; key?: string } {
  return { ca: [...ca], ...(cert === undefined || key === undefined ? {} : { cert, key }) };
}

/** A host that nobody ever reached is mistyped more often than it is starting up. */
function mayPass({ kind, refused }: HttpFailure, reached: boolean): boolean {
  return kind === 'lost' || kind === 'slow' || (kind === 'unreachable' && (reached || !refused));
}

/** What is not safe to send twice is only sent on when the server says that nothing was done (307, 308). */
function isRedirect(status: number, method: string): boolean {
  return method === 'GET' || method === 'HEAD'
    ? [301, 302, 303, 307, 308].includes(status)
    : status === 307 || status === 308;
}

function redirectOf(location: string, from: URL, plainAllowed: boolean): URL {
  if (!URL.canParse(location, from.href))
    throw new HttpFailure('garbage', 'it redirects to what is no address');
  const url = new URL(location, from);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new HttpFailure('garbage', `it redirects to ${url.protocol}`);
  if (url.protocol === 'http:' && from.protocol === 'https:' && !plainAllowed)
    throw new HttpFailure('garbage', `it redirects from https to http://${url.host}`);
  // Names and passwords in an address would go where it says.
  url.username = '';
  url.password = '';
  return url;
}
