import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where the module of a thread is: beside the one that starts it in the sources, in a bundle of its own once built
 * (scripts/build.ts). `dirname` is the starting module's import.meta.dirname, `name` the file's without its ending.
 */
export function workerModule(dirname: string, name: string): string {
  const source = join(dirname, `${name}.ts`);
  if (existsSync(source)) return source;
  // In dist/, in dist/bundles, or in a folder below that.
  const up = ['bundles', '.', '..'].find((folder) =>
    existsSync(join(dirname, folder, `${name}.js`)),
  );
  return join(dirname, up ?? 'bundles', `${name}.js`);
}
