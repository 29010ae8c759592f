// Enforces ARCHITECTURE.md's table of who may import whom. A folder may import what is listed for it and what
// those may import in turn; imports of types count.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const src = join(root, 'src');

/** Direct permissions; the closure is what counts. */
const table: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  diag: ['lib'],
  formats: ['lib', 'diag'],
  isa: ['lib', 'diag'],
  kernel: ['lib', 'diag'],
  image: ['formats'],
  needs: ['image', 'isa', 'kernel'],
  host: ['kernel', 'formats'],
  check: ['needs', 'host'],
  report: ['check'],
  sys: ['lib', 'diag'],
  registry: ['image'],
  store: ['image', 'sys'],
  transfer: ['registry', 'store'],
  runtime: ['image', 'host', 'sys'],
  box: ['image', 'sys'],
  engine: ['store', 'runtime'],
  emulate: ['engine', 'host'],
  observe: ['engine', 'emulate', 'needs'],
  build: ['engine', 'transfer'],
  api: ['engine', 'build', 'check', 'transfer'],
};

/** Folders that may touch the outside world (files, processes, network). */
const outside = new Set([
  'image',
  'needs',
  'host',
  'sys',
  'registry',
  'store',
  'transfer',
  'runtime',
  'box',
  'engine',
  'emulate',
  'observe',
  'build',
  'api',
  'cli',
]);
const worldly = /^node:(fs|child_process|net|http|https|os|dgram|worker_threads|sqlite)/;

function reach(folder: string, seen = new Set<string>([folder])): Set<string> {
  for (const next of table[folder] ?? []) {
    if (!seen.has(next)) {
      seen.add(next);
      reach(next, seen);
    }
  }
  return seen;
}

const modules = globSync('**/*.ts', { cwd: src }).filter(
  (file) => file.includes('/') && !file.endsWith('.test.ts'),
);
const specifier = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;

function violations(): string[] {
  const found: string[] = [];
  for (const file of modules) {
    const text = readFileSync(join(src, file), 'utf8');
    const folder = file.split('/')[0] ?? '';
    if (folder !== 'cli' && !(folder in table))
      found.push(`${file}: folder ${folder} is not in the table`);
    const allowed = folder === 'cli' ? undefined : reach(folder);
    for (const [, name = ''] of text.matchAll(specifier)) {
      if (name.startsWith('.')) {
        const target = normalize(join(dirname(file), name)).split('/')[0] ?? '';
        if (allowed && !allowed.has(target))
          found.push(`${file} imports ${name}: ${folder} may not import ${target}`);
        if (/(^|\/)index\.ts$/.test(name)) found.push(`${file} imports a barrel: ${name}`);
      } else if (worldly.test(name) && !outside.has(folder)) {
        found.push(`${file} imports ${name}: ${folder} is pure`);
      } else if (name === 'koffi' && folder !== 'sys') {
        found.push(`${file} imports ${name}: only sys calls the C library`);
      }
    }
    if (folder !== 'cli' && /(?<![\w.])process\./.test(text.replace(/^\s*(\/\/|\*).*$/gm, ''))) {
      found.push(`${file} reads process: only cli does`);
    }
  }
  return found;
}

test('imports follow the table, only cli reads process, pure folders stay pure', () => {
  assert.deepEqual(violations(), []);
});

test('the test saw the code', () => {
  assert.ok(modules.length >= 200, `only ${modules.length} modules seen`);
});
