// Joins src/check/data-rules/*.json into one compact file, checked as strictly as people's own rules are.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRuleFiles } from '../../src/check/load-rules.ts';
import type { Generator } from '../generate.ts';

export const generate: Generator = (src) => {
  const directory = join(src, 'check/data-rules');
  const files = globSync('*.json', { cwd: directory })
    .sort()
    .map((name) => ({ path: name, text: readFileSync(join(directory, name), 'utf8') }));
  const { value, problems } = parseRuleFiles(files);
  if (problems.length > 0)
    throw new Error(
      problems.map(({ at, message, help }) => `${at?.path} ${message}; ${help ?? ''}`).join('\n'),
    );
  return [{ path: 'check/generated/data-rules.json', content: JSON.stringify(value) }];
};
