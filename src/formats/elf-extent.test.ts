import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { buildElf } from '../../test/builders/elf.ts';
import { parseElf } from './elf.ts';
import { elfExtent, readElfPrefix } from './elf-extent.ts';
import { isElf } from './elf-layout.ts';

const mib = 1024 * 1024;
const factsOf = (bytes: Uint8Array): string => JSON.stringify(parseElf(bytes));

test('the extent of real files is where their section headers end, and holds all that is read of them', () => {
  const files = globSync(['/usr/bin/*', '/usr/lib/x86_64-linux-gnu/*.so.*'])
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .slice(0, 200)
    .map((path) => readFileSync(path))
    .filter(isElf)
    .slice(0, 40);
  assert.equal(files.length, 40);
  for (const whole of files) {
    const extent = elfExtent(whole);
    assert.ok(extent <= whole.length && extent > whole.length - 64, `${extent} ${whole.length}`);
    assert.equal(factsOf(whole.subarray(0, extent)), factsOf(whole));
  }
});

/** What is read of a file of `size` bytes that begins with `head` and goes on with zeros, and how much was asked for. */
async function prefixOf(head: Uint8Array, size: number, limit = 512 * mib) {
  const asked: number[] = [];
  const read = (length: number): Promise<Uint8Array> => {
    asked.push(length);
    const bytes = Buffer.alloc(Math.min(length, size));
    bytes.set(head.subarray(0, bytes.length));
    return Promise.resolve(bytes);
  };
  return { ...(await readElfPrefix(read, size, limit)), asked };
}

test('what stands behind a program is not read', async () => {
  const programs = [
    readFileSync('/bin/busybox'),
    readFileSync('/bin/sh'),
    buildElf({}),
    buildElf({ machine: 'i386' }),
  ];
  for (const program of programs) {
    const { bytes, extent, asked } = await prefixOf(program, 10_000 * mib);
    assert.ok(extent <= program.length);
    assert.ok(asked.length <= 3 && Math.max(...asked) <= Math.max(extent, 64 * 1024), `${asked}`);
    assert.equal(factsOf(bytes), factsOf(program));
  }
});

test('small files are read whole, and damaged ones no further than the limit', async () => {
  const sized = await prefixOf(buildElf({}), 8 * mib);
  assert.deepEqual([sized.extent, sized.asked], [8 * mib, [8 * mib]]);
  const hostile = Buffer.alloc(64, 0xff);
  hostile.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  const cut = await prefixOf(hostile, 100 * mib, 20 * mib);
  assert.deepEqual([cut.extent, cut.bytes.length], [100 * mib, 20 * mib]);
  const none = Buffer.alloc(64);
  none.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  assert.equal((await prefixOf(none, 100 * mib)).extent, 64);
  for (let length = 0; length < 64; length++) {
    assert.equal(elfExtent(none.subarray(0, length)), length < 5 ? 52 : 64);
  }
});
