import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../../test/builders/oci-layout.ts';
import { quickClient, type Script, startScripted } from '../../test/support/scripted-registry.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { nameOrThrow } from './endpoints.ts';

const { signal } = new AbortController();
const oci = 'application/vnd.oci.image.manifest.v1+json';
const index = 'application/vnd.oci.image.index.v1+json';
const docker = 'application/vnd.docker.distribution.manifest.v2+json';
const list = 'application/vnd.docker.distribution.manifest.list.v2+json';

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const plain = bytesOf({ schemaVersion: 2, layers: [] });
const typed = (mediaType: string): Buffer => bytesOf({ schemaVersion: 2, mediaType, layers: [] });

type Answer = Readonly<{
  body: Buffer;
  headers?: Readonly<Record<string, string>>;
  /** HEAD is answered otherwise. */
  head?: number | Readonly<Record<string, string>>;
}>;

const scriptOf =
  ({ body, headers = {}, head }: Answer): Script =>
  ({ method }, response) => {
    if (method !== 'HEAD') response.writeHead(200, headers).end(body);
    else if (typeof head === 'number') response.writeHead(head).end();
    else response.writeHead(200, head ?? headers).end();
  };

async function resolved(
  script: Script,
  version = ':1',
): Promise<{ readonly found: unknown; readonly log: readonly string[] }> {
  const server = await startScripted(script);
  const client = quickClient();
  try {
    const name = nameOrThrow(`${server.host}/a${version}`);
    const found = await client.resolve(name, signal).catch((error: unknown) => error);
    return { found, log: server.seen.map(({ method }) => method) };
  } finally {
    client.close();
    await server.close();
  }
}

test('HEAD is enough where it tells all, GET tells the rest', async () => {
  const digest = sha256(plain);
  const full = {
    'docker-content-digest': digest,
    'content-type': oci,
    'content-length': String(plain.length),
  };
  const descriptor = { mediaType: oci, digest, size: plain.length };
  const cases: readonly (readonly [string, Answer, readonly string[]])[] = [
    ['all of it', { body: plain, headers: full }, ['HEAD']],
    ['no digest', { body: plain, headers: { 'content-type': oci } }, ['HEAD', 'GET']],
    [
      'no size',
      { body: plain, headers: full, head: { ...full, 'content-length': '0' } },
      ['HEAD', 'GET'],
    ],
    [
      'another type',
      { body: plain, headers: full, head: { ...full, 'content-type': 'text/html' } },
      ['HEAD', 'GET'],
    ],
    ['no HEAD', { body: plain, headers: full, head: 405 }, ['HEAD', 'GET']],
    [
      'a type with a parameter',
      { body: plain, headers: { ...full, 'content-type': `${oci}; charset=utf-8` } },
      ['HEAD'],
    ],
  ];
  for (const [title, answer, methods] of cases) {
    const { found, log } = await resolved(scriptOf(answer));
    assert.deepEqual(found, descriptor, title);
    assert.deepEqual(log, methods, title);
  }
});

test('the type is what the bytes say, or the header, or what stands in them', async () => {
  const manifests = bytesOf({ schemaVersion: 2, manifests: [] });
  const cases: readonly (readonly [Buffer, string | undefined, string])[] = [
    [typed(docker), docker, docker],
    [typed(docker), 'application/json', docker],
    [typed(docker), undefined, docker],
    [plain, docker, docker],
    [plain, 'text/plain', oci],
    [manifests, list, list],
    [manifests, 'application/octet-stream', index],
  ];
  for (const [body, header, expected] of cases) {
    const headers = header === undefined ? {} : { 'content-type': header };
    const { found } = await resolved(scriptOf({ body, headers, head: 404 }));
    assert.equal((found as { mediaType: string }).mediaType, expected, `${body} ${header}`);
  }
});

test('what is not the manifest that was asked for is an error', async () => {
  const digest = sha256(plain);
  const other = `sha256:${'0'.repeat(64)}`;
  const typedAs = { 'content-type': oci };
  const cases: readonly (readonly [string, Answer, string, string, RegExp])[] = [
    [
      'other bytes than the digest',
      { body: typed(oci), headers: typedAs, head: 404 },
      `@${digest}`,
      'PL0105',
      /digest of the manifest/,
    ],
    [
      'another digest by HEAD',
      {
        body: plain,
        headers: {
          ...typedAs,
          'docker-content-digest': other,
          'content-length': String(plain.length),
        },
      },
      `@${digest}`,
      'PL0105',
      /expected sha256/,
    ],
    [
      'a digest that is not of the bytes',
      { body: plain, headers: { ...typedAs, 'docker-content-digest': other }, head: 404 },
      ':1',
      'PL0105',
      /expected sha256:0000/,
    ],
    [
      'CVE-2021-41190: two types',
      { body: typed(index), headers: typedAs, head: 404 },
      ':1',
      'PL0605',
      /the manifest says that it is/,
    ],
    [
      'HTML',
      {
        body: Buffer.from('<html>Log in to the network</html>'),
        headers: { 'content-type': 'text/html' },
      },
      ':1',
      'PL0605',
      /expected a manifest as JSON, found text\/html/,
    ],
    ['an array', { body: Buffer.from('[]'), head: 404 }, ':1', 'PL0605', /expected a manifest/],
    [
      'packed on the way',
      { body: gzipSync(plain), headers: { ...typedAs, 'content-encoding': 'gzip' }, head: 404 },
      ':1',
      'PL0605',
      /packed with gzip/,
    ],
    [
      'schema 1',
      {
        body: bytesOf({ schemaVersion: 1, fsLayers: [] }),
        headers: { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
      },
      ':1',
      'PL0108',
      /schema 1, from before Docker 1\.10/,
    ],
    [
      'megabytes',
      { body: Buffer.alloc(9 * 1024 * 1024, ' '), headers: typedAs, head: 404 },
      ':1',
      'PL0107',
      /bytes of a manifest/,
    ],
    [
      'brackets without end',
      { body: Buffer.alloc(4 * 1024 * 1024, '['), headers: typedAs, head: 404 },
      ':1',
      'PL0605',
      /expected a manifest/,
    ],
  ];
  for (const [title, answer, version, code, message] of cases) {
    const { found } = await resolved(scriptOf(answer), version);
    assert.ok(found instanceof PlimsollError, `${title}: ${found}`);
    assert.equal(found.code, code, `${title}: ${found.message}`);
    assert.match(found.message, message, title);
  }
});

test('the digest counts before the tag', async () => {
  const digest = sha256(plain);
  const server = await startScripted(scriptOf({ body: plain, headers: { 'content-type': oci } }));
  const client = quickClient();
  await client.resolve(nameOrThrow(`${server.host}/a:old@${digest}`), signal);
  assert.deepEqual(new Set(server.log()), new Set([`/v2/a/manifests/${digest}`]));
  client.close();
  await server.close();
});

test('tags come page after page, and lists that go round in circles end', async () => {
  const pages =
    (next: (url: string) => string | undefined): Script =>
    (request, response) => {
      const last = new URL(request.url, 'http://x').searchParams.get('last') ?? '0';
      const link = next(last);
      if (link !== undefined) response.setHeader('link', `<${link}>; rel="next"`);
      response.end(JSON.stringify({ name: 'a', tags: [`t${last}`] }));
    };
  const list = async (script: Script): Promise<readonly string[] | PlimsollError> => {
    const server = await startScripted(script);
    const client = quickClient();
    const found: string[] = [];
    try {
      for await (const tag of client.tags(nameOrThrow(`${server.host}/a`), signal)) found.push(tag);
      return found;
    } catch (error) {
      assert.ok(error instanceof PlimsollError, String(error));
      return error;
    } finally {
      client.close();
      await server.close();
    }
  };
  const relative = await list(
    pages((last) => (Number(last) < 3 ? `/v2/a/tags/list?last=${Number(last) + 1}` : undefined)),
  );
  assert.deepEqual(relative, ['t0', 't1', 't2', 't3']);
  for (const link of ['/v2/a/tags/list?last=1', 'http://elsewhere.example/v2/a/tags/list']) {
    const circle = await list(pages(() => link));
    assert.ok(circle instanceof PlimsollError && circle.code === 'PL0605', link);
  }
  assert.deepEqual(await list((_, response) => void response.end('{"name":"a","tags":null}')), []);
  const odd = await list((_, response) => void response.end('{"tags":{"a":1}}'));
  assert.ok(odd instanceof PlimsollError && odd.code === 'PL0605');
});
