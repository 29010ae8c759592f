// Unwind entries, symbols and relocations of this machine's own libc, against readelf.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { test } from 'node:test';
import { readFrameEntries } from './eh-frame.ts';
import { readDynamic } from './elf-dynamic.ts';
import { type ElfLayout, readLayout } from './elf-layout.ts';
import { readRelocations, relocationKind } from './elf-relocations.ts';
import { dynamicSymbols } from './elf-symbol-table.ts';
import { readVersions } from './elf-symbols.ts';

const libc = realpathSync('/lib/x86_64-linux-gnu/libc.so.6');

function layoutOf(bytes: Uint8Array): ElfLayout {
  const layout = readLayout(bytes, []);
  assert.ok(layout);
  return layout;
}

const readelf = (...options: string[]): string =>
  spawnSync('readelf', [...options, libc], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout;

const layout = layoutOf(readFileSync(libc));

test('unwind entries begin and end where readelf says', () => {
  const expected = [
    ...readelf('--debug-dump=frames').matchAll(/FDE cie=\S+ pc=([0-9a-f]+)\.\.([0-9a-f]+)/g),
  ].map(([, from = '', to = '']) => `${Number.parseInt(from, 16)} ${Number.parseInt(to, 16)}`);
  assert.ok(expected.length > 1000);
  const found = readFrameEntries(layout).map(({ address, size }) => `${address} ${address + size}`);
  assert.deepEqual(found, expected);
});

test('without section headers the same entries are found through the program headers', () => {
  const bytes = Buffer.from(readFileSync(libc));
  bytes.writeBigUInt64LE(0n, 40);
  assert.equal(readFrameEntries(layoutOf(bytes)).length, readFrameEntries(layout).length);
});

test('relocations and symbols are as many as readelf counts, with versions', () => {
  const dynamic = readDynamic(layout, []);
  assert.ok(dynamic);
  const relocations = readRelocations(layout, dynamic);
  const text = readelf('-Wr');
  const count = (kind: string): number => text.split(kind).length - 1;
  const ours = (kind: number): number => relocations.kinds.filter((each) => each === kind).length;
  assert.equal(ours(relocationKind.resolved), count('R_X86_64_IRELATIV'));
  // Relative ones may be packed, which readelf counts as offsets.
  const packed = Number(/(\d+) offsets/.exec(text)?.[1] ?? 0);
  assert.equal(ours(relocationKind.local), count('R_X86_64_RELATIV') + packed);
  const threads = ['DTPMOD64', 'DTPOFF64', 'TPOFF64', 'TLSDESC'];
  assert.equal(
    ours(relocationKind.thread),
    threads.reduce((sum, kind) => sum + count(`R_X86_64_${kind} `), 0),
  );
  assert.ok(ours(relocationKind.thread) > 0);
  const symbols = dynamicSymbols(layout, dynamic, readVersions(layout, dynamic));
  const versions = symbols
    .filter(({ name }) => name === 'memcpy')
    .map(({ version, hidden }) => `${version} ${hidden}`);
  assert.deepEqual(versions.sort(), ['GLIBC_2.14 false', 'GLIBC_2.2.5 true']);
});

test('tables that were cut short or overwritten give less, never a failure', () => {
  const whole = readFileSync(libc);
  for (const length of [64, 4096, whole.length >> 1, whole.length - 20_000]) {
    const cut = readLayout(whole.subarray(0, length), []);
    assert.ok(cut);
    const dynamic = readDynamic(cut, []);
    readRelocations(cut, dynamic);
    assert.ok(readFrameEntries(cut).length <= readFrameEntries(layout).length);
  }
});
