// Digests of everything that decides what the analysis of a file or image yields, and what rules find in it: what is
// kept of another version is not used. Nobody has to remember to raise a number.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Generator } from '../generate.ts';

/** Digest of the sources and tables below some folders. */
function versionOf(src: string, folders: readonly string[]): string {
  const hash = createHash('sha256');
  const files = globSync(`{${folders.join(',')}}/**/*.{ts,json,tsv}`, { cwd: src })
    .filter((file) => !file.includes('/generated/') && !file.endsWith('.test.ts'))
    .sort();
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(src, file)));
  return hash.digest('hex').slice(0, 16);
}

const analyser = ['lib', 'formats', 'isa', 'kernel', 'image', 'needs'];

export const generate: Generator = (src) => [
  {
    path: 'needs/generated/analyser-version.json',
    content: JSON.stringify({ version: versionOf(src, analyser) }),
  },
  {
    path: 'check/generated/rules-version.json',
    content: JSON.stringify({
      version: versionOf(src, ['lib', 'kernel', 'host', 'needs', 'check']),
    }),
  },
];
