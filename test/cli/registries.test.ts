// Commands that reach registries, as processes, against docker-registry.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { makeLayout, writeLayout } from '../builders/oci-layout.ts';
import { makeTar } from '../builders/tar.ts';
import { type RealRegistry, startRegistry } from '../support/real-registry.ts';
import { type Ran, runPlimsoll } from './run-plimsoll.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
const home = join(folder, 'home');
const env = {
  HOME: home,
  XDG_RUNTIME_DIR: join(folder, 'run'),
  XDG_CONFIG_HOME: join(home, '.config'),
  PLIMSOLL_CACHE_DIR: join(folder, 'cache'),
  PLIMSOLL_ROOT: join(folder, 'store'),
};
let open: RealRegistry;
let closed: RealRegistry;
/** Path of the layer's blob in its layout, and in docker-registry's storage. */
let layerDigest = '';

const run = (args: readonly string[], input?: string): Promise<Ran> =>
  runPlimsoll(args, { env, cwd: folder, ...(input === undefined ? {} : { input }) });

before(async () => {
  mkdirSync(home);
  open = await startRegistry();
  closed = await startRegistry({ users: { eve: 'pass word' } });
  const layout = makeLayout();
  const tar = makeTar([
    {
      name: 'etc/os-release',
      body: 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian of a test"\n',
    },
    { name: 'bin/sh', body: readFileSync('/bin/sh'), mode: 0o755 },
  ]);
  const stored = gzipSync(tar);
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const platform = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' };
  const image = layout.image([{ stored, tar, mediaType }], platform, { Cmd: ['/bin/sh'] });
  layerDigest = layout.blob(stored, mediaType).digest;
  layout.index([image]);
  writeLayout(layout, join(folder, 'layout'));
  const ran = await run(['copy', 'oci:layout', `docker://${open.host}/team/app:1`]);
  assert.equal(ran.code, 0, ran.stderr);
});

after(async () => {
  await open.close();
  await closed.close();
  rmSync(folder, { recursive: true });
});

/** The report without the name of the target and the kind of place that it was in. */
function findings({ stdout }: Ran): unknown {
  const { hosts } = JSON.parse(stdout);
  return hosts;
}

test('check of an image in a registry says what check of its layout says', async () => {
  const asked = ['--host', 'rhel:7.9', '--format', 'json'];
  const near = await run(['check', 'oci:layout', '--no-cache', ...asked]);
  const far = await run(['check', `${open.host}/team/app:1`, ...asked]);
  const forced = await run(['check', `docker://${open.host}/team/app:1`, '--no-cache', ...asked]);
  assert.equal(far.code, near.code, far.stderr);
  assert.deepEqual(findings(far), findings(near));
  assert.deepEqual(findings(forced), findings(near));
  const { target } = JSON.parse(far.stdout);
  assert.equal(target.kind, 'registry');
  assert.equal(target.reference, `${open.host}/team/app:1`);
  assert.match(target.digest, /^sha256:/);
  assert.ok(!existsSync(env.PLIMSOLL_ROOT), 'checking keeps nothing in the store');
});

test('a layer whose facts are kept is not fetched again', async () => {
  const [, hex = ''] = layerDigest.split(':');
  const blob = join(open.folder, 'data/docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex);
  const kept = readFileSync(join(blob, 'data'));
  rmSync(join(blob, 'data'));
  try {
    const again = await run([
      'check',
      `${open.host}/team/app:1`,
      '--host',
      'debian:12',
      '--format',
      'json',
    ]);
    assert.equal(JSON.parse(again.stdout).target.os, 'Debian of a test', again.stderr);
    const anew = await run([
      'check',
      `${open.host}/team/app:1`,
      '--host',
      'debian:12',
      '--no-cache',
    ]);
    assert.equal(anew.code, 3, anew.stdout);
    assert.match(anew.stderr, /error\[PL060\d\]/);
  } finally {
    writeFileSync(join(blob, 'data'), kept);
  }
});

test('syscalls reads code of an image in a registry', async () => {
  const ran = await run([
    'syscalls',
    `${open.host}/team/app:1`,
    '--entrypoint',
    '/bin/sh',
    '--format',
    'json',
  ]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.ok(JSON.parse(ran.stdout).programs.length > 0);
});

test('what is nowhere: an image of a registry, a name, a file', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [`${open.host}/team/app:none`, /^error\[PL0603\]: .*team\/app:none is not there/],
    [`${open.host}/Team/app`, /^error\[PL0608\]: .*lower case[\s\S]*did you mean/],
    ['./nothing', /^error\[PL0101\]: there is no file or directory/],
    ['image.tar', /^error\[PL0101\]: there is no file or directory/],
    ['docker://https://x.example/y', /^error\[PL0608\]/],
    // A folder of this name does not hide the image's name, and is told of.
    ['layou:1', /layout/],
  ];
  for (const [target, says] of cases) {
    const conf = join(folder, 'searched.conf');
    // No test asks docker.io.
    writeFileSync(conf, `unqualified-search-registries = ["${open.host}"]\n`);
    const ran = await runPlimsoll(['check', target, '--host', 'debian:12'], {
      env: { ...env, CONTAINERS_REGISTRIES_CONF: conf },
      cwd: folder,
    });
    assert.equal(ran.code, 3, target);
    assert.match(ran.stderr, says, target);
  }
});

test('tags, manifest inspect, referrers, manifest delete', async () => {
  const second = await run(['copy', 'oci:layout', `docker://${open.host}/team/app:2`]);
  assert.equal(second.code, 0, second.stderr);
  const tags = await run(['tags', `${open.host}/team/app`]);
  assert.equal(tags.stdout, '1\n2\n', tags.stderr);
  const json = await run(['tags', `${open.host}/team/app:1`, '--format', 'json']);
  assert.deepEqual(JSON.parse(json.stdout), {
    schema: 'plimsoll.tags/1',
    name: `${open.host}/team/app`,
    tags: ['1', '2'],
  });
  const raw = await run(['manifest', 'inspect', '--raw', `${open.host}/team/app:1`]);
  const { manifests } = JSON.parse(readFileSync(join(folder, 'layout/index.json'), 'utf8'));
  const [, hex] = manifests[0].digest.split(':');
  assert.equal(raw.stdout, readFileSync(join(folder, 'layout/blobs/sha256', hex), 'utf8'));
  const shown = await run(['manifest', 'inspect', `${open.host}/team/app:1`]);
  assert.deepEqual(JSON.parse(shown.stdout), JSON.parse(raw.stdout));
  const none = await run(['referrers', `${open.host}/team/app:1`, '--format', 'json']);
  assert.deepEqual(JSON.parse(none.stdout).referrers, []);
  const vague = await run(['manifest', 'delete', `${open.host}/team/app`]);
  assert.equal(vague.code, 2);
  const gone = await run(['manifest', 'delete', `${open.host}/other/app:1`]);
  assert.equal(gone.code, 1);
  const deleted = await run(['manifest', 'delete', `${open.host}/team/app:2`]);
  assert.equal(deleted.stdout, `Deleted: ${open.host}/team/app@${manifests[0].digest}\n`);
  const after = await run(['tags', `${open.host}/team/app`]);
  assert.equal(after.stdout, '', after.stderr);
  const back = await run(['copy', 'oci:layout', `docker://${open.host}/team/app:1`]);
  assert.equal(back.code, 0, back.stderr);
});

test('login, --get-login, logout', async () => {
  const { host } = closed;
  const file = join(home, '.docker/config.json');
  const before = await run(['login', '--get-login', host]);
  assert.equal(before.code, 1);
  const nobody = await run(['login', host]);
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /standard input is no terminal/);
  const wrong = await run(['login', host, '-u', 'eve', '--password-stdin'], 'nonsense');
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /does not accept the password of eve/);
  assert.ok(!existsSync(file));
  const right = await run(['login', host, '-u', 'eve', '--password-stdin'], 'pass word\n');
  assert.equal(right.stdout, 'Login Succeeded!\n', right.stderr);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), {
    auths: { [host]: { auth: Buffer.from('eve:pass word').toString('base64') } },
  });
  assert.equal((await run(['login', '--get-login', host])).stdout, 'eve\n');
  const again = await run(['login', host]);
  assert.equal(again.stdout, `Already logged in to ${host} as eve\n`);
  const copied = await run(['copy', 'oci:layout', `docker://${host}/app:1`]);
  assert.equal(copied.code, 0, copied.stderr);
  // Others find the login where it was put.
  const listed = spawnSync('skopeo', ['list-tags', '--tls-verify=false', `docker://${host}/app`], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  assert.deepEqual(JSON.parse(listed.stdout).Tags, ['1'], listed.stderr);
  const out = await run(['logout', host]);
  assert.equal(out.stdout, `Removed login credentials for ${host}\n`);
  assert.equal((await run(['logout', host])).stdout, `Not logged into ${host}\n`);
  const refused = await run(['tags', `${host}/app`]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`plimsoll login ${host}`));
  const given = await run(['tags', `${host}/app`, '--creds', 'eve:pass word']);
  assert.equal(given.stdout, '1\n', given.stderr);
});

test('logins at the same time are all kept', async () => {
  const file = join(home, 'shared-auth.json');
  const ports = ['5001', '5002', '5003', '5004', '5005', '5006'];
  const { keepCredentials } = await import('../../src/registry/keep-credentials.ts');
  const { lockCredentials } = await import('../../src/cli/lock-credentials.ts');
  const { signal } = new AbortController();
  const options = { environment: {}, home, authFile: file, signal, lock: lockCredentials };
  const credentials = { username: 'eve', password: 'x' };
  const all = ports.map((port) => keepCredentials(`localhost:${port}`, credentials, options));
  const ran = run(
    ['login', closed.host, '-u', 'eve', '--password-stdin', '--authfile', file],
    'pass word',
  );
  await Promise.all(all);
  assert.equal((await ran).code, 0);
  const kept = Object.keys(JSON.parse(readFileSync(file, 'utf8')).auths);
  assert.deepEqual(kept.sort(), [closed.host, ...ports.map((port) => `localhost:${port}`)].sort());
  assert.ok(!existsSync(`${file}.lock`));
});
