// A digest of everything that decides what the analysis of a file or image yields: kept facts of another version are
// not used. Nobody has to remember to raise a number.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Generator } from '../generate.ts';

export const generate: Generator = (src) => {
  const hash = createHash('sha256');
  const files = globSync('{lib,formats,isa,kernel,image,needs}/**/*.{ts,json,tsv}', { cwd: src })
    .filter((file) => !file.includes('/generated/') && !file.endsWith('.test.ts'))
    .sort();
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(src, file)));
  return [
    {
      path: 'needs/generated/analyser-version.json',
      content: JSON.stringify({ version: hash.digest('hex').slice(0, 16) }),
    },
  ];
};
