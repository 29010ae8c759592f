import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { selfSigned, signedBy } from '../../../test/support/certificates.ts';
import {
  quickClient,
  type Script,
  startScripted,
} from '../../../test/support/scripted-registry.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { nameOrThrow } from '../endpoints.ts';
import type { RegistryOptions } from '../registry-options.ts';
import { pauseMs, retryAfterMs } from './retry.ts';

const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const type = 'application/vnd.oci.image.manifest.v1+json';
const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, layers: [] }));

const sendManifest: Script = (_, response) => {
  response.setHeader('content-type', type);
  response.end(manifest);
};

interface Outcome {
  readonly error?: PlimsollError;
  readonly requests: number;
  readonly elapsedMs: number;
}

/** Reads a manifest of a scripted registry. */
async function outcome(script: Script, options: Partial<RegistryOptions> = {}): Promise<Outcome> {
  const server = await startScripted(script);
  const client = quickClient(options);
  const started = performance.now();
  try {
    let error: PlimsollError | undefined;
    try {
      await client.fetchManifest(nameOrThrow(`${server.host}/a`), 'latest', signal);
    } catch (caught) {
      assert.ok(caught instanceof PlimsollError, String(caught));
      error = caught;
    }
    const requests = server.seen.length;
    return { ...(error ? { error } : {}), requests, elapsedMs: performance.now() - started };
  } finally {
    client.close();
    await server.close();
  }
}

test('Retry-After in seconds and as a date, and what is neither', () => {
  const now = Date.parse('Sun, 06 Nov 1994 08:49:37 GMT');
  const cases: readonly (readonly [string | undefined, number | undefined])[] = [
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 06 Nov 1994 08:49:47 GMT', 10_000],
    ['Sunday, 06-Nov-94 08:49:47 GMT', 10_000],
    ['Sun Nov  6 08:49:47 1994 GMT', 10_000],
    ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
    ['-5', undefined],
    ['1e9', undefined],
    ['99999999999999999999', undefined],
    ['tomorrow', undefined],
    [undefined, undefined],
  ];
  for (const [header, expected] of cases) assert.equal(retryAfterMs(header, now), expected, header);
});

test('pauses double up to a bound, half of each by chance', () => {
  const plan = { attempts: 9, firstMs: 100, longestMs: 1000, obeyedMs: 0 };
  const of = (random: number) =>
    [1, 2, 3, 4, 5, 60].map((next) => pauseMs(plan, next, () => random));
  assert.deepEqual(of(0), [50, 100, 200, 400, 500, 500]);
  assert.deepEqual(of(1), [100, 200, 400, 800, 1000, 1000]);
});

test('passing failures are asked again, lasting ones are not', async () => {
  const cases: readonly (readonly [string, Script, number, string | undefined])[] = [
    [
      '503 twice',
      (request, response, before) =>
        before < 2 ? void response.writeHead(503).end() : sendManifest(request, response, before),
      3,
      undefined,
    ],
    [
      '429 once',
      (request, response, before) =>
        before < 1
          ? void response.writeHead(429, { 'retry-after': '0' }).end()
          : sendManifest(request, response, before),
      2,
      undefined,
    ],
    [
      'lost once',
      (request, response, before) =>
        before < 1 ? void response.socket?.destroy() : sendManifest(request, response, before),
      2,
      undefined,
    ],
    ['500 for ever', (_, response) => void response.writeHead(500).end(), 4, 'PL0606'],
    ['429 for ever', (_, response) => void response.writeHead(429).end(), 4, 'PL0604'],
    ['404', (_, response) => void response.writeHead(404).end(), 1, 'PL0603'],
    ['400', (_, response) => void response.writeHead(400).end(), 1, 'PL0606'],
    ['401 without a challenge', (_, response) => void response.writeHead(401).end(), 1, 'PL0602'],
    ['403', (_, response) => void response.writeHead(403).end(), 1, 'PL0602'],
    // Longer than anybody waits at a terminal: told, not waited for.
    [
      '429 for an hour',
      (_, response) => void response.writeHead(429, { 'retry-after': '3600' }).end(),
      1,
      'PL0604',
    ],
  ];
  for (const [title, script, requests, code] of cases) {
    const found = await outcome(script);
    assert.equal(found.error?.code, code, `${title}: ${found.error?.message}`);
    assert.equal(found.requests, requests, title);
  }
});

test('Retry-After is obeyed', async () => {
  const { error, elapsedMs } = await outcome((request, response, before) =>
    before === 0
      ? void response.writeHead(429, { 'retry-after': '1' }).end()
      : sendManifest(request, response, before),
  );
  assert.equal(error, undefined);
  assert.ok(elapsedMs >= 1000, String(elapsedMs));
});

test('too many requests: what the registry says of its limits is told', async () => {
  const { error } = await outcome((_, response) => {
    response.writeHead(429, {
      'retry-after': '3600',
      'ratelimit-limit': '100;w=21600',
      'ratelimit-remaining': '0;w=21600',
    });
    const message = 'You have reached your pull rate limit.';
    response.end(JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message }] }));
  });
  const notes = error?.diagnostic.notes?.join('\n') ?? '';
  assert.match(notes, /reached your pull rate limit/);
  assert.match(notes, /asks to wait 3600 s/);
  assert.match(notes, /limit 100 in 6 h, left 0 in 6 h/);
  assert.match(error?.diagnostic.help ?? '', /plimsoll login/);
});

test('nobody there: told at once, without further attempts', async () => {
  const server = await startScripted(sendManifest);
  await server.close();
  const client = quickClient();
  const started = performance.now();
  await assert.rejects(
    client.fetchManifest(nameOrThrow(`${server.host}/a`), '1', signal),
    (error) =>
      error instanceof PlimsollError && error.code === 'PL0601' && /refused/.test(error.message),
  );
  assert.ok(performance.now() - started < 1000);
  client.close();
});

/** A proxy as companies have them: forwards http, makes tunnels for https. */
async function startProxy(): Promise<{
  readonly url: string;
  readonly log: readonly string[];
  close(): Promise<void>;
}> {
  const log: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    log.push(`${request.method} ${request.url}`);
    const onward = forward(
      request.url ?? '',
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  server.on('connect', (request, socket: Socket) => {
    log.push(`CONNECT ${request.url}`);
    const [host = '', port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const one of [socket, onward]) {
      sockets.add(one);
      one.on('error', () => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('proxies by HTTPS_PROXY and HTTP_PROXY, and none for NO_PROXY', async () => {
  const authority = selfSigned(folder, 'authority');
  const { cert, keyText } = signedBy(authority, folder, 'server');
  const proxy = await startProxy();
  const secure = await startScripted(sendManifest, { tls: { cert, key: keyText } });
  const plain = await startScripted(sendManifest);
  const ca = { PLIMSOLL_EXTRA_CA_CERTS: authority.certificate };
  const readFrom = async (host: string, environment: Record<string, string>): Promise<number> => {
    const before = proxy.log.length;
    const client = quickClient({ environment: { ...ca, ...environment } });
    try {
      await client.fetchManifest(nameOrThrow(`${host}/a`), '1', signal);
      return proxy.log.length - before;
    } finally {
      client.close();
    }
  };
  try {
    assert.ok((await readFrom(secure.host, { HTTPS_PROXY: proxy.url })) > 0);
    assert.equal(proxy.log[0], `CONNECT ${secure.host}`);
    assert.ok((await readFrom(secure.host, { https_proxy: proxy.url })) > 0);
    assert.ok((await readFrom(plain.host, { HTTP_PROXY: proxy.url })) > 0);
    assert.ok(proxy.log.includes(`GET ${plain.origin}/v2/a/manifests/1`), proxy.log.join('\n'));
    assert.equal(await readFrom(secure.host, { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }), 0);
    assert.equal(await readFrom(secure.host, { HTTP_PROXY: proxy.url }), 0);
    assert.equal(await readFrom(secure.host, {}), 0);
  } finally {
    await proxy.close();
    await secure.close();
    await plain.close();
  }
});
