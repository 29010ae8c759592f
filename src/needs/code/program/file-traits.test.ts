import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseElf } from '../../../formats/elf.ts';
import { openDirectoryTree } from '../../../image/directory-tree.ts';
import { fileTraits } from './file-traits.ts';
import type { FileTrait } from './glibc-conditions.ts';
import type { LinkedFile } from './link.ts';

const { signal } = new AbortController();
const cache = '/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache';
const unwinder = '/lib/x86_64-linux-gnu/libgcc_s.so.1';

interface Case {
  readonly mode?: number;
  readonly files?: readonly string[];
  readonly runpath?: readonly string[];
  readonly needed?: readonly string[];
  readonly texts?: Readonly<Record<number, string>>;
  readonly role?: LinkedFile['role'];
}

/** Traits of a program in a root directory made for the case. */
async function traitsIn({
  mode = 0o755,
  files = [cache, unwinder],
  runpath = [],
  needed = [],
  texts = {},
  role = 'program',
}: Case): Promise<readonly FileTrait[]> {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-traits-'));
  try {
    for (const path of ['/bin/p', ...files]) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), '');
    }
    copyFileSync('/bin/true', join(root, 'bin/p'));
    chmodSync(join(root, 'bin/p'), mode);
    const tree = await openDirectoryTree(root, { signal, inspect: () => undefined });
    const facts = parseElf(readFileSync(join(root, 'bin/p'))).value;
    assert.ok(facts);
    const elf = { path: '/bin/p', facts: { ...facts, runpath, needed } };
    return fileTraits(elf, { texts }, role, tree);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const cases: readonly [string, Case, readonly FileTrait[]][] = [
  ['nothing particular', {}, []],
  ['set-user-ID', { mode: 0o4755 }, ['privileged']],
  ['set-group-ID', { mode: 0o2755 }, ['privileged']],
  ['a library that is set-user-ID gives no rights', { mode: 0o4755, role: 'library' }, []],
  ['nscd in the target', { files: [cache, unwinder, '/usr/sbin/nscd'] }, ['name-cache']],
  ['unscd likewise', { files: [cache, unwinder, '/usr/bin/unscd'] }, ['name-cache']],
  ['no list of conversions', { files: [unwinder] }, ['no-conversion-cache']],
  ['nothing to unwind by', { files: [cache] }, ['no-unwinder']],
  ['a path from where the file stands', { runpath: ['/a:$ORIGIN/../lib'] }, ['origin']],
  ['a name for dlopen with it', { texts: { 4096: `\${ORIGIN}/plugin.so` } }, ['origin']],
  ['a path from the working directory', { runpath: ['lib'] }, ['relative']],
  ['a library by such a path', { needed: ['./lib/libx.so', 'libc.so.6'] }, ['relative']],
];

for (const [name, given, expected] of cases)
  test(name, async () => assert.deepEqual(await traitsIn(given), expected));
