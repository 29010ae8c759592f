// run fetches what is missing: from a registry with TLS and passwords, by every --pull.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { selfSigned, signedBy } from '../support/certificates.ts';
import { type RealRegistry, startRegistry } from '../support/real-registry.ts';
import { type EngineLab, openEngineLab } from './engine-lab.ts';

let lab: EngineLab;
let registry: RealRegistry;
let image: string;
before(async () => {
  lab = openEngineLab();
  const authority = selfSigned(lab.folder, 'authority');
  const { certificate, key } = signedBy(authority, lab.folder, 'server');
  registry = await startRegistry({ users: { me: 'secret' }, tls: { certificate, key } });
  image = `${registry.host}/team/box:1`;
  const trusted = join(lab.folder, '.config/containers/certs.d', registry.host);
  mkdirSync(trusted, { recursive: true });
  writeFileSync(join(trusted, 'ca.crt'), authority.cert);
  lab.ok('push', '-q', '--creds', 'me:secret', 'box:1', image);
});
after(async () => {
  lab.close();
  await registry.close();
});

const echo = ['echo', 'here'];

test('what is missing is fetched once somebody is logged in, and told beside the output', () => {
  const run = ['run', '--rm', '--no-check', image, ...echo];
  const stranger = lab.run(run);
  assert.equal(stranger.code, 125);
  assert.match(
    stranger.stderr,
    /Unable to find image '.*' locally\n[\s\S]*PL0602[\s\S]*plimsoll login/,
  );
  assert.equal(lab.run(['run', '--pull', 'never', image, ...echo]).code, 125);
  const logged = lab.run(['login', '-u', 'me', '--password-stdin', registry.host], 'secret\n');
  assert.equal(logged.stdout, 'Login Succeeded!\n', logged.stderr);
  const first = lab.run(run);
  assert.deepEqual([first.code, first.stdout], [0, 'here\n'], first.stderr);
  assert.match(first.stderr, /Pulling from team\/box\n[\s\S]*Status: Downloaded newer image for /);
  const again = lab.run(run);
  assert.deepEqual([again.code, again.stdout, again.stderr], [0, 'here\n', '']);
});

test('--quiet says nothing of it, --pull always asks the registry each time', () => {
  lab.ok('rmi', image);
  const quiet = lab.run(['run', '-q', '--rm', '--no-check', image, ...echo]);
  assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, 'here\n', '']);
  const always = lab.run(['run', '--pull', 'always', '--rm', '--no-check', image, ...echo]);
  assert.equal(always.stdout, 'here\n');
  assert.match(always.stderr, /Status: Image is up to date for /);
});

test('a registry that cannot be asked stops --pull always, not --pull newer', () => {
  const gone = '127.0.0.1:1/team/box:1';
  lab.ok('tag', 'box:1', gone);
  const run = (pull: string) =>
    lab.run(['run', '--pull', pull, '--rm', '--no-check', gone, ...echo]);
  const always = run('always');
  assert.equal(always.code, 125);
  assert.match(always.stderr, /PL0601/);
  const newer = run('newer');
  assert.deepEqual([newer.code, newer.stdout], [0, 'here\n'], newer.stderr);
  const pulled = lab.run(['pull', '--policy', 'newer', gone]);
  assert.match(pulled.stdout, /^sha256:[0-9a-f]{64}\n$/, pulled.stderr);
  assert.equal(lab.run(['pull', '--policy', 'newer', '127.0.0.1:1/team/none']).code, 1);
  const fresh = lab.run(['run', '--pull', 'newer', '--rm', '--no-check', image, ...echo]);
  assert.match(fresh.stderr, /Status: Image is up to date for /);
});
