// Expected outputs are files beside the tests. UPDATE_GOLDEN=1 writes them anew: then read the difference.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Compares a text with test/golden/expected/NAME. */
export function checkGolden(name: string, actual: string): void {
  const file = join(import.meta.dirname, 'expected', name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  assert.ok(existsSync(file), `${name} is missing: UPDATE_GOLDEN=1 writes it`);
  assert.equal(actual, readFileSync(file, 'utf8'), `${name} differs: UPDATE_GOLDEN=1 accepts it`);
}
