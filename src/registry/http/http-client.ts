// One HTTP request and its answer over node:http, with limits on every wait: for a connection, for the answer to begin,
// and for each further piece of it. Nothing is decompressed or followed here.

import type { Agent } from 'node:http';
import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { interrupted } from '../../image/interrupted.ts';
import { HttpFailure, httpFailureOf } from './http-failure.ts';

/** How long is waited, in milliseconds. */
export interface HttpTimes {
  /** For a connection. */
  readonly connectMs: number;
  /** For the answer to begin, once there is a connection and what is to be sent was sent. */
  readonly answerMs: number;
  /** For the next bytes, in either direction. */
  readonly stallMs: number;
}

/** Longer than honest servers take, short enough for a person to wait. */
export const defaultTimes: HttpTimes = { connectMs: 15_000, answerMs: 30_000, stallMs: 20_000 };

/** What is sent after the headers. */
export interface HttpBody {
  readonly size: number;
  /** From the start, each time it is called. */
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  readonly agent: Agent;
  readonly times: HttpTimes;
  readonly signal: AbortSignal;
}

/** An answer whose body is still to come: it must be read to its end, or discarded. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where it came from, redirects followed. */
  readonly url: URL;
  /** Throws HttpFailure when it breaks off or stalls, PL0002 when it is interrupted. */
  readonly body: AsyncGenerator<Buffer>;
  /** Gives up what was not read. */
  discard(): void;
}

/** Bytes of headers that are read: cookies and tokens of some proxies are long. */
const headerBytes = 64 * 1024;

/** One kilobyte a second, over the time that is waited: below that a body never ends. */
const leastBytesPerMs = 1;
/** Bytes of a body that cost less to read than a new connection does. */
const drainedBytes = 64 * 1024;

/** Sends one request. @throws HttpFailure, PlimsollError PL0002 */
export function sendOnce(request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, agent, times, signal, body } = request;
  if (signal.aborted) return Promise.reject(interrupted(signal));
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const headers = { ...request.headers, ...(body ? { 'content-length': String(body.size) } : {}) };
  const send = agent instanceof TlsAgent ? tlsRequest : plainRequest;
  const outgoing = send(url, { method, headers, agent, maxHeaderSize: headerBytes });
  let timer: NodeJS.Timeout | undefined;
  const wait = (ms: number, what: string): void => {
    clearTimeout(timer);
    timer = setTimeout(
      () => outgoing.destroy(new HttpFailure('slow', `${what} for ${ms / 1000} s`)),
      ms,
    );
  };
  const stop = (): unknown => outgoing.destroy(interrupted(signal));
  const settled = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  };
  signal.addEventListener('abort', stop, { once: true });
  wait(times.connectMs, 'no connection');
  outgoing.once('socket', (socket) => {
    const connected = (): void => wait(times.answerMs, 'no answer');
    if (socket.connecting) socket.once('connect', connected);
    else connected();
  });
  // Also when a connection breaks after the answer: the body tells then.
  outgoing.on('error', (error) => {
    settled();
    reject(signal.aborted ? interrupted(signal) : httpFailureOf(error));
  });
  let answered = false;
  outgoing.once('response', (message) => {
    answered = true;
    settled();
    // Whoever answers before all was sent does not want the rest: the connection is of no further use.
    const empty = method === 'HEAD';
    resolve(answerOf(message, url, times, signal, outgoing.writableEnded, empty));
  });
  if (body === undefined) outgoing.end();
  else {
    const closed = new Promise<void>((done) => outgoing.once('close', done));
    const sending = async (): Promise<void> => {
      for await (const chunk of body.chunks()) {
        if (outgoing.destroyed || answered) return;
        wait(times.stallMs, 'nothing was taken');
        const taken = new Promise<void>((done) => outgoing.write(chunk, () => done()));
        await Promise.race([taken, closed]);
      }
      if (answered) return;
      wait(times.answerMs, 'no answer');
      outgoing.end();
    };
    sending().catch((error: unknown) => {
      settled();
      reject(error);
      outgoing.destroy();
    });
  }
  return promise;
}

function answerOf(
  message: IncomingMessage,
  url: URL,
  { stallMs }: HttpTimes,
  signal: AbortSignal,
  reusable: boolean,
  empty: boolean,
): HttpAnswer {
  // Without a listener, a break before anybody reads would end the process.
  message.on('error', () => undefined);
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    url,
    body: bodyOf(message, stallMs, signal),
    discard: () => {
      const announced = empty ? 0 : Number(message.headers['content-length'] ?? Number.NaN);
      // A short body is read, so that the connection can be used again.
      if (reusable && announced <= drainedBytes) message.resume();
      else message.destroy();
    },
  };
}

/** The whole body, or undefined when it is longer than that. @throws HttpFailure, PlimsollError PL0002 */
export async function readBody(answer: HttpAnswer, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > most) return undefined;
  }
  return Buffer.concat(chunks);
}

async function* bodyOf(
  message: IncomingMessage,
  stallMs: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    timer = setTimeout(
      () => message.destroy(new HttpFailure('slow', `nothing came for ${stallMs / 1000} s`)),
      stallMs,
    );
  };
  const stop = (): unknown => message.destroy(interrupted(signal));
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) throw interrupted(signal);
    wait();
    let from = performance.now();
    let waitedMs = 0;
    let came = 0;
    for await (const chunk of message) {
      clearTimeout(timer);
      waitedMs += performance.now() - from;
      came += chunk.length;
      if (waitedMs > stallMs) {
        // A byte now and then is no progress either.
        if (came < waitedMs * leastBytesPerMs)
          throw new HttpFailure(
            'slow',
            `only ${came} bytes came in ${Math.round(waitedMs / 1000)} s`,
          );
        waitedMs = 0;
        came = 0;
      }
      yield chunk as Buffer;
      wait();
      from = performance.now();
    }
    if (!message.complete) throw new HttpFailure('lost', 'the connection broke');
  } catch (error) {
    throw signal.aborted ? interrupted(signal) : httpFailureOf(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    message.destroy();
  }
}
