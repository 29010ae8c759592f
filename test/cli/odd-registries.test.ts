// pull from registries that are odd and honest: what a client may not rely on, since somebody's proxy does otherwise.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type BlobRef, type Layout, makeLayout } from '../builders/oci-layout.ts';
import { scratchFolder } from '../builders/stored-image.ts';
import { makeTar } from '../builders/tar.ts';
import { type Script, startScripted } from '../support/scripted-registry.ts';
import { type Ran, runPlimsoll } from './run-plimsoll.ts';

const oci = 'application/vnd.oci.image';
const tar = makeTar([{ name: 'etc/' }, { name: 'etc/x', body: 'y'.repeat(300_000) }]);
const layer = { tar, stored: gzipSync(tar), mediaType: `${oci}.layer.v1.tar+gzip` };

interface Served {
  readonly layout: Layout;
  readonly top: BlobRef;
}

function plainImage(): Served {
  const layout = makeLayout();
  return { layout, top: layout.image([layer]) };
}

/** Sends one document or blob in its own way. */
type Send = (
  response: ServerResponse,
  bytes: Buffer,
  what: {
    readonly kind: 'manifests' | 'blobs';
    readonly mediaType: string;
    readonly digest: string;
  },
) => void;

function scriptOf({ layout, top }: Served, send: Send): Script {
  return ({ method, url }, response) => {
    const [, kind, reference = ''] = /\/(manifests|blobs)\/([^/?]+)/.exec(url) ?? [];
    const digest = reference.startsWith('sha256:') ? reference : top.digest;
    const bytes = layout.files.get(`blobs/sha256/${digest.slice(7)}`);
    if (bytes === undefined || (kind !== 'manifests' && kind !== 'blobs')) {
      response.writeHead(404).end();
      return;
    }
    const mediaType =
      kind === 'blobs'
        ? 'application/octet-stream'
        : (JSON.parse(bytes.toString()).mediaType ?? `${oci}.manifest.v1+json`);
    // Some have no HEAD at all.
    if (method === 'HEAD') response.writeHead(405).end();
    else send(response, bytes, { kind, mediaType, digest });
  };
}

async function pullFrom(
  context: TestContext,
  served: Served,
  send: Send,
): Promise<{ readonly ran: Ran; readonly name: string; run(line: string): Promise<Ran> }> {
  const root = scratchFolder(context);
  const registry = await startScripted(scriptOf(served, send));
  context.after(() => registry.close());
  const name = `${registry.host}/team/odd:1`;
  const env = {
    PLIMSOLL_ROOT: join(root, 'store'),
    PLIMSOLL_CACHE_DIR: join(root, 'cache'),
    HOME: root,
  };
  const run = (line: string): Promise<Ran> => runPlimsoll(line.split(' '), { cwd: root, env });
  return { ran: await run(`pull ${name}`), name, run };
}

const typed: Send = (response, bytes, { mediaType }) => {
  response.writeHead(200, { 'content-type': mediaType, 'content-length': bytes.length });
  response.end(bytes);
};

const ways: readonly (readonly [title: string, send: Send])[] = [
  [
    'no length, in chunks',
    (response, bytes, { mediaType }) => {
      response.writeHead(200, { 'content-type': mediaType });
      for (let at = 0; at < bytes.length; at += 1000) response.write(bytes.subarray(at, at + 1000));
      response.end();
    },
  ],
  [
    'no length, until the connection closes',
    (response, bytes, { mediaType }) => {
      const head = `HTTP/1.0 200 OK\r\ncontent-type: ${mediaType}\r\n\r\n`;
      response.socket?.end(Buffer.concat([Buffer.from(head), bytes]));
    },
  ],
  [
    'one byte, then the rest',
    (response, bytes, { mediaType }) => {
      response.writeHead(200, { 'content-type': mediaType, 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1));
      setTimeout(() => response.end(bytes.subarray(1)), 20);
    },
  ],
  [
    'manifests as text',
    (response, bytes) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(bytes);
    },
  ],
  ['manifests without a type', (response, bytes) => void response.end(bytes)],
];

for (const [title, send] of ways) {
  test(`a registry that sends ${title}`, async (context) => {
    const { ran, name, run } = await pullFrom(context, plainImage(), send);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /Status: Downloaded newer image/);
    const checked = await run('store check');
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
    const remote = await run(`inspect --format {{.Architecture}} docker://${name}`);
    assert.equal(remote.stdout, 'amd64\n', remote.stderr);
  });
}

test('an index in an index leads to the image for the platform', async (context) => {
  const layout = makeLayout();
  const made = (architecture: string): BlobRef => ({
    ...layout.image([layer], { os: 'linux', architecture }),
    platform: { os: 'linux', architecture },
  });
  const index = (manifests: readonly BlobRef[]): BlobRef =>
    layout.json(
      { schemaVersion: 2, mediaType: `${oci}.index.v1+json`, manifests },
      `${oci}.index.v1+json`,
    );
  const inner = index([made('arm64'), made('amd64')]);
  const top = index([made('s390x'), inner]);
  const { ran, name, run } = await pullFrom(context, { layout, top }, typed);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stdout, new RegExp(`^Digest: ${top.digest}$`, 'm'));
  const shown = await run(`image inspect --format {{.Architecture}} ${name}`);
  assert.equal(shown.stdout.trim(), process.arch === 'arm64' ? 'arm64' : 'amd64');
  const checked = await run('store check');
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  const saved = await run(`save -o saved.tar ${name}`);
  assert.equal(saved.code, 0, saved.stderr);
  assert.equal((await run(`rmi ${name}`)).code, 0);
  assert.match((await run('load -i saved.tar')).stdout, /Loaded image: /);
});

test('indexes that lead to one another end', async (context) => {
  const layout = makeLayout();
  let top = layout.json(
    { schemaVersion: 2, mediaType: `${oci}.index.v1+json`, manifests: [] },
    `${oci}.index.v1+json`,
  );
  for (let depth = 0; depth < 60; depth++)
    top = layout.json(
      { schemaVersion: 2, mediaType: `${oci}.index.v1+json`, manifests: [top, top] },
      `${oci}.index.v1+json`,
    );
  const { ran } = await pullFrom(context, { layout, top }, typed);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /^error\[PL0(104|107|108)\]/);
});
