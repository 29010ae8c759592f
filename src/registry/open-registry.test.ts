// The client against Debian's docker-registry: open, with passwords, with tokens, with TLS; and beside skopeo.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { makeLayout, sha256, writeLayout } from '../../test/builders/oci-layout.ts';
import { makeTar } from '../../test/builders/tar.ts';
import { selfSigned, signedBy } from '../../test/support/certificates.ts';
import { type RealRegistry, startRegistry } from '../../test/support/real-registry.ts';
import { quickClient, startScripted } from '../../test/support/scripted-registry.ts';
import { startTokenServer } from '../../test/support/token-server.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { indexLayers, mergeLayers } from '../image/merge.ts';
import { nameOrThrow } from './endpoints.ts';
import { openRemoteImage } from './open-remote-image.ts';
import type { BlobContent, Registry } from './registry.ts';

const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

function blobOf(bytes: Uint8Array, mediaType = 'application/octet-stream'): Descriptor {
  return { mediaType, digest: sha256(bytes) as Digest, size: bytes.length };
}

function contentOf(bytes: Uint8Array): BlobContent {
  return {
    size: bytes.length,
    async *chunks(from) {
      for (let at = from; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(await all(stream));
}

/** Fails with a code; gives the error. */
async function failure(work: Promise<unknown>, code: string): Promise<PlimsollError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PlimsollError, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

/** Pushes one small image and gives its descriptor. */
async function pushImage(client: Registry, where: string): Promise<Descriptor> {
  const name = nameOrThrow(where);
  const config = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":[]}}');
  const described = blobOf(config, 'application/vnd.oci.image.config.v1+json');
  await client.pushBlob(name, described, contentOf(config), { signal });
  const manifest = { schemaVersion: 2, mediaType: manifestType, config: described, layers: [] };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return client.pushManifest(
    name,
    name.tag ?? 'latest',
    { bytes, mediaType: manifestType },
    signal,
  );
}

async function withRegistry(
  options: Parameters<typeof startRegistry>[0],
  use: (registry: RealRegistry) => Promise<void>,
): Promise<void> {
  const registry = await startRegistry(options);
  try {
    await use(registry);
  } finally {
    await registry.close();
  }
}

test('blobs, manifests, tags, referrers and deletes', () =>
  withRegistry({}, async ({ host }) => {
    const client = quickClient();
    const name = nameOrThrow(`${host}/team/app:1`);
    const large = randomBytes(9_000_000);
    const blob = blobOf(large);
    const push = (to = name, more = {}): Promise<unknown> =>
      client.pushBlob(to, blob, contentOf(large), { signal, ...more });
    assert.equal(await client.blobExists(name, blob.digest, signal), false);
    assert.equal(await push(), 'pushed');
    assert.equal(await push(), 'exists');
    assert.equal(await push(nameOrThrow(`${host}/other`), { mountFrom: 'team/app' }), 'mounted');
    assert.ok((await bytesOf(client.fetchBlob(name, blob, { signal }))).equals(large));
    const rest = await bytesOf(client.fetchBlob(name, blob, { signal, from: 8_999_990 }));
    assert.ok(rest.equals(large.subarray(-10)));
    const pushed = await pushImage(client, `${host}/team/app:1`);
    assert.deepEqual(await client.resolve(name, signal), pushed);
    const { bytes } = await client.fetchManifest(name, pushed.digest, signal);
    assert.equal(sha256(bytes), pushed.digest);
    // docker-registry 2.8 has no API for referrers: the tag stands in for it.
    const signature = Buffer.from(
      JSON.stringify({
        ...{ schemaVersion: 2, mediaType: manifestType, artifactType: 'test/signature' },
        config: blobOf(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json'),
        layers: [],
        subject: pushed,
      }),
    );
    await client.pushBlob(name, blobOf(Buffer.from('{}')), contentOf(Buffer.from('{}')), {
      signal,
    });
    for (const tag of ['sig', 'sig-again']) {
      const content = { bytes: signature, mediaType: manifestType };
      await client.pushManifest(name, tag, content, signal);
    }
    const referrers = (artifactType?: string) =>
      client.referrers(name, pushed.digest, {
        signal,
        ...(artifactType === undefined ? {} : { artifactType }),
      });
    const listed = [{ ...blobOf(signature, manifestType), artifactType: 'test/signature' }];
    assert.deepEqual(await referrers(), listed);
    assert.deepEqual(await referrers('test/signature'), listed);
    assert.deepEqual(await referrers('test/other'), []);
    const tags = await all(client.tags(name, signal));
    assert.deepEqual(
      tags.toSorted(),
      [pushed.digest.replace(':', '-'), '1', 'sig', 'sig-again'].toSorted(),
    );
    const error = await failure(client.deleteManifest(name, '1', signal), 'PL0606');
    assert.match(error.diagnostic.help ?? '', /by its digest/);
    await client.deleteManifest(name, pushed.digest, signal);
    await failure(client.resolve(name, signal), 'PL0603');
    await failure(client.fetchManifest(name, 'none', signal), 'PL0603');
    await failure(
      bytesOf(client.fetchBlob(name, blobOf(Buffer.from('not there')), { signal })),
      'PL0603',
    );
    client.close();
  }));

test('what skopeo pushed is opened; layers that were kept are not fetched again', () =>
  withRegistry({}, async ({ host }) => {
    const layout = makeLayout();
    const tars = ['one', 'two'].map((text) => makeTar([{ name: `etc/${text}`, body: text }]));
    const image = (architecture: string) =>
      layout.image(
        tars.map((tar) => ({
          tar,
          stored: gzipSync(tar),
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        })),
        { os: 'linux', architecture },
      );
    const manifests = ['amd64', 'arm64'].map((architecture) => ({
      ...image(architecture),
      platform: { os: 'linux', architecture },
    }));
    const indexType = 'application/vnd.oci.image.index.v1+json';
    layout.index([layout.json({ schemaVersion: 2, mediaType: indexType, manifests }, indexType)]);
    writeLayout(layout, join(folder, 'layout'));
    const to = `${host}/a/b:multi`;
    execFileSync('skopeo', [
      ...['copy', '--all', '--dest-tls-verify=false', '--quiet'],
      ...[`oci:${join(folder, 'layout')}`, `docker://${to}`],
    ]);
    const client = quickClient();
    const target = await openRemoteImage(nameOrThrow(to), client, {
      signal,
      platform: { os: 'linux', architecture: 'arm64' },
    });
    assert.equal(target.kind, 'registry');
    assert.equal(target.config.platform.architecture, 'arm64');
    const { layers } = target;
    const inspect = async (entry: { read(): Promise<Uint8Array> }) =>
      Buffer.from(await entry.read()).toString();
    const tree = mergeLayers(await indexLayers(layers, { signal, inspect }), { layers, signal });
    assert.equal(tree.payload('/etc/one'), 'one');
    assert.equal(tree.payload('/etc/two'), 'two');
    await target.close();
    // What was kept is read again although the registry is gone.
    const kept = await openRemoteImage(nameOrThrow(to), client, { signal, keepIn: folder });
    await indexLayers(kept.layers, { signal, inspect });
    const again = mergeLayers(await indexLayers(kept.layers, { signal, inspect }), {
      layers: kept.layers,
      signal,
    });
    client.close();
    rmSync(join(folder, 'layout'), { recursive: true });
    assert.equal(Buffer.from((await again.read('/etc/one', 10)) ?? []).toString(), 'one');
    await kept.close();
  }));

test('passwords: of the options, of files, wrong, and none', () =>
  withRegistry({ users: { eve: 'pass:word' } }, async ({ host }) => {
    const home = join(folder, 'home');
    mkdirSync(join(home, '.docker'), { recursive: true });
    const auth = Buffer.from('eve:pass:word').toString('base64');
    writeFileSync(
      join(home, '.docker/config.json'),
      JSON.stringify({ auths: { [host]: { auth } } }),
    );
    const image = `${host}/x:1`;
    const given = quickClient({ credentials: { username: 'eve', password: 'pass:word' } });
    await pushImage(given, image);
    assert.deepEqual(await given.check(host, signal), { url: `http://${host}`, user: 'eve' });
    const filed = quickClient({ home });
    assert.equal((await filed.resolve(nameOrThrow(image), signal)).mediaType, manifestType);
    const nobody = quickClient();
    const anonymous = await failure(nobody.resolve(nameOrThrow(image), signal), 'PL0602');
    assert.match(anonymous.diagnostic.help ?? '', new RegExp(`plimsoll login ${host}`));
    const wrong = quickClient({ credentials: { username: 'eve', password: 'x' } });
    const refused = await failure(wrong.resolve(nameOrThrow(image), signal), 'PL0602');
    assert.match(refused.message, /eve may not read it/);
    for (const client of [given, filed, nobody, wrong]) client.close();
  }));

test('tokens: for nobody, for a user, by refresh token; scopes of mounts; 401 told from 404', async () => {
  const signer = selfSigned(folder, 'signer');
  const tokens = await startTokenServer({
    signer,
    service: 'test service',
    users: { eve: 'secret' },
    refreshTokens: { 'refresh-me': 'eve' },
    allows: (user, repository) =>
      user === 'eve' ? ['pull', 'push', 'delete'] : repository === 'public' ? ['pull'] : [],
  });
  const { realm, issuer } = tokens;
  try {
    await withRegistry(
      { token: { realm, issuer, service: 'test service', certificate: signer.certificate } },
      async ({ host }) => {
        const eve = quickClient({ credentials: { username: 'eve', password: 'secret' } });
        await pushImage(eve, `${host}/public:1`);
        await pushImage(eve, `${host}/private:1`);
        const bytes = randomBytes(1000);
        await eve.pushBlob(nameOrThrow(`${host}/private`), blobOf(bytes), contentOf(bytes), {
          signal,
        });
        const mounted = await eve.pushBlob(
          nameOrThrow(`${host}/public`),
          blobOf(bytes),
          contentOf(bytes),
          {
            signal,
            mountFrom: 'private',
          },
        );
        assert.equal(mounted, 'mounted');
        assert.ok(
          tokens.asked.includes('GET eve repository:private:pull repository:public:pull,push'),
          tokens.asked.join('\n'),
        );
        const nobody = quickClient();
        assert.equal(
          (await nobody.resolve(nameOrThrow(`${host}/public:1`), signal)).mediaType,
          manifestType,
        );
        // One token for all requests of a kind.
        const before = tokens.asked.length;
        await nobody.fetchManifest(nameOrThrow(`${host}/public:1`), '1', signal);
        assert.equal(tokens.asked.length, before);
        await failure(nobody.resolve(nameOrThrow(`${host}/public:none`), signal), 'PL0603');
        const hidden = await failure(
          nobody.resolve(nameOrThrow(`${host}/private:1`), signal),
          'PL0602',
        );
        assert.match(hidden.message, /is not there, or may not be read without logging in/);
        const denied = await failure(pushImage(nobody, `${host}/public:2`), 'PL0602');
        assert.match(denied.message, /lets nobody write without logging in/);
        // A login asks for nothing in particular.
        assert.deepEqual(await eve.check(host, signal), { url: `http://${host}`, user: 'eve' });
        const wrong = quickClient({ credentials: { username: 'eve', password: 'wrong' } });
        const noLogin = await failure(wrong.check(host, signal), 'PL0602');
        assert.match(noLogin.message, /does not accept the password of eve/);
        const refused = await failure(
          wrong.resolve(nameOrThrow(`${host}/public:1`), signal),
          'PL0602',
        );
        assert.match(refused.message, /does not accept the password of eve/);
        assert.match(refused.diagnostic.notes?.join() ?? '', /incorrect username or password/);
        const authFile = join(folder, 'identity.json');
        const entry = { auth: Buffer.from('eve:').toString('base64'), identitytoken: 'refresh-me' };
        writeFileSync(authFile, JSON.stringify({ auths: { [host]: entry } }));
        const refreshed = quickClient({ authFile });
        await refreshed.resolve(nameOrThrow(`${host}/private:1`), signal);
        assert.ok(
          tokens.asked.includes('POST eve repository:private:pull'),
          tokens.asked.join('\n'),
        );
        for (const client of [eve, nobody, wrong, refreshed]) client.close();
      },
    );
  } finally {
    await tokens.close();
  }
});

test('TLS: certificates must be good unless something says otherwise', async () => {
  const authority = selfSigned(folder, 'authority');
  const server = signedBy(authority, folder, 'server');
  const { certificate, key } = server;
  await withRegistry({ tls: { certificate, key } }, async ({ host }) => {
    const name = nameOrThrow(`${host}/x:1`);
    const etc = join(folder, 'etc');
    mkdirSync(join(etc, 'containers/certs.d', host), { recursive: true });
    writeFileSync(join(etc, 'containers/certs.d', host, 'ca.crt'), authority.cert);
    const daemon = join(folder, 'docker-etc');
    mkdirSync(join(daemon, 'docker'), { recursive: true });
    writeFileSync(
      join(daemon, 'docker/daemon.json'),
      JSON.stringify({ 'insecure-registries': ['127.0.0.0/8'] }),
    );
    const conf = join(folder, 'insecure.conf');
    writeFileSync(conf, `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
    const ca = authority.certificate;
    const good = [
      { etc },
      { certDirectory: join(etc, 'containers/certs.d', host) },
      { environment: { PLIMSOLL_EXTRA_CA_CERTS: ca } },
      { environment: { NODE_EXTRA_CA_CERTS: ca } },
      { environment: { SSL_CERT_FILE: ca } },
      { tlsVerify: false },
      { etc: daemon },
      { environment: { CONTAINERS_REGISTRIES_CONF: conf } },
    ];
    for (const options of good) {
      const client = quickClient(options);
      assert.deepEqual(
        await client.check(host, signal),
        { url: `https://${host}` },
        JSON.stringify(options),
      );
      client.close();
    }
    for (const options of [{}, { etc: daemon, tlsVerify: true }]) {
      const client = quickClient(options);
      const error = await failure(client.resolve(name, signal), 'PL0601');
      assert.match(error.message, /signed by an authority that is not trusted/);
      assert.match(error.diagnostic.help ?? '', /certs\.d/);
      client.close();
    }
  });
});

test('a registry that wants a certificate gets the one of certs.d', async () => {
  const authority = selfSigned(folder, 'both');
  const server = signedBy(authority, folder, 'both-server');
  const client = signedBy(authority, folder, 'both-client');
  const tls = { cert: server.cert, key: server.keyText, ca: authority.cert, requestCert: true };
  const users: string[] = [];
  const registry = await startScripted(
    ({ socket }, response) => {
      const peer = socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined;
      users.push(String(peer?.subject?.CN));
      response.end('{}');
    },
    { tls: { ...tls, rejectUnauthorized: true }, pings: true },
  );
  const etc = join(folder, 'etc-both');
  const certs = join(etc, 'docker/certs.d', registry.host);
  mkdirSync(certs, { recursive: true });
  writeFileSync(join(certs, 'ca.crt'), authority.cert);
  const without = quickClient({ etc });
  await failure(without.check(registry.host, signal), 'PL0601');
  writeFileSync(join(certs, 'client.cert'), client.cert);
  const keyless = quickClient({ etc });
  const error = await failure(keyless.check(registry.host, signal), 'PL0607');
  assert.match(error.message, /has no key beside it/);
  writeFileSync(join(certs, 'client.key'), client.keyText);
  const both = quickClient({ etc });
  assert.deepEqual(await both.check(registry.host, signal), { url: registry.origin });
  assert.deepEqual(new Set(users), new Set(['both-client']));
  for (const one of [without, keyless, both]) one.close();
  await registry.close();
});

test('without TLS: only this machine, and what is configured', () =>
  withRegistry({}, async ({ host }) => {
    const [, port] = host.split(':');
    // The name leads to the same registry, but is no loopback name that docker lets do without.
    const strict = quickClient({ tlsVerify: true });
    const error = await failure(strict.check(host, signal), 'PL0601');
    assert.match(error.message, /does not speak TLS/);
    assert.match(error.diagnostic.help ?? '', /insecure = true/);
    const local = quickClient();
    assert.equal((await local.check(`localhost:${port}`, signal)).url, `http://localhost:${port}`);
    strict.close();
    local.close();
  }));
