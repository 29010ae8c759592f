// Certificates for one test, made by openssl in a folder.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate and its key, as files and as texts. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly cert: string;
  readonly keyText: string;
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function filesOf(folder: string, name: string): TestCertificate {
  const certificate = join(folder, `${name}.crt`);
  const key = join(folder, `${name}.key`);
  return {
    certificate,
    key,
    cert: readFileSync(certificate, 'utf8'),
    keyText: readFileSync(key, 'utf8'),
  };
}

/** A certificate that is signed by itself: an authority, or a signer of tokens. */
export function selfSigned(folder: string, name: string): TestCertificate {
  openssl([
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${name}`],
    ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
  ]);
  return filesOf(folder, name);
}

/** A certificate for 127.0.0.1 and localhost (or for `names`) that an authority has signed. */
export function signedBy(
  authority: TestCertificate,
  folder: string,
  name: string,
  names = 'IP:127.0.0.1,DNS:localhost',
): TestCertificate {
  const request = join(folder, `${name}.csr`);
  openssl([
    ...['req', ...newKey, '-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`],
    ...['-keyout', join(folder, `${name}.key`), '-out', request],
  ]);
  openssl([
    ...['x509', '-req', '-in', request, '-CA', authority.certificate, '-CAkey', authority.key],
    ...['-days', '2', '-copy_extensions', 'copy', '-out', join(folder, `${name}.crt`)],
  ]);
  return filesOf(folder, name);
}
