// The version, from package.json, so that `plimsoll --version` reads no file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Generator } from '../generate.ts';

export const generate: Generator = (src) => {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(src, '../package.json'), 'utf8'),
  );
  return [
    { path: 'cli/generated/version.json', content: JSON.stringify({ version: manifest.version }) },
  ];
};
