// Mirrors: asked in their order, passed over when they fail or lie, and preferred for blobs once they gave the manifest.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../../test/builders/oci-layout.ts';
import {
  breakAfter,
  quickClient,
  type Script,
  sendRange,
  startScripted,
} from '../../test/support/scripted-registry.ts';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { noConfiguration } from './configuration.ts';
import { nameOrThrow } from './endpoints.ts';
import { openRegistry } from './open-registry.ts';
import { plainTable } from './registries-conf.ts';

const { signal } = new AbortController();
const body = randomBytes(200_000);
const blob: Descriptor = { mediaType: 'x', digest: sha256(body) as Digest, size: body.length };
const type = 'application/vnd.oci.image.manifest.v1+json';
const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, layers: [] }));
const digest = sha256(manifest) as Digest;

/** Serves the manifest and the blob. */
const good: Script = (request, response) => {
  if (request.url.includes('/blobs/')) return sendRange(request, response, body);
  response.writeHead(200, { 'content-type': type }).end(manifest);
};

interface Outcome {
  readonly error?: PlimsollError;
  /** Requests to the mirrors and the registry, as "mirror 0: GET /…". */
  readonly log: readonly string[];
  readonly told: readonly Diagnostic[];
}

/** Reads the manifest by digest and then the blob, with mirrors before a registry. */
async function readThrough(mirrors: readonly Script[], registry: Script): Promise<Outcome> {
  const log: string[] = [];
  const named =
    (name: string, script: Script): Script =>
    (request, response, before) => {
      log.push(
        `${name}: ${request.method} ${request.url.includes('/blobs/') ? 'blob' : 'manifest'}`,
      );
      return script(request, response, before);
    };
  const servers = await Promise.all(
    [...mirrors, registry].map((script, at) =>
      startScripted(named(at < mirrors.length ? `mirror ${at}` : 'registry', script)),
    ),
  );
  const origin = servers.at(-1)?.host ?? '';
  const table = plainTable(origin, {
    mirrors: servers
      .slice(0, -1)
      .map(({ host }) => ({ location: `${host}/copies`, insecure: false, use: 'all' as const })),
  });
  const told: Diagnostic[] = [];
  const client = openRegistry(
    {
      ...{
        environment: {},
        etc: '/nonexistent',
        now: Date.now,
        random: () => 0,
        userAgent: 'test',
      },
      times: { connectMs: 5000, answerMs: 500, stallMs: 300 },
      retries: { firstMs: 2, longestMs: 10, attempts: 3 },
      onProblem: (problem) => told.push(problem),
    },
    { ...noConfiguration, registries: [table] },
  );
  try {
    const name = nameOrThrow(`${origin}/team/app`);
    const fetched = await client.fetchManifest(name, digest, signal);
    assert.ok(fetched.bytes.equals(manifest));
    const chunks: Buffer[] = [];
    for await (const chunk of client.fetchBlob(name, blob, { signal })) chunks.push(chunk);
    assert.ok(Buffer.concat(chunks).equals(body));
    return { log, told };
  } catch (error) {
    assert.ok(error instanceof PlimsollError, String(error));
    return { error, log, told };
  } finally {
    client.close();
    for (const server of servers) await server.close();
  }
}

const status =
  (code: number): Script =>
  (_, response) =>
    void response.writeHead(code).end();

test('the first mirror that has it gives all of it', async () => {
  const { log } = await readThrough([good, good], good);
  assert.deepEqual(log, ['mirror 0: GET manifest', 'mirror 0: GET blob']);
});

test('mirrors that have nothing, fail, or lie are passed over, and told of', async () => {
  const cases: readonly (readonly [string, Script])[] = [
    ['not there', status(404)],
    ['a failure', status(500)],
    ['refused', status(403)],
    [
      'other bytes',
      (_, response) => void response.writeHead(200, { 'content-type': type }).end('{}'),
    ],
    ['a page', (_, response) => void response.end('<html>')],
    ['no answer', () => undefined],
    ['hung up', (_, response) => void response.socket?.destroy()],
  ];
  for (const [title, script] of cases) {
    const { log, told, error } = await readThrough([script, good], good);
    assert.equal(error, undefined, title);
    assert.deepEqual(
      log,
      ['mirror 0: GET manifest', 'mirror 1: GET manifest', 'mirror 1: GET blob'],
      title,
    );
    assert.equal(told.length, 1, title);
    assert.match(told[0]?.message ?? '', /^mirror 127\.0\.0\.1:\d+\/copies\/team\/app: /, title);
  }
});

test('a mirror without the blob, or that breaks for good, is followed by the registry, from where it broke', async () => {
  const missing: Script = (request, response, before) =>
    request.url.includes('/blobs/')
      ? status(404)(request, response, before)
      : good(request, response, before);
  const without = await readThrough([missing], good);
  assert.deepEqual(without.log, [
    'mirror 0: GET manifest',
    'mirror 0: GET blob',
    'registry: GET blob',
  ]);
  const breaking: Script = (request, response, before) => {
    if (!request.url.includes('/blobs/')) return good(request, response, before);
    if (before === 0) breakAfter(response, body, 50_000);
    else response.socket?.destroy();
  };
  let range: string | undefined;
  const broken = await readThrough([breaking], (request, response, before) => {
    range = request.headers.range;
    return good(request, response, before);
  });
  assert.equal(broken.error, undefined);
  assert.match(range ?? '', /^bytes=[1-9]\d*-$/);
});

test('when nobody has it, the registry speaks, and what mirrors said stands beside it', async () => {
  const { error } = await readThrough([status(500)], status(404));
  assert.equal(error?.code, 'PL0603');
  assert.match(error?.diagnostic.notes?.join('\n') ?? '', /mirror .* failed \(500\)/);
});

test('an interruption is not taken for a failure of a mirror', async () => {
  const server = await startScripted(() => undefined);
  const abort = new AbortController();
  const client = quickClient();
  setTimeout(() => abort.abort(), 30);
  await assert.rejects(
    client.fetchManifest(nameOrThrow(`${server.host}/a`), '1', abort.signal),
    (error) => error instanceof PlimsollError && error.code === 'PL0002',
  );
  client.close();
  await server.close();
});
