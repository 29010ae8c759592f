// Which certificates are trusted for a host, and which one is shown to it. As Go's programs have it: the machine's own
// bundle of authorities, or the file that SSL_CERT_FILE names; and beside these what certs.d has for that host
// (containers-certs.d(5), docs.docker.com/engine/security/certificates), and what NODE_EXTRA_CA_CERTS and
// PLIMSOLL_EXTRA_CA_CERTS name.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { Surroundings } from './registry-options.ts';

/** What node:tls is told. */
export interface Trust {
  readonly ca: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

/** Where distributions keep the bundle of all authorities (as Go's crypto/x509 looks for it). */
const bundles = [
  'ssl/certs/ca-certificates.crt',
  'pki/tls/certs/ca-bundle.crt',
  'ssl/ca-bundle.pem',
  'pki/tls/cacert.pem',
  'pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  'ssl/cert.pem',
];

/** Folders that hold one folder for each host, those of the user first. */
export function certificateFolders({
  environment,
  home,
  etc = '/etc',
}: Surroundings): readonly string[] {
  const configuration =
    environment['XDG_CONFIG_HOME'] ?? (home === undefined ? undefined : join(home, '.config'));
  return [
    ...(configuration === undefined
      ? []
      : [join(configuration, 'containers/certs.d'), join(configuration, 'docker/certs.d')]),
    join(etc, 'containers/certs.d'),
    join(etc, 'docker/certs.d'),
  ];
}

/**
 * The trust for a host, named as in certs.d: with its port where the image's name has one.
 * @throws PlimsollError PL0607 when a file that was named or that stands there cannot be read
 */
export function readTrust(host: string, surroundings: Surroundings, certDirectory?: string): Trust {
  // An address leaves its usual port out; the folder is named as people write the image.
  // A redirect may name any host, ".." too.
  const names = /^[.]*$/.test(host) ? [] : /:\d+$/.test(host) ? [host] : [host, `${host}:443`];
  const folders =
    certDirectory === undefined
      ? certificateFolders(surroundings).flatMap((folder) =>
          names.map((name) => join(folder, name)),
        )
      : [certDirectory];
  const files = folders.flatMap((folder) => namesIn(folder).map((name) => join(folder, name)));
  const ca = files.filter((path) => path.endsWith('.crt')).map(readPem);
  const certificate = files.find((path) => path.endsWith('.cert'));
  const key = certificate?.replace(/\.cert$/, '.key');
  if (certificate !== undefined && key !== undefined && !files.includes(key)) {
    throw new PlimsollError(
      'PL0607',
      `the client certificate ${certificate} has no key beside it`,
      {
        at: { path: certificate },
        help: `put its key there as ${key}`,
      },
    );
  }
  return {
    ca: [...authorities(surroundings), ...ca],
    ...(certificate === undefined || key === undefined
      ? {}
      : { cert: readPem(certificate), key: readPem(key) }),
  };
}

function authorities({ environment, etc = '/etc' }: Surroundings): readonly string[] {
  const named = environment['SSL_CERT_FILE'];
  const extra = ['NODE_EXTRA_CA_CERTS', 'PLIMSOLL_EXTRA_CA_CERTS'].flatMap((name) => {
    const path = environment[name];
    return path ? [readPem(path)] : [];
  });
  if (named) return [readPem(named), ...extra];
  for (const bundle of bundles) {
    const pem = readIfThere(join(etc, bundle));
    if (pem !== undefined) return [pem, ...extra];
  }
  return [...rootCertificates, ...extra];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // Most hosts have no folder; one that may not be entered is none for this user.
    return [];
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PlimsollError('PL0607', `certificates could not be read: ${systemReason(cause)}`, {
      at: { path },
      help: 'give a file in PEM form that this user may read, or take its name out of the environment',
      cause,
    });
  }
}
