import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { cacheInfo, clearCache, openCache } from './cache.ts';

const now = () => 1_800_000_000_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const digest = `sha256:${'a'.repeat(64)}` as const;

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-cache-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('values and verified digests last from one opening to the next', (context) => {
  const path = folder(context);
  const first = openCache(join(path, 'below'), { now });
  assert.equal(first.get('a'), undefined);
  first.put([
    ['a', bytes('1')],
    ['b', bytes('2')],
  ]);
  first.rememberVerified('8:1:2:3:4', digest);
  first.close();
  const second = openCache(join(path, 'below'), { now });
  assert.deepEqual(second.get('b'), bytes('2'));
  assert.equal(second.verified('8:1:2:3:4'), digest);
  assert.equal(second.verified('8:1:2:3:5'), undefined);
  assert.deepEqual(second.problems, []);
  second.close();
  assert.equal(second.get('a'), undefined);
  assert.equal(cacheInfo(join(path, 'below')).entries, 2);
  assert.ok(clearCache(join(path, 'below')) > 0);
  assert.equal(cacheInfo(join(path, 'below')).bytes, 0);
});

test('the least recently used go first, and no value takes more than a quarter', (context) => {
  let time = 1;
  const cache = openCache(folder(context), { limit: 100, now: () => time });
  cache.put([['huge', new Uint8Array(26)]]);
  assert.equal(cache.get('huge'), undefined);
  for (const key of ['a', 'b', 'c', 'd']) {
    time++;
    cache.put([[key, new Uint8Array(25)]]);
  }
  time += 48 * 3600 * 1000;
  assert.ok(cache.get('a'));
  cache.put([['e', new Uint8Array(25)]]);
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'e'].filter((key) => cache.get(key) !== undefined),
    ['a', 'c', 'd', 'e'],
  );
  cache.close();
});

test('a damaged file is said and built again', (context) => {
  const path = folder(context);
  writeFileSync(join(path, 'analysis.db'), 'this is no database, '.repeat(500));
  const cache = openCache(path, { now });
  assert.match(cache.problems[0]?.message ?? '', /damaged and is built again/);
  cache.put([['a', bytes('1')]]);
  assert.deepEqual(cache.get('a'), bytes('1'));
  cache.close();
});

test('a folder that cannot be written leaves a cache that keeps nothing', (context) => {
  const path = folder(context);
  writeFileSync(join(path, 'file'), '');
  const cache = openCache(join(path, 'file', 'below'), { now });
  cache.put([['a', bytes('1')]]);
  assert.equal(cache.get('a'), undefined);
  assert.equal(cache.problems.length, 1);
  cache.close();
});

test('several processes write at once, one is killed, and every value is whole', async (context) => {
  const path = folder(context);
  const module = join(import.meta.dirname, 'cache.ts');
  const writer = (name: string) =>
    spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { openCache } from ${JSON.stringify(module)};
         const cache = openCache(${JSON.stringify(path)}, { now: () => 1 });
         for (let at = 0; at < 60; at++) cache.put([['${name}' + at, new Uint8Array(20000).fill(at)]]);
         console.log(cache.problems.length);
         if ('${name}' === 'c') while (true) cache.put([['c', new Uint8Array(20000)]]);
         cache.close();`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
  const [a, b, c] = ['a', 'b', 'c'].map(writer);
  assert.ok(a && b && c);
  await once(c.stdout, 'data');
  c.kill('SIGKILL');
  for (const child of [a, b]) {
    child.stdout.resume();
    if (child.exitCode === null) await once(child, 'exit');
  }
  const cache = openCache(path, { now });
  for (const name of ['a', 'b', 'c']) {
    for (let at = 0; at < 60; at++) {
      assert.deepEqual(cache.get(name + at), new Uint8Array(20000).fill(at), name + at);
    }
  }
  assert.deepEqual(cache.problems, []);
  cache.close();
});

test('a value that the disk gave back changed is dropped and said', (context) => {
  const path = folder(context);
  const first = openCache(path, { now });
  first.put([
    ['a', bytes('whole')],
    ['b', bytes('changed')],
  ]);
  first.close();
  const database = new DatabaseSync(join(path, 'analysis.db'));
  database.prepare('UPDATE facts SET value = ? WHERE key = ?').run(bytes('chanted'), 'b');
  database.close();
  const second = openCache(path, { now });
  assert.equal(second.get('b'), undefined);
  assert.match(second.problems[0]?.message ?? '', /\(b\)/);
  assert.deepEqual(second.get('a'), bytes('whole'));
  second.put([['b', bytes('changed')]]);
  assert.deepEqual(second.get('b'), bytes('changed'));
  second.close();
});

test('a file of another layout is built again', (context) => {
  const path = folder(context);
  const old = new DatabaseSync(join(path, 'analysis.db'));
  old.exec(
    'CREATE TABLE facts (key TEXT PRIMARY KEY, used INTEGER, value BLOB); PRAGMA user_version = 1',
  );
  old.close();
  const cache = openCache(path, { now });
  cache.put([['a', bytes('1')]]);
  assert.deepEqual(cache.get('a'), bytes('1'));
  assert.equal(cache.problems.length, 1);
  cache.close();
});
