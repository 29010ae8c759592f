import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLayout } from '../../test/builders/oci-layout.ts';
import { makeTar } from '../../test/builders/tar.ts';
import { quickClient, sendRange, startScripted } from '../../test/support/scripted-registry.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { nameOrThrow } from './endpoints.ts';
import { openRemoteImage } from './open-remote-image.ts';
import type { KeptDocuments } from './registry-parts.ts';

const { signal } = new AbortController();

/** A registry with one image behind an index, from the blobs of a layout. */
async function startWithImage() {
  const layout = makeLayout();
  const tar = makeTar([{ name: 'a', body: 'content' }]);
  const image = layout.image([{ stored: tar, tar }]);
  const platform = { os: 'linux', architecture: 'amd64' };
  const indexType = 'application/vnd.oci.image.index.v1+json';
  const index = layout.json(
    { schemaVersion: 2, mediaType: indexType, manifests: [{ ...image, platform }] },
    indexType,
  );
  const server = await startScripted((request, response) => {
    const [, kind, reference = ''] = /\/(manifests|blobs)\/(.*)$/.exec(request.url) ?? [];
    const digest = reference === 'latest' ? index.digest : reference;
    const bytes = layout.files.get(`blobs/${digest.replace(':', '/')}`);
    if (bytes === undefined) return void response.writeHead(404).end();
    if (kind === 'blobs') return sendRange(request, response, bytes);
    const type = digest === index.digest ? indexType : image.mediaType;
    response.writeHead(200, {
      'content-type': type,
      'content-length': bytes.length,
      'docker-content-digest': digest,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  });
  const requests = (): readonly string[] =>
    server.seen.map(({ method, url }) => `${method} ${/manifests|blobs/.exec(url)}`);
  return { server, requests };
}

async function withImage(
  use: (
    given: Awaited<ReturnType<typeof startWithImage>> & {
      open: (documents?: KeptDocuments, keepIn?: string) => ReturnType<typeof openRemoteImage>;
    },
  ) => Promise<void>,
): Promise<void> {
  const started = await startWithImage();
  const client = quickClient();
  const name = nameOrThrow(`${started.server.host}/a`);
  const platform = { os: 'linux', architecture: 'amd64' };
  const open = (documents?: KeptDocuments, keepIn?: string) =>
    openRemoteImage(name, client, {
      signal,
      platform,
      ...(documents === undefined ? {} : { documents }),
      ...(keepIn === undefined ? {} : { keepIn }),
    });
  try {
    await use({ ...started, open });
  } finally {
    client.close();
    await started.server.close();
  }
}

test('opening fetches what describes the image, and no layer', () =>
  withImage(async ({ open, requests }) => {
    const target = await open();
    assert.deepEqual(requests(), ['GET manifests', 'GET manifests', 'GET blobs']);
    for await (const _ of target.layers[0]?.entries({ signal }) ?? []);
    assert.equal(requests().length, 4);
    await target.close();
  }));

test('what was read before is asked for with HEAD alone, and not believed when it is damaged', () =>
  withImage(async ({ open, requests }) => {
    const kept = new Map<string, Uint8Array>();
    const documents: KeptDocuments = {
      get: (digest) => kept.get(digest),
      put: (digest, bytes) => void kept.set(digest, bytes),
    };
    const first = await open(documents);
    assert.deepEqual(requests(), ['HEAD manifests', 'GET manifests', 'GET manifests', 'GET blobs']);
    assert.equal(kept.size, 3);
    const again = await open(documents);
    assert.deepEqual(requests().slice(4), ['HEAD manifests']);
    assert.deepEqual(again.config, first.config);
    assert.equal(again.digest, first.digest);
    for (const digest of kept.keys()) kept.set(digest, Buffer.from('{}'));
    const anew = await open(documents);
    assert.deepEqual(requests().slice(5), [
      'HEAD manifests',
      'GET manifests',
      'GET manifests',
      'GET blobs',
    ]);
    assert.deepEqual(anew.config, first.config);
  }));

test('a layer is fetched twice at most, however often it is read', () =>
  withImage(async ({ open, requests }) => {
    const { tmpdir } = await import('node:os');
    const target = await open(undefined, tmpdir());
    const [layer] = target.layers;
    const before = requests().length;
    for (let reading = 0; reading < 4; reading++) {
      const names: string[] = [];
      for await (const { node } of layer?.entries({ signal }) ?? []) names.push(node.path);
      assert.deepEqual(names, ['/a']);
    }
    assert.equal(requests().length - before, 2);
    await target.close();
  }));

test('a platform that there is not', () =>
  withImage(async ({ server }) => {
    const client = quickClient();
    const options = { signal, platform: { os: 'linux', architecture: 's390x' } };
    await assert.rejects(
      openRemoteImage(nameOrThrow(`${server.host}/a`), client, options),
      (error) => error instanceof PlimsollError && error.code === 'PL0104',
    );
    client.close();
  }));
