import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../../test/builders/oci-layout.ts';
import {
  breakAfter,
  quickClient,
  type Script,
  type ScriptedRegistry,
  sendRange,
  startScripted,
} from '../../test/support/scripted-registry.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { nameOrThrow } from './endpoints.ts';
import type { FetchBlobOptions } from './registry.ts';

const { signal } = new AbortController();
const body = randomBytes(300_000);
const blob: Descriptor = {
  mediaType: 'application/octet-stream',
  digest: sha256(body) as Digest,
  size: body.length,
};
const path = `/v2/a/blobs/${blob.digest}`;

interface Outcome {
  readonly bytes: Buffer;
  readonly error?: PlimsollError;
  readonly log: readonly string[];
}

/** Fetches the blob of a scripted registry; every failure must be one with a code. */
async function fetched(
  script: Script,
  options: Partial<FetchBlobOptions> & { readonly descriptor?: Partial<Descriptor> } = {},
): Promise<Outcome> {
  const server = await startScripted(script);
  const client = quickClient();
  const chunks: Buffer[] = [];
  const { descriptor, ...given } = options;
  try {
    const name = nameOrThrow(`${server.host}/a`);
    const stream = client.fetchBlob(name, { ...blob, ...descriptor }, { signal, ...given });
    for await (const chunk of stream) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), log: server.log() };
  } catch (error) {
    assert.ok(error instanceof PlimsollError, String(error));
    return { bytes: Buffer.concat(chunks), error, log: server.log() };
  } finally {
    client.close();
    await server.close();
  }
}

test('a broken connection is taken up again where it broke, whatever broke it', async () => {
  const cases: Readonly<Record<string, Script>> = {
    'it breaks in the middle': (request, response, before) =>
      before === 0 ? breakAfter(response, body, 100_000) : sendRange(request, response, body),
    'it breaks three times': (request, response, before) => {
      const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
      if (before >= 3) return sendRange(request, response, body);
      if (start > 0) response.writeHead(206, { 'content-range': `bytes ${start}-299999/300000` });
      breakAfter(response, body.subarray(start), 50_000);
    },
    'it breaks before the first byte': (request, response, before) => {
      if (before === 0) response.socket?.destroy();
      else sendRange(request, response, body);
    },
    'it stalls': (request, response, before) => {
      if (before > 0) return sendRange(request, response, body);
      response.setHeader('content-length', body.length);
      response.write(body.subarray(0, 1000));
    },
    'chunks end early, as if that were all': (request, response, before) => {
      if (before > 0) return sendRange(request, response, body);
      response.write(body.subarray(0, 200_000));
      response.end();
    },
    'it fails for a moment first': (request, response, before) => {
      if (before < 2) response.writeHead(503).end('busy');
      else sendRange(request, response, body);
    },
  };
  for (const [title, script] of Object.entries(cases)) {
    const { bytes, error, log } = await fetched(script);
    assert.equal(error, undefined, title);
    assert.ok(bytes.equals(body), title);
    assert.ok(log.length > 1, title);
    if (!/first/.test(title)) assert.match(log.join('\n'), /bytes=\d+-/, title);
  }
});

test('the range that is asked for begins behind what came', async () => {
  const { log } = await fetched((request, response, before) =>
    before === 0 ? breakAfter(response, body, 123_456) : sendRange(request, response, body),
  );
  const start = Number(/bytes=(\d+)-/.exec(log[1] ?? '')?.[1]);
  assert.ok(start > 0 && start <= 123_456, String(start));
  assert.equal(log.length, 2);
});

test('a server without ranges begins anew, and nothing comes twice', async () => {
  const { bytes, error } = await fetched((_, response, before) => {
    if (before === 0) return breakAfter(response, body, 100_000);
    response.setHeader('content-length', body.length);
    response.end(body);
  });
  assert.equal(error, undefined);
  assert.ok(bytes.equals(body));
});

test('from an offset on, and its progress counts from there', async () => {
  const progress: number[] = [];
  const { bytes, log } = await fetched((request, response) => sendRange(request, response, body), {
    from: 250_000,
    onProgress: (done) => progress.push(done),
  });
  assert.ok(bytes.equals(body.subarray(250_000)));
  assert.deepEqual(log, [`${path} bytes=250000-`]);
  assert.equal(progress.at(-1), body.length);
});

test('what is not the blob is an error, and no byte beyond its size is given', async () => {
  const other = randomBytes(body.length);
  const cases: readonly (readonly [string, Script, string, RegExp])[] = [
    [
      'other bytes of the same size',
      (_, response) => void response.end(other),
      'PL0105',
      /digest of the blob: expected sha256/,
    ],
    [
      'a larger body, as announced',
      (_, response) => {
        response.setHeader('content-length', body.length + 1);
        response.end(Buffer.concat([body, Buffer.from('x')]));
      },
      'PL0105',
      /size of the blob: expected 300000 bytes, found more/,
    ],
    [
      'a body without end',
      (_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(other));
        };
        response.on('drain', more);
        more();
      },
      'PL0105',
      /found more/,
    ],
    [
      'a smaller body, as announced',
      (_, response) => {
        response.setHeader('content-length', 10);
        response.end(body.subarray(0, 10));
      },
      'PL0105',
      /found 10/,
    ],
    [
      'another range than was asked for',
      (_, response, before) => {
        if (before === 0) return breakAfter(response, body, 100_000);
        response.writeHead(206, { 'content-range': 'bytes 5-299999/300000' });
        response.end(body.subarray(5));
      },
      'PL0605',
      /got them from 5/,
    ],
    [
      'a part without saying which',
      (_, response, before) => {
        if (before === 0) return breakAfter(response, body, 100_000);
        response.writeHead(206).end(body.subarray(100_000));
      },
      'PL0605',
      /Content-Range/,
    ],
    [
      'the rest changed meanwhile',
      (request, response, before) =>
        before === 0 ? breakAfter(response, body, 100_000) : sendRange(request, response, other),
      'PL0105',
      /digest/,
    ],
    [
      'nothing more than a part, for ever',
      (request, response) => {
        if (request.headers.range === undefined) return breakAfter(response, body, 100_000);
        response.socket?.destroy();
      },
      'PL0601',
      /was not reached/,
    ],
    [
      'chunks that end early for ever',
      (request, response) => {
        const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
        if (start > 0) response.writeHead(206, { 'content-range': `bytes ${start}-299999/300000` });
        response.write(body.subarray(start, start + 10));
        response.end();
      },
      'PL0605',
      /ends early/,
    ],
    [
      'it is not there',
      (_, response) => void response.writeHead(404).end(),
      'PL0603',
      /is not there/,
    ],
    [
      'garbage',
      (_, response) => {
        response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n\r\n');
      },
      'PL0605',
      /not HTTP/,
    ],
    [
      'headers without end',
      (_, response) => {
        response.socket?.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}\r\n\r\n`);
      },
      'PL0605',
      /headers are too long/,
    ],
    ['no answer at all', () => undefined, 'PL0601', /no answer/],
    [
      'a byte now and then',
      (_, response) => {
        response.setHeader('content-length', body.length);
        const drip = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(drip));
      },
      'PL0601',
      /only \d+ bytes came/,
    ],
  ];
  for (const [title, script, code, message] of cases) {
    const { bytes, error } = await fetched(script);
    assert.equal(error?.code, code, `${title}: ${error?.message}`);
    assert.match(error?.message ?? '', message, title);
    assert.ok(bytes.length <= body.length, title);
  }
});

test('a digest of sha512 is verified as such', async () => {
  const { createHash } = await import('node:crypto');
  const digest = `sha512:${createHash('sha512').update(body).digest('hex')}` as Digest;
  const right = await fetched((_, response) => void response.end(body), { descriptor: { digest } });
  assert.equal(right.error, undefined);
  const wrong = await fetched((_, response) => void response.end(randomBytes(body.length)), {
    descriptor: { digest },
  });
  assert.equal(wrong.error?.code, 'PL0105');
});

test('an interruption ends it at once, also while it waits', async () => {
  const scripts: readonly Script[] = [
    // Connected, no answer.
    () => undefined,
    // In the middle of the body.
    (_, response) => {
      response.write(body.subarray(0, 10));
    },
    // Asked to wait.
    (_, response) => {
      response.writeHead(429, { 'retry-after': '30' }).end();
    },
  ];
  for (const script of scripts) {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    const started = performance.now();
    const { error } = await fetched(script, { signal: abort.signal });
    assert.equal(error?.code, 'PL0002');
    assert.ok(performance.now() - started < 1000);
  }
});

/** Fetches through a redirect from one server to another and tells what the second one saw. */
async function redirected(
  target: (second: ScriptedRegistry) => string,
): Promise<{ readonly outcome: Outcome; readonly second: ScriptedRegistry }> {
  const second = await startScripted((request, response) => sendRange(request, response, body));
  try {
    const outcome = await fetched((_, response) => {
      response.writeHead(307, { location: target(second) }).end();
    });
    return { outcome, second };
  } finally {
    await second.close();
  }
}

test('redirects are followed, and only to where they may lead', async () => {
  const away = await redirected(({ origin }) => `${origin}/cdn/x?signature=secret`);
  assert.ok(away.outcome.bytes.equals(body));
  assert.deepEqual(away.second.log(), ['/cdn/x?signature=secret']);
  const cases: readonly (readonly [string, RegExp])[] = [
    ['file:///etc/passwd', /redirects to file:/],
    ['http://[', /redirects to what is no address/],
    [path, /more than 10 redirects/],
  ];
  for (const [location, message] of cases) {
    const { outcome } = await redirected(() => location);
    assert.equal(outcome.error?.code, 'PL0605', location);
    assert.match(outcome.error?.message ?? '', message);
  }
});

test('an empty blob needs no connection', async () => {
  const { bytes, error, log } = await fetched((_, response) => void response.end(), {
    descriptor: { size: 0, digest: sha256(Buffer.alloc(0)) as Digest },
  });
  assert.equal(error, undefined);
  assert.equal(bytes.length, 0);
  assert.deepEqual(log, []);
});
