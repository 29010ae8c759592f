import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { type ElfLayout, readLayout } from './elf-layout.ts';
import { type FilledWords, readGoFunctions } from './go-functions.ts';

const low = 0x400000;
const tableAt = 0x200;
const codeAt = 0x1000;
const names = ['internal/cpu.Initialize', 'runtime.main', 'main.(*a·b).run'];
const starts = [0, 0x40, 0x90];
const end = 0xb0;
const none: FilledWords = () => undefined;

/** One segment at `low` that holds everything, without section headers. */
function program(table: Buffer): Buffer {
  const bytes = Buffer.alloc(0x1100);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(62, 18);
  bytes.writeUInt32LE(64, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(1, 64);
  bytes.writeUInt32LE(5, 68);
  bytes.writeUInt32LE(low, 80);
  bytes.writeUInt32LE(bytes.length, 96);
  bytes.writeUInt32LE(bytes.length, 104);
  bytes.set(table, tableAt);
  return bytes;
}

/** A table of one layout; without `written`, beginnings are left to the loader. */
function pclntab(magic: number, written = true): Buffer {
  const bytes = Buffer.alloc(0x400);
  const word = (at: number, value: number): void => {
    bytes.writeUInt32LE(value, at);
  };
  word(0, magic);
  bytes.set([0, 0, 1, 8], 4);
  const first = magic === 0xfffffffb;
  const wide = first || magic === 0xfffffffa;
  const namesAt = 0x100;
  const pairs = first ? 16 : 0x180;
  const base = first ? 0 : pairs;
  const toldAt = 0x300;
  word(8, names.length);
  if (magic === 0xfffffffa) {
    word(8 + 2 * 8, namesAt);
    word(8 + 6 * 8, pairs);
  } else if (!first) {
    word(8 + 2 * 8, written ? low + codeAt : 0);
    word(8 + 3 * 8, namesAt);
    word(8 + 7 * 8, pairs);
  }
  const size = wide ? 8 : 4;
  let nameAt = namesAt;
  for (const [index, start] of [...starts, end].entries()) {
    const at = pairs + 2 * size * index;
    word(at, wide ? (written ? low + codeAt + start : 0) : start);
    const name = names[index];
    if (name === undefined) continue;
    word(at + size, toldAt + 16 * index - base);
    word(toldAt + 16 * index + size, nameAt - (first ? 0 : namesAt));
    nameAt += bytes.write(`${name}\0`, nameAt);
  }
  return bytes;
}

function layoutOf(bytes: Uint8Array): ElfLayout {
  const problems: Diagnostic[] = [];
  const layout = readLayout(bytes, problems);
  assert.ok(layout);
  return layout;
}

const expected = [
  { address: low + codeAt, size: 0x40, name: names[0] },
  { address: low + codeAt + 0x40, size: 0x50, name: names[1] },
  { address: low + codeAt + 0x90, size: 0x20, name: names[2] },
];

for (const [release, magic] of [
  ['1.2', 0xfffffffb],
  ['1.16', 0xfffffffa],
  ['1.18', 0xfffffff0],
  ['1.20', 0xfffffff1],
] as const) {
  test(`the table of Go ${release} is found without a section`, () => {
    const bytes = program(pclntab(magic));
    assert.deepEqual(readGoFunctions(layoutOf(bytes), none)?.functions, expected);
  });
  test(`beginnings that the loader fills in, Go ${release}`, () => {
    const bytes = program(pclntab(magic, false));
    const base = low + tableAt;
    const filled: FilledWords = (address) => {
      if (address === base + 24 && magic !== 0xfffffffb) return low + codeAt;
      const pairs = magic === 0xfffffffb ? 16 : 0x180;
      const index = (address - base - pairs) / 16;
      const start = [...starts, end][index];
      return start === undefined ? undefined : low + codeAt + start;
    };
    assert.deepEqual(readGoFunctions(layoutOf(bytes), filled)?.functions, expected);
  });
  test(`a damaged table of Go ${release} is none, and nothing is thrown`, () => {
    for (let at = 0; at < 0x400; at += 3) {
      const table = pclntab(magic);
      table.fill(0xff, at, Math.min(at + 8, table.length));
      readGoFunctions(layoutOf(program(table)), none);
    }
    const unordered = pclntab(magic);
    const wide = magic === 0xfffffffb || magic === 0xfffffffa;
    const second = (magic === 0xfffffffb ? 16 : 0x180) + (wide ? 16 : 8);
    unordered.writeUInt32LE(1, second);
    const functions = readGoFunctions(layoutOf(program(unordered)), none)?.functions;
    assert.notDeepEqual(functions, expected);
  });
}

test('a real program without section headers', () => {
  const root = join(import.meta.dirname, '../..');
  const path = join(root, 'node_modules/@esbuild', `linux-${process.arch}`, 'bin/esbuild');
  const bytes = readFileSync(path);
  bytes.writeUInt16LE(0, 60);
  const found = readGoFunctions(layoutOf(bytes), none)?.functions;
  assert.ok(found !== undefined && found.length > 5000);
  assert.ok(found.some(({ name }) => name === 'main.main'));
  assert.ok(found.some(({ name }) => name === 'syscall.RawSyscall6'));
});

test('a program that is not of Go has no table', () => {
  assert.equal(readGoFunctions(layoutOf(readFileSync(process.execPath)), none), undefined);
});
