// Turns the readable tables in src/*/tables/ into the compact forms in src/*/generated/, which are not committed.
// One module in scripts/generate/ for each area.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** One generated file: path under src/ and its content. */
export interface Generated {
  readonly path: string;
  readonly content: string;
}

/** A generator: pure but for reading the tables below `src`. */
export type Generator = (src: string) => readonly Generated[];

const generators = await Promise.all(
  readdirSync(join(import.meta.dirname, 'generate'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map(async (name) => {
      const module: { generate: Generator } = await import(`./generate/${name}`);
      return module.generate;
    }),
);

/** Runs every generator. */
export function generateAll(): void {
  for (const generate of generators) {
    for (const { path, content } of generate(join(root, 'src'))) {
      const file = join(root, 'src', path);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, content);
    }
  }
}

if (import.meta.main) generateAll();
