import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** A Debian layer as tar.gz, made by mmdebstrap the first time and kept in .cache/bench. */
export function debianLayer(): string {
  const folder = join(root, '.cache/bench');
  const path = join(folder, 'debian.tar.gz');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  console.log('making a Debian layer with mmdebstrap …');
  execFileSync('sh', [
    '-c',
    `mmdebstrap --quiet --variant=apt --include=nginx-light,python3,curl stable - | gzip -6 > "$0.part" && mv "$0.part" "$0"`,
    path,
  ]);
  return path;
}
