import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadBundle } from './load-bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const kept = join(folder, 'kept');
const path = join(folder, 'one.js');

/** Loads the bundle as a process would that ends after it. */
function loaded(digest: string, from: string | undefined, command = 'run'): unknown {
  const atEnd: (() => void)[] = [];
  const exports = loadBundle({ path, digest }, from, command, createRequire(path), (write) =>
    atEnd.push(write),
  );
  assert.equal((exports as { sum(): number }).sum(), 3);
  for (const write of atEnd) write();
  return exports;
}

const source = (body: string): string =>
  `(function(exports,require,module,__filename,__dirname){"use strict";${body}module.exports={sum:()=>1+2}})`;

test('compiled code is kept for each command, for the first few runs, and goes with its build', () => {
  writeFileSync(path, source(''));
  loaded('aaaa', undefined);
  assert.deepEqual(readdirSync(folder), ['one.js'], 'nothing is kept where nothing may be');
  for (const runs of [1, 2, 3, 4, 4, 4]) {
    loaded('aaaa', kept);
    assert.equal(readFileSync(join(kept, 'one-run.aaaa')).at(-1), runs);
  }
  loaded('aaaa', kept, 'container cleanup');
  assert.deepEqual(readdirSync(kept).sort(), ['one-container_cleanup.aaaa', 'one-run.aaaa']);
  writeFileSync(path, source('const changed = "changed";'));
  loaded('bbbb', kept);
  assert.deepEqual(readdirSync(kept).sort(), ['one-container_cleanup.aaaa', 'one-run.bbbb']);
});

test('code that is damaged, or for another source, is made anew', () => {
  const damages = [
    Buffer.alloc(0),
    Buffer.from('x'),
    Buffer.alloc(5000, 7),
    readFileSync(join(kept, 'one-run.bbbb')).subarray(0, 100),
  ];
  for (const [at, damage] of damages.entries()) {
    // V8 remembers what it compiled in this process.
    writeFileSync(path, source(`const damage = ${at};`));
    writeFileSync(join(kept, 'one-run.cccc'), damage);
    loaded('cccc', kept);
    assert.equal(readFileSync(join(kept, 'one-run.cccc')).at(-1), 1);
  }
});

test('a folder that cannot be written to keeps nobody from running', () => {
  loaded('dddd', '/proc/nowhere');
});

test('parts are loaded when they are asked for, share what the first has, and are where it is', () => {
  mkdirSync(join(folder, 'one'));
  writeFileSync(
    path,
    source(
      'const own={n:1};exports.parts={"./own.js":own};module.exports.later=()=>require("./late.js");',
    ).replace('module.exports={sum:()=>1+2}', 'module.exports.sum=()=>1+2'),
  );
  writeFileSync(
    join(folder, 'one/late.js'),
    '(function(exports,require,module,__filename,__dirname){module.exports={own:require("./own.js"),at:__dirname,path:require("node:path")}})',
  );
  const { later } = loaded('eeee', undefined) as { later(): Readonly<Record<string, unknown>> };
  const late = later();
  assert.deepEqual(late['own'], { n: 1 });
  assert.equal(late['at'], folder);
  assert.equal(typeof late['path'], 'object');
  assert.equal(later(), late, 'once');
});
