import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { credentialKey, encodeAuth, parseCredentialFile } from './credential-file.ts';
import { findCredentials } from './credentials.ts';
import { forgetCredentials, keepCredentials } from './keep-credentials.ts';

const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const home = join(folder, 'home');
const runtime = join(folder, 'run');
const bin = join(folder, 'bin');
const docker = join(home, '.docker/config.json');
const podman = join(runtime, 'containers/auth.json');
const environment = { XDG_RUNTIME_DIR: runtime, PATH: `${bin}:/usr/bin:/bin` };
const surroundings = { environment, home, signal };

beforeEach(() => {
  for (const path of [home, runtime, bin]) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  }
});

function write(path: string, value: unknown): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const entry = (user: string) => ({ auth: encodeAuth(user, 'secret') });

/** A helper that keeps each secret in a file, as the real ones keep them in a key ring. */
function installHelper(name: string): string {
  const kept = join(folder, `kept-${name}`);
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept);
  const path = join(bin, `docker-credential-${name}`);
  writeFileSync(
    path,
    `#!/usr/bin/env python3
import sys, json, os, urllib.parse
kept = ${JSON.stringify(kept)}
file = lambda server: os.path.join(kept, urllib.parse.quote(server, safe=''))
given = sys.stdin.read().strip()
action = sys.argv[1]
if action == 'get':
    if not os.path.exists(file(given)):
        print('credentials not found in native keychain')
        sys.exit(1)
    print(open(file(given)).read())
elif action == 'store':
    open(file(json.loads(given)['ServerURL']), 'w').write(given)
elif action == 'erase':
    os.remove(file(given))
elif action == 'list':
    print(json.dumps({s['ServerURL']: s['Username'] for s in (json.load(open(os.path.join(kept, f))) for f in os.listdir(kept))}))
`,
  );
  chmodSync(path, 0o755);
  return kept;
}

async function userOf(domain: string, path = ''): Promise<string | undefined> {
  const { credentials } = await findCredentials(domain, path, surroundings, signal);
  return credentials?.identityToken ?? credentials?.username;
}

test('keys are told apart as docker and podman write them', () => {
  const cases: Readonly<Record<string, string>> = {
    'https://index.docker.io/v1/': 'docker.io',
    'index.docker.io': 'docker.io',
    'registry-1.docker.io': 'docker.io',
    'docker.io': 'docker.io',
    'https://ghcr.io': 'ghcr.io',
    'http://localhost:5000/v2/': 'localhost:5000',
    'quay.io/team/app': 'quay.io/team/app',
    'docker.io/library': 'docker.io/library',
  };
  for (const [key, expected] of Object.entries(cases))
    assert.equal(credentialKey(key), expected, key);
});

test('entries in all of their forms, and damaged ones beside good ones', () => {
  const file = {
    auths: {
      a: { auth: Buffer.from('user:pa:ss\0\0').toString('base64') },
      b: { username: 'user', password: 'x' },
      c: { auth: encodeAuth('<token>', ''), identitytoken: 'refresh' },
      d: { registrytoken: 'bearer' },
      e: {},
      f: { auth: '%%%' },
      g: 7,
    },
    credHelpers: { h: 'pass', i: 8 },
    credsStore: 'desktop',
  };
  const { value, problems } = parseCredentialFile(Buffer.from(JSON.stringify(file)), 'config.json');
  assert.deepEqual(Object.fromEntries(value.entries), {
    a: { username: 'user', password: 'pa:ss' },
    b: { username: 'user', password: 'x' },
    c: { username: '<token>', identityToken: 'refresh' },
    d: { registryToken: 'bearer' },
  });
  assert.deepEqual([...value.helpers], [['h', 'pass']]);
  assert.equal(value.store, 'desktop');
  assert.match(problems.map(({ message }) => message).join(), /^auths: the entry of f /);
  assert.equal(problems.length, 1);
  for (const text of ['', '{', '[]', 'null', '{"auths":[]}']) {
    const parsed = parseCredentialFile(Buffer.from(text), 'config.json');
    assert.equal(parsed.value.entries.size, 0, text);
  }
});

test('the most specific entry counts, and files in their order', async () => {
  write(podman, { auths: { 'quay.io/team/app': entry('app'), 'quay.io/team': entry('team') } });
  write(docker, {
    auths: { 'quay.io': entry('quay'), 'https://index.docker.io/v1/': entry('hub') },
  });
  const config = join(home, '.config/containers/auth.json');
  write(config, { auths: { 'quay.io': entry('config'), ghcr: entry('x') } });
  assert.equal(await userOf('quay.io', 'team/app'), 'app');
  assert.equal(await userOf('quay.io', 'team/app/deep'), 'app');
  assert.equal(await userOf('quay.io', 'team/application'), 'team');
  assert.equal(await userOf('quay.io', 'other'), 'config');
  assert.equal(await userOf('docker.io', 'library/redis'), 'hub');
  assert.equal(await userOf('ghcr.io', 'a'), undefined);
  const file = join(folder, 'own.json');
  write(file, { auths: { 'quay.io': entry('own') } });
  const named = { ...environment, REGISTRY_AUTH_FILE: file };
  const { credentials } = await findCredentials(
    'quay.io',
    'team',
    { environment: named, home },
    signal,
  );
  assert.equal(credentials?.username, 'own');
  const moved = { ...environment, DOCKER_CONFIG: join(home, 'elsewhere') };
  write(join(home, 'elsewhere/config.json'), { auths: { 'x.example': entry('moved') } });
  const inline = {
    ...environment,
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { ghcr: entry('ci') } }),
  };
  const given = await findCredentials('ghcr', 'a', { environment: inline, home }, signal);
  assert.equal(given.credentials?.username, 'ci');
  const there = await findCredentials('x.example', '', { environment: moved, home }, signal);
  assert.equal(there.credentials?.username, 'moved');
});

test('helpers: for one host, for all, with a token, and one that is not there', async () => {
  installHelper('test');
  write(docker, { credsStore: 'test', auths: { 'x.example': {} } });
  await keepCredentials('x.example', { username: 'eve', password: 's' }, surroundings);
  await keepCredentials('docker.io', { identityToken: 'refresh' }, surroundings);
  assert.equal(await userOf('x.example'), 'eve');
  assert.equal(await userOf('docker.io', 'library/redis'), 'refresh');
  assert.equal(await userOf('y.example'), undefined);
  // Nothing secret is in the file.
  assert.deepEqual(read(docker), {
    credsStore: 'test',
    auths: { 'x.example': {}, 'https://index.docker.io/v1/': {} },
  });
  assert.deepEqual(await forgetCredentials('x.example', surroundings), [
    'docker-credential-test',
    docker,
  ]);
  assert.equal(await userOf('x.example'), undefined);
  write(docker, {
    credHelpers: { 'z.example': 'missing' },
    auths: { 'other.example': entry('o') },
  });
  const missing = await findCredentials('z.example', '', surroundings, signal);
  assert.equal(missing.credentials, undefined);
  assert.match(missing.problems[0]?.message ?? '', /no such program in PATH/);
  assert.equal(await userOf('other.example'), 'o');
  // A name that would start another program.
  write(docker, { credHelpers: { 'z.example': '../../bin/sh' } });
  const path = await findCredentials('z.example', '', surroundings, signal);
  assert.match(path.problems[0]?.message ?? '', /is no name of a helper/);
});

test("credentials are kept in the owner's file alone, and everything else stays as it was", async () => {
  write(docker, { HttpHeaders: { a: 'b' }, auths: { 'a.example': entry('a') }, psFormat: 'x' });
  chmodSync(docker, 0o644);
  const where = await keepCredentials(
    'docker.io',
    { username: 'eve', password: 'p:w' },
    surroundings,
  );
  assert.equal(where, docker);
  assert.deepEqual(read(docker), {
    HttpHeaders: { a: 'b' },
    auths: {
      'a.example': entry('a'),
      'https://index.docker.io/v1/': { auth: encodeAuth('eve', 'p:w') },
    },
    psFormat: 'x',
  });
  assert.equal(statSync(docker).mode & 0o777, 0o600);
  // Where podman has an older entry, that one would be found first.
  write(podman, { auths: { 'a.example': entry('old'), 'b.example': entry('b') } });
  assert.equal(
    await keepCredentials('a.example', { username: 'new', password: 'x' }, surroundings),
    podman,
  );
  assert.equal(await userOf('a.example'), 'new');
  assert.deepEqual(await forgetCredentials('a.example', surroundings), [podman, docker]);
  assert.equal(await userOf('a.example'), undefined);
  assert.equal(await userOf('b.example'), 'b');
  await forgetCredentials(undefined, surroundings);
  assert.equal(await userOf('b.example'), undefined);
  assert.equal(await userOf('docker.io'), undefined);
});

test('a new file, a link, and a file that is no JSON', async () => {
  await keepCredentials('x.example', { username: 'eve', password: 'x' }, surroundings);
  assert.equal(statSync(docker).mode & 0o777, 0o600);
  assert.equal(statSync(join(home, '.docker')).mode & 0o777, 0o700);
  const real = join(folder, 'real.json');
  write(real, {});
  const link = join(folder, 'link.json');
  symlinkSync(real, link);
  await keepCredentials(
    'x.example',
    { username: 'eve', password: 'x' },
    { ...surroundings, authFile: link },
  );
  assert.deepEqual(read(real), { auths: { 'x.example': { auth: encodeAuth('eve', 'x') } } });
  write(docker, '{ "auths": ');
  await assert.rejects(
    keepCredentials('x.example', { username: 'eve', password: 'x' }, surroundings),
    (error) => error instanceof PlimsollError && error.code === 'PL0609',
  );
  assert.equal(readFileSync(docker, 'utf8'), '{ "auths": ');
});
