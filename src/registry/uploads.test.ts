import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../../test/builders/oci-layout.ts';
import { quickClient, type Script, startScripted } from '../../test/support/scripted-registry.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { nameOrThrow } from './endpoints.ts';
import type { PushBlobOptions } from './registry.ts';

const { signal } = new AbortController();
/** Above what one PUT carries. */
const large = randomBytes(6_000_000);
const small = randomBytes(1000);

function blobOf(bytes: Buffer): Descriptor {
  return {
    mediaType: 'application/octet-stream',
    digest: sha256(bytes) as Digest,
    size: bytes.length,
  };
}

/** A registry that takes uploads as the specification has it, with faults by the number of the PATCH. */
interface Faults {
  /** The connection breaks when this many bytes of a PATCH came: by its number. */
  readonly breaks?: Readonly<Record<number, number>>;
  /** Answers of a PATCH by its number. */
  readonly answers?: Readonly<Record<number, number>>;
  /** Bytes above which a PATCH or PUT is refused with 413. */
  readonly most?: number;
  readonly least?: number;
  /** Whether mounts are done. */
  readonly mounts?: boolean;
  /** The upload is forgotten after this PATCH. */
  readonly forgets?: number;
  /** The PUT's answer is lost, though it was carried out. */
  readonly losesPut?: boolean;
}

interface Pushed {
  readonly outcome: string | PlimsollError;
  /** Content by digest. */
  readonly kept: ReadonlyMap<string, Buffer>;
  readonly log: readonly string[];
}

async function pushed(
  bytes: Buffer,
  faults: Faults,
  options: Partial<PushBlobOptions> = {},
): Promise<Pushed> {
  const kept = new Map<string, Buffer>();
  const fresh = (id: number) => ({ id, parts: [] as Buffer[], bytes: 0 });
  let upload = fresh(0);
  const take = (part: Buffer): void => {
    upload.parts.push(part);
    upload.bytes += part.length;
  };
  const log: string[] = [];
  let patches = 0;
  const script: Script = async (request, response) => {
    const url = new URL(request.url, 'http://x');
    const { method, headers } = request;
    log.push(
      [
        method,
        url.pathname.replace(/^\/v2\/a\/blobs\//, '').replace(/sha256:.*/, 'blob'),
        headers['content-range'] ?? '',
      ]
        .join(' ')
        .trim(),
    );
    const location = `/v2/a/blobs/uploads/${upload.id}?state=${upload.bytes}`;
    if (method === 'HEAD') {
      response.writeHead(kept.has(url.pathname.split('/').at(-1) ?? '') ? 200 : 404).end();
    } else if (method === 'POST') {
      if (faults.mounts === true && url.searchParams.has('mount')) {
        response.writeHead(201).end();
        return;
      }
      upload = fresh(upload.id + 1);
      const least =
        faults.least === undefined ? {} : { 'oci-chunk-min-length': String(faults.least) };
      response
        .writeHead(202, { location: `/v2/a/blobs/uploads/${upload.id}`, range: '0-0', ...least })
        .end();
    } else if (method === 'PATCH') {
      const number = ++patches;
      const breakAt = faults.breaks?.[number];
      if (faults.most !== undefined && Number(headers['content-length']) > faults.most) {
        request.resume();
        response.writeHead(413).end();
        return;
      }
      let came = 0;
      const start = Number(/^(\d+)-/.exec(headers['content-range'] ?? '0-')?.[1]);
      if (start !== upload.bytes) {
        request.resume();
        response.writeHead(416, { range: `0-${upload.bytes - 1}` }).end();
        return;
      }
      for await (const chunk of request) {
        const part = breakAt === undefined ? chunk : chunk.subarray(0, breakAt - came);
        take(part);
        came += part.length;
        if (breakAt !== undefined && came >= breakAt) {
          request.socket.destroy();
          return;
        }
      }
      if (faults.forgets === number) upload = fresh(upload.id + 100);
      const status = faults.answers?.[number] ?? 202;
      response
        .writeHead(status, {
          location: `/v2/a/blobs/uploads/${upload.id}?state=${upload.bytes}`,
          range: `0-${upload.bytes - 1}`,
        })
        .end();
    } else if (method === 'GET') {
      if (!url.pathname.endsWith(`/${upload.id}`))
        response.writeHead(404).end('{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}');
      else response.writeHead(204, { location, range: `0-${Math.max(0, upload.bytes - 1)}` }).end();
    } else if (method === 'PUT') {
      for await (const chunk of request) take(chunk);
      const data = Buffer.concat(upload.parts);
      const digest = url.searchParams.get('digest') ?? '';
      if (sha256(data) !== digest) {
        response
          .writeHead(400)
          .end('{"errors":[{"code":"DIGEST_INVALID","message":"digest did not match"}]}');
        return;
      }
      kept.set(digest, data);
      if (faults.losesPut === true) request.socket.destroy();
      else response.writeHead(201).end();
    }
  };
  const server = await startScripted(script);
  const client = quickClient();
  const content = {
    size: bytes.length,
    async *chunks(from: number) {
      for (let at = from; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
    },
  };
  try {
    const name = nameOrThrow(`${server.host}/a`);
    const outcome = await client
      .pushBlob(name, blobOf(bytes), content, { signal, ...options })
      .catch((error: unknown) => {
        assert.ok(error instanceof PlimsollError, String(error));
        return error;
      });
    return { outcome, kept, log };
  } finally {
    client.close();
    await server.close();
  }
}

test('uploads: whole, streamed, mounted, and taken up again where they broke', async () => {
  const cases: readonly (readonly [
    string,
    Buffer,
    Faults,
    Partial<PushBlobOptions>,
    string,
    RegExp?,
  ])[] = [
    [
      'a small one with one PUT',
      small,
      {},
      {},
      'pushed',
      /^HEAD blob\nPOST uploads\/\nPUT uploads\/1$/,
    ],
    [
      'a large one in one PATCH',
      large,
      {},
      {},
      'pushed',
      /^HEAD blob\nPOST uploads\/\nPATCH uploads\/1\nPUT uploads\/1$/,
    ],
    [
      'mounted',
      large,
      { mounts: true },
      { mountFrom: 'b' },
      'mounted',
      /^HEAD blob\nPOST uploads\/$/,
    ],
    ['a mount that is refused becomes an upload', small, {}, { mountFrom: 'b' }, 'pushed'],
    [
      'it breaks once',
      large,
      { breaks: { 1: 2_000_000 } },
      {},
      'pushed',
      /GET uploads\/1\nPATCH uploads\/1 2000000-5999999\nPUT/,
    ],
    [
      'it breaks three times',
      large,
      { breaks: { 1: 1_000_000, 2: 500_000, 3: 1 } },
      {},
      'pushed',
      /PATCH uploads\/1 1500001-5999999/,
    ],
    ['a failure in between', large, { answers: { 1: 503 } }, {}, 'pushed'],
    ['pieces for who takes no large ones', large, { most: 3_000_000 }, {}, 'error'],
    ['the upload is forgotten', large, { breaks: { 1: 2_000_000 }, forgets: 2 }, {}, 'pushed'],
    [
      'the last answer is lost',
      small,
      { losesPut: true },
      {},
      'pushed',
      /PUT uploads\/1\nHEAD blob$/,
    ],
  ];
  for (const [title, bytes, faults, options, expected, log] of cases) {
    const found = await pushed(bytes, faults, options);
    const said = found.outcome instanceof PlimsollError ? found.outcome.message : found.outcome;
    const seen = `${title}: ${said}\n${found.log.join('\n')}`;
    assert.equal(found.outcome instanceof PlimsollError ? 'error' : found.outcome, expected, seen);
    if (expected === 'pushed') assert.ok(found.kept.get(blobOf(bytes).digest)?.equals(bytes), seen);
    if (log !== undefined) assert.match(found.log.join('\n'), log, seen);
  }
});

test('413 makes pieces, not below what the registry wants', async () => {
  const bytes = randomBytes(20_000_000);
  const eight = await pushed(bytes, { most: 9_000_000 });
  assert.equal(eight.outcome, 'pushed', eight.log.join('\n'));
  assert.ok(eight.kept.get(blobOf(bytes).digest)?.equals(bytes));
  const pieces = eight.log
    .filter((line) => line.startsWith('PATCH'))
    .map((line) => line.split(' ').at(-1));
  assert.deepEqual(pieces.slice(1), ['0-8388607', '8388608-16777215', '16777216-19999999']);
  const least = await pushed(bytes, { most: 11_000_000, least: 10_000_000 });
  assert.equal(least.outcome, 'pushed', least.log.join('\n'));
  const larger = least.log
    .filter((line) => line.startsWith('PATCH'))
    .map((line) => line.split(' ').at(-1));
  assert.deepEqual(larger.slice(1), ['0-9999999', '10000000-19999999']);
});

test('places that are none, and ends that never come', async () => {
  const push = async (script: Script): Promise<unknown> => {
    const server = await startScripted(script);
    const client = quickClient();
    try {
      const content = {
        size: small.length,
        chunks: async function* () {
          yield small;
        },
      };
      return await client
        .pushBlob(nameOrThrow(`${server.host}/a`), blobOf(small), content, { signal })
        .catch((error: unknown) => error);
    } finally {
      client.close();
      await server.close();
    }
  };
  const startsWith =
    (location: string | undefined): Script =>
    ({ method }, response) => {
      if (method === 'POST')
        response.writeHead(202, location === undefined ? {} : { location }).end();
      else response.writeHead(404).end();
    };
  for (const location of [undefined, 'http://[', 'file:///etc/passwd']) {
    const error = await push(startsWith(location));
    assert.ok(error instanceof PlimsollError && error.code === 'PL0605', String(location));
  }
  // Nobody takes what is sent.
  const stuck = await push((request, response) => {
    if (request.method === 'POST')
      response.writeHead(202, { location: '/v2/a/blobs/uploads/1' }).end();
    else if (request.method === 'HEAD') response.writeHead(404).end();
  });
  assert.ok(stuck instanceof PlimsollError && stuck.code === 'PL0601', String(stuck));
  const denied = await push(({ method }, response) => {
    if (method === 'HEAD') response.writeHead(404).end();
    else
      response
        .writeHead(403)
        .end(
          '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}',
        );
  });
  assert.ok(denied instanceof PlimsollError && denied.code === 'PL0602', String(denied));
});
