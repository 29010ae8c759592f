// The software catalogue: checks every entry of src/needs/software/*.json and joins them into one file. A mistake in
// an entry stops the build and names the file and the entry.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { compileName, compilePath } from '../../src/needs/name-pattern.ts';
import type { Generator } from '../generate.ts';

const compiles = (make: (text: string) => unknown) => (text: string) => {
  try {
    make(text);
    return true;
  } catch {
    return false;
  }
};
const regex = (text: string) => new RegExp(text, 'mu');
const name = z.string().min(1).refine(compiles(compileName), 'not a pattern of names');
const path = z
  .string()
  .regex(/^(\/|\*\*\/)/, 'a path begins with "/" or "**/"')
  .refine(compiles(compilePath), 'not a pattern of paths');
const condition = z
  .string()
  .min(1)
  .refine(
    compiles((text) => regex(text.slice(text.indexOf('=') + 1))),
    'not a regular expression',
  );
const text = z.strictObject({
  path,
  pattern: z.string().min(1).refine(compiles(regex), 'not a regular expression'),
});
const names = z.array(name).min(1).optional();

const entrySchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9.+]*(-[a-z0-9.+]+)*$/, 'lower case words joined by "-"'),
  packages: names,
  paths: z.array(path).min(1).optional(),
  commands: names,
  env: z.array(condition).min(1).optional(),
  labels: z.array(condition).min(1).optional(),
  libraries: names,
  imports: names,
  marks: z.array(condition).min(1).optional(),
  jars: names,
  pypi: names,
  npm: names,
  gems: names,
  goModules: names,
  cargo: names,
  texts: z.array(text).min(1).optional(),
  versionFrom: z.array(text).min(1).optional(),
});

export const generate: Generator = (src) => {
  const folder = join(src, 'needs/software');
  const entries = new Map<string, z.infer<typeof entrySchema>>();
  for (const file of readdirSync(folder)
    .filter((each) => each.endsWith('.json'))
    .sort()) {
    const list: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    for (const [at, raw] of z.array(z.unknown()).parse(list).entries()) {
      const result = entrySchema.safeParse(raw);
      if (!result.success) {
        throw new Error(`software/${file}, entry ${at}: ${z.prettifyError(result.error)}`);
      }
      if (entries.has(result.data.name)) {
        throw new Error(`software/${file}: ${result.data.name} is there twice`);
      }
      entries.set(result.data.name, result.data);
    }
  }
  return [
    { path: 'needs/generated/software.json', content: JSON.stringify([...entries.values()]) },
  ];
};
