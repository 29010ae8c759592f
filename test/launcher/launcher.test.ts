// The launcher of a checkout, as people call it: through a symbolic link, from a path with blanks, from elsewhere,
// without write access. A first call on a fresh clone needs the registry and is not repeated here: no call finds npm,
// which through the linked node_modules would empty those of the checkout under test.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll test '));
const checkout = join(folder, 'check out');
after(() => rmSync(folder, { recursive: true, force: true }));

mkdirSync(checkout);
for (const part of ['plimsoll', 'package.json', 'package-lock.json', 'scripts', 'src', 'dist'])
  cpSync(join(root, part), join(checkout, part), { recursive: true, preserveTimestamps: true });
for (const part of ['toolchain', 'node_modules'])
  symlinkSync(join(root, part), join(checkout, part));
markBuilt();
symlinkSync(join(checkout, 'plimsoll'), join(folder, 'link'));

/** As setup leaves it: results newer than what they are made from. */
function markBuilt(): void {
  const now = new Date();
  for (const mark of ['.deps', 'plimsoll.js']) {
    const file = join(checkout, 'dist', mark);
    appendFileSync(file, '');
    utimesSync(file, now, now);
  }
}

/** A folder with links to all that the system has, but npm. */
function linkPrograms(): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const linked = new Set(['npm', 'npx']);
  for (const from of ['/usr/bin', '/bin']) {
    for (const file of readdirSync(from)) {
      if (linked.has(file)) continue;
      linked.add(file);
      symlinkSync(join(from, file), join(bin, file));
    }
  }
  return bin;
}
const env = { ...process.env, PATH: linkPrograms() };

function call(program: string) {
  return spawnSync(program, ['--version'], { cwd: folder, encoding: 'utf8', env });
}

test('a link, a blank in the path, another working directory', () => {
  for (const program of [join(folder, 'link'), join(checkout, 'plimsoll')]) {
    const ran = call(program);
    assert.match(ran.stdout, /^plimsoll \d/, ran.stderr);
    assert.equal(ran.stderr, '', 'a later call sets nothing up');
  }
});

test('without npm it says what to do', () => {
  const built = join(checkout, 'dist');
  const aside = join(folder, 'dist');
  renameSync(built, aside);
  const ran = call(join(checkout, 'plimsoll'));
  rmSync(built, { recursive: true, force: true });
  renameSync(aside, built);
  assert.match(ran.stderr, /npm is needed for the first start\n.*help: install it/);
  assert.equal(ran.status, 3);
});

test('a newer source is built before it runs', () => {
  const soon = Date.now() / 1000 + 5;
  utimesSync(join(checkout, 'src/cli/main.ts'), soon, soon);
  const ran = call(join(checkout, 'plimsoll'));
  assert.match(ran.stderr, /^plimsoll setup: 3\/3 building/);
  assert.match(ran.stdout, /^plimsoll \d/, ran.stderr);
});
