import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { readTrust } from './trust.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): string {
  const whole = join(folder, path);
  mkdirSync(join(whole, '..'), { recursive: true });
  writeFileSync(whole, text);
  return whole;
}

const etc = join(folder, 'etc');
const home = join(folder, 'home');
const bare = { environment: {}, etc: join(folder, 'none') };

test("authorities: Node's own without a bundle, else the machine's, or the file that is named", () => {
  assert.deepEqual(readTrust('x.example', bare).ca, rootCertificates);
  write('etc/pki/tls/certs/ca-bundle.crt', 'bundle');
  assert.deepEqual(readTrust('x.example', { environment: {}, etc }).ca, ['bundle']);
  const named = write('named.pem', 'named');
  const extra = write('extra.pem', 'extra');
  const environment = { SSL_CERT_FILE: named, NODE_EXTRA_CA_CERTS: extra };
  assert.deepEqual(readTrust('x.example', { environment, etc }).ca, ['named', 'extra']);
  assert.throws(
    () => readTrust('x.example', { environment: { PLIMSOLL_EXTRA_CA_CERTS: '/nonexistent' }, etc }),
    (error) => error instanceof PlimsollError && error.code === 'PL0607',
  );
});

test('certs.d: by host and port, of user and machine, of podman and docker', () => {
  write('etc/docker/certs.d/x.example:5000/ca.crt', 'docker');
  write('etc/containers/certs.d/x.example:5000/a.crt', 'containers');
  write('home/.config/containers/certs.d/x.example:5000/own.crt', 'own');
  write('home/.config/containers/certs.d/x.example:5000/notes.txt', 'notes');
  write('etc/docker/certs.d/y.example:443/ca.crt', 'usual port');
  const surroundings = { environment: {}, etc, home };
  const of = (host: string) => readTrust(host, surroundings).ca.slice(1);
  assert.deepEqual(of('x.example:5000'), ['own', 'containers', 'docker']);
  assert.deepEqual(of('x.example'), []);
  assert.deepEqual(of('x.example:5001'), []);
  assert.deepEqual(of('y.example'), ['usual port']);
  write('etc/docker/ca.crt', 'above');
  assert.deepEqual(of('..'), []);
});
