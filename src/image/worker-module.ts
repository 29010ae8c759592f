import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Where the module of a thread is: beside the one that starts it in the sources, in a bundle of its own once built
 * (scripts/build.ts). `dirname` is the starting module's import.meta.dirname, `name` the file's without its ending.
 */
export function workerModule(dirname: string, name: string): string {
  const source = join(dirname, `${name}.ts`);
  if (existsSync(source)) return source;
  return join(dirname, basename(dirname) === 'bundles' ? '' : 'bundles', `${name}.js`);
}
