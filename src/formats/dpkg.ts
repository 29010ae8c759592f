// dpkg's database: /var/lib/dpkg/status, and the files of /var/lib/dpkg/status.d in images without dpkg (distroless).
// Source: dpkg's man pages deb-control(5) and dpkg(1), "package states".
import type { Diagnostic, Parsed } from '../diag/diagnostic.ts';
import type { Package } from './package.ts';
import { decodeText, stanzas } from './text.ts';

const wanted = new Set(['package', 'version', 'architecture', 'status', 'source']);

/** States in which a package's files are on disk, wholly or in part. */
const present = new Set([
  'installed',
  'half-configured',
  'unpacked',
  'half-installed',
  'triggers-awaited',
  'triggers-pending',
]);

/**
 * Packages whose files are there. Files of status.d have no Status field: all they name is installed.
 * @param database path of the file in the image
 */
export function parseDpkg(bytes: Uint8Array, database: string): Parsed<readonly Package[]> {
  const packages: Package[] = [];
  const problems: Diagnostic[] = [];
  for (const { fields, offset } of stanzas(decodeText(bytes), wanted)) {
    const name = fields.get('package');
    const version = fields.get('version');
    const state = fields.get('status')?.split(/\s+/)[2];
    if (state !== undefined && !present.has(state)) continue;
    if (name === undefined || version === undefined) {
      problems.push({
        code: 'PL0204',
        severity: 'warning',
        message: `dpkg stanza without ${name === undefined ? 'Package' : 'Version'} field`,
        at: { path: database, offset },
      });
      continue;
    }
    const architecture = fields.get('architecture');
    // "Source: glibc (2.36-9)": the version is only there where it differs.
    const [, source, sourceVersion] =
      /^(\S+)(?: \(([^)]+)\))?/.exec(fields.get('source') ?? '') ?? [];
    packages.push({
      manager: 'dpkg',
      name,
      version,
      ...(architecture === undefined ? {} : { architecture }),
      ...(source === undefined ? {} : { source }),
      ...(sourceVersion === undefined ? {} : { sourceVersion }),
      database,
    });
  }
  return { value: packages, problems };
}
