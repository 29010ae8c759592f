// A root file system of a Debian release with some packages, to run their programs in.
import { spawnSync } from 'node:child_process';

const suites: Readonly<Record<string, string>> = { '12': 'bookworm', '13': 'trixie' };

/**
 * Fills a folder; packages that the release does not have are left out.
 *
 * @throws Error where the release is not known or mmdebstrap fails.
 */
export function makeRoot(release: string, packages: string, folder: string): void {
  const suite = suites[release];
  if (suite === undefined) throw new Error(`--debian is one of ${Object.keys(suites).join(', ')}`);
  const names = packages.split(/\s+/).map((name) => `?exact-name(${name})`);
  const { status } = spawnSync(
    'mmdebstrap',
    ['--variant=minbase', `--include=?or(${names.join(',')})`, suite, folder],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (status !== 0) throw new Error(`mmdebstrap of Debian ${release} failed`);
}
