// A registry in this process whose every answer a test writes: to break, lie, stall and redirect.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import { openRegistry } from '../../src/registry/open-registry.ts';
import type { Registry } from '../../src/registry/registry.ts';
import type { RegistryOptions } from '../../src/registry/registry-options.ts';

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** Answers one request; `seen` are all of this path and method before it. */
export type Script = (
  request: IncomingMessage & SeenRequest,
  response: ServerResponse,
  before: number,
) => void | Promise<void>;

/** A registry that runs. */
export interface ScriptedRegistry {
  /** 127.0.0.1:PORT */
  readonly host: string;
  readonly origin: string;
  /** Every request, in order; pings of /v2/ are not among them. */
  readonly seen: readonly SeenRequest[];
  /** Requests of this method, by path and range. */
  log(method?: string): readonly string[];
  close(): Promise<void>;
}

/** Starts a scripted registry; it answers /v2/ by itself unless the script shall. */
export async function startScripted(
  script: Script,
  options: {
    readonly tls?: ServerOptions;
    /** Whether the script answers pings. */
    readonly pings?: boolean;
  } = {},
): Promise<ScriptedRegistry> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url = '', headers } = request;
    if (url === '/v2/' && options.pings !== true) {
      response.end('{}');
      return;
    }
    const path = url.split('?')[0] ?? '';
    const before = seen.filter((one) => one.method === method && one.url.split('?')[0] === path);
    seen.push({ method, url, headers });
    // A test that ends early leaves answers behind.
    response.on('error', () => undefined);
    // A script that reads a body which breaks off has no more to say.
    void Promise.resolve(
      script(Object.assign(request, { method, url }), response, before.length),
    ).catch(() => response.destroy());
  };
  const server =
    options.tls === undefined ? createServer(answer) : createTlsServer(options.tls, answer);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    host: `127.0.0.1:${port}`,
    origin: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    seen,
    log: (method) =>
      seen
        .filter((one) => method === undefined || one.method === method)
        .map(({ url, headers }) => (headers.range === undefined ? url : `${url} ${headers.range}`)),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A client without anything of this machine's, that does not wait long. */
export function quickClient(options: Partial<RegistryOptions> = {}): Registry {
  return openRegistry({
    environment: {},
    etc: '/nonexistent',
    now: Date.now,
    random: () => 0,
    userAgent: 'plimsoll/test',
    times: { connectMs: 5000, answerMs: 500, stallMs: 300 },
    retries: { firstMs: 2, longestMs: 10, attempts: 4 },
    ...options,
  });
}

/** Sends the first bytes of a body that is announced whole, then breaks the connection. */
export function breakAfter(response: ServerResponse, body: Uint8Array, bytes: number): void {
  if (!response.headersSent) response.setHeader('content-length', body.length);
  response.write(body.subarray(0, bytes), () => response.socket?.destroy());
}

/** Answers a range as asked, or the whole. */
export function sendRange(
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array,
): void {
  const start = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  if (start === undefined) {
    response.setHeader('content-length', body.length);
    response.end(body);
    return;
  }
  const part = body.subarray(Number(start));
  response.writeHead(206, {
    'content-range': `bytes ${start}-${body.length - 1}/${body.length}`,
    'content-length': part.length,
  });
  response.end(part);
}
