// import as users type it: from addresses of the web, and from archives in every compression.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { sha256 } from '../builders/oci-layout.ts';
import { scratchFolder } from '../builders/stored-image.ts';
import { makeTar } from '../builders/tar.ts';
import { selfSigned, signedBy } from '../support/certificates.ts';
import { type Ran, runPlimsoll } from './run-plimsoll.ts';

before(() => execFileSync(join(import.meta.dirname, '../../scripts/test-tools.sh')));

const tar = makeTar([
  { name: 'etc/' },
  { name: 'etc/os-release', body: 'ID=test\n' },
  { name: 'usr/bin/hello', body: randomBytes(20_000), mode: 0o755 },
]);
const by = (program: string): Buffer => execFileSync(program, ['-c'], { input: tar });

interface World {
  readonly root: string;
  run(line: string, input?: Uint8Array): Promise<Ran>;
  /** The one layer of an image: its media type's end, digest, and diffID. */
  layerOf(name: string): Promise<readonly [suffix: string, digest: string, diffId: string]>;
}

function worldOf(context: TestContext): World {
  const root = scratchFolder(context);
  const run = (line: string, input?: Uint8Array): Promise<Ran> =>
    runPlimsoll(line.split(' '), {
      cwd: root,
      env: { PLIMSOLL_ROOT: join(root, 'store'), HOME: root },
      ...(input === undefined ? {} : { input }),
    });
  return {
    root,
    run,
    async layerOf(name) {
      const saved = await run(`copy ${name} oci:${join(root, 'out')}:1`);
      assert.equal(saved.code, 0, saved.stderr);
      const blob = (digest: string) =>
        JSON.parse(readFileSync(join(root, 'out/blobs/sha256', digest.slice(7)), 'utf8'));
      const index = JSON.parse(readFileSync(join(root, 'out/index.json'), 'utf8'));
      const manifest = blob(index.manifests[0].digest);
      const [layer] = manifest.layers;
      const [diffId] = blob(manifest.config.digest).rootfs.diff_ids;
      return [layer.mediaType.replace(/^.*layer\.v1\./, ''), layer.digest, diffId];
    },
  };
}

/** Serves on loopback until the test ends; its host with port. */
function serve(context: TestContext, server: Server): Promise<string> {
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      done(`127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
    });
  });
}

test('gzip and zstd stay as they come, xz and bzip2 become a plain layer', async (context) => {
  const { run, layerOf } = worldOf(context);
  const diffId = sha256(tar);
  const cases: readonly (readonly [string, Buffer, string])[] = [
    ['plain', tar, 'tar'],
    ['gzip', gzipSync(tar), 'tar+gzip'],
    ['zstd', zstdCompressSync(tar), 'tar+zstd'],
    ['xz', by('xz'), 'tar'],
    ['bzip2', by('bzip2'), 'tar'],
  ];
  for (const [name, bytes, suffix] of cases) {
    const ran = await run(`import - ${name}:1`, bytes);
    assert.match(ran.stdout, /^sha256:[0-9a-f]{64}\n$/, `${name}: ${ran.stderr}`);
    const digest = suffix === 'tar' ? diffId : sha256(bytes);
    assert.deepEqual(await layerOf(`${name}:1`), [suffix, digest, diffId], name);
  }
  const cut = await run('import - cut:1', by('xz').subarray(0, 500));
  assert.equal(cut.code, 1);
  assert.match(cut.stderr, /PL0203.*xz/s);
  assert.equal((await run('images -q cut')).stdout, '');
});

test('an archive comes from an address: redirected, compressed, with a password, broken off', async (context) => {
  const { run, layerOf } = worldOf(context);
  const archive = by('xz');
  const asked: string[] = [];
  const answer: RequestListener = ({ url = '', headers }, response) => {
    asked.push(`${url} ${headers.authorization ?? ''}`);
    if (url.startsWith('/moved')) response.writeHead(302, { location: '/root.tar.xz' }).end();
    else if (url.startsWith('/root.tar.xz')) response.end(archive);
    else if (url === '/short') {
      response.writeHead(200, { 'content-length': String(archive.length) });
      response.write(archive.subarray(0, 600));
      setTimeout(() => response.destroy(), 50);
    } else if (url === '/private' && headers.authorization === undefined)
      response.writeHead(401).end();
    else if (url === '/private') response.end(archive);
    else response.writeHead(404).end('nothing');
  };
  const host = await serve(context, createServer(answer));
  const good = await run(`import http://${host}/moved?signature=secret web:1`);
  assert.equal(good.code, 0, good.stderr);
  assert.deepEqual(await layerOf('web:1'), ['tar', sha256(tar), sha256(tar)]);
  const told = await run('history --format {{.Comment}} web:1');
  assert.equal(told.stdout, `Imported from http://${host}/moved\n`);
  const withPassword = await run(`import http://me:p%40ss@${host}/private web:2`);
  assert.equal(withPassword.code, 0, withPassword.stderr);
  assert.equal(asked.at(-1), `/private Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  const cases: readonly (readonly [string, RegExp])[] = [
    [`http://${host}/private`, /PL0103.*it answers 401/s],
    [`http://${host}/none`, /PL0101.*there is nothing at/s],
    [`http://${host}/short`, /PL0103.*could not be fetched/s],
    ['http://127.0.0.1:1/x', /PL0103.*nobody listens there/s],
  ];
  for (const [address, says] of cases) {
    const ran = await run(`import ${address} bad:1`);
    assert.equal(ran.code, 1, address);
    assert.match(ran.stderr, says);
    assert.doesNotMatch(ran.stderr, /p%40ss|p@ss/);
  }
  assert.equal((await run('images -q bad')).stdout, '');
});

test('certificates of addresses are held to the same rules as those of registries', async (context) => {
  const { root, run } = worldOf(context);
  const authority = selfSigned(root, 'authority');
  const { cert, keyText } = signedBy(authority, root, 'server');
  const archive = gzipSync(tar);
  const server = createTlsServer({ cert, key: keyText }, (_, response) => response.end(archive));
  const host = await serve(context, server);
  const untrusted = await run(`import https://${host}/root.tar.gz tls:1`);
  assert.match(untrusted.stderr, /PL0103.*authority that is not trusted/s);
  const allowed = await run(`import --tls-verify=false https://${host}/root.tar.gz tls:1`);
  assert.equal(allowed.code, 0, allowed.stderr);
  writeFileSync(join(root, 'ca.pem'), authority.cert);
  const trusting = await runPlimsoll(['import', `https://${host}/root.tar.gz`, 'tls:2'], {
    cwd: root,
    env: {
      PLIMSOLL_ROOT: join(root, 'store'),
      HOME: root,
      PLIMSOLL_EXTRA_CA_CERTS: join(root, 'ca.pem'),
    },
  });
  assert.equal(trusting.code, 0, trusting.stderr);
});
