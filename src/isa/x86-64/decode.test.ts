import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, makeInsn } from './decode.ts';
import { vectorClass } from './vector-feature.ts';

/** Bytes (more may follow than the instruction has) and what is decoded of them. */
const cases: readonly [string, number, Record<string, unknown>, string?][] = [
  ['0f2387', 3, { map: 1, opcode: 0x23, displacementSize: 0 }],
  ['0f05', 2, { map: 1, opcode: 0x05, modrm: -1 }],
  ['b8e7000000', 5, { immediate: 231, immediateSize: 4 }],
  ['48b8ffffffffffffffff', 10, { immediate: -1, immediateHigh: -1, immediateSize: 8, rex: 0x48 }],
  ['66b83412', 4, { immediate: 0x1234, immediateSize: 2 }],
  ['488b0578563412', 7, { displacement: 0x12345678, displacementSize: 4, modrm: 0x05 }],
  ['8b44240890', 4, { sib: 0x24, displacement: 8 }],
  ['8b0425f0ffffff', 7, { sib: 0x25, displacement: -16 }],
  ['f6c001', 3, { immediate: 1 }],
  ['f6d001', 2, { immediateSize: 0 }],
  ['66f7c03412', 5, { immediateSize: 2 }],
  ['c8100001', 4, { immediateSize: 3 }],
  ['e8fbffffff', 5, { immediate: -5 }],
  ['64488b042528000000', 9, { prefixes: 0x20, displacement: 0x28 }],
  ['f3c3', 2, { opcode: 0xc3, prefixes: 0x04 }],
  ['c5f877', 3, { encoding: 1, map: 1, opcode: 0x77, modrm: -1 }, 'avx'],
  ['c5fb58c1', 4, { encoding: 1, opcode: 0x58 }, 'avx'],
  ['c4e2f5b8c2', 5, { encoding: 1, map: 2, opcode: 0xb8, vectorLength: 1 }, 'avx2'],
  ['c5f5fec2', 4, { encoding: 1, opcode: 0xfe, vectorLength: 1 }, 'avx2'],
  ['c5f1fec2', 4, { encoding: 1, opcode: 0xfe, vectorLength: 0 }, 'avx'],
  ['62f17c4858c0', 6, { encoding: 2, map: 1, opcode: 0x58, vectorLength: 2 }, 'avx512f'],
  ['0f58c1', 3, { encoding: 0, map: 1, opcode: 0x58 }, 'sse'],
  ['660fefc0', 4, { map: 1, opcode: 0xef }, 'sse'],
  ['0fefc0', 3, { map: 1, opcode: 0xef }],
];

for (const [hex, length, parts, kind] of cases) {
  test(`${hex} is one instruction of ${length} bytes`, () => {
    const bytes = Buffer.from(hex, 'hex');
    const insn = makeInsn();
    assert.equal(decode(bytes, 0, bytes.length, insn), length);
    assert.equal(insn.valid, true);
    for (const [part, value] of Object.entries(parts)) {
      assert.equal((insn as unknown as Record<string, unknown>)[part], value, part);
    }
    assert.equal(vectorClass(insn), kind);
  });
}

for (const hex of [
  '',
  '06',
  '0f04',
  '48',
  '66',
  'c4',
  '62f1',
  'e8fbff',
  '48b8ffff',
  '8b04',
  '4862',
]) {
  test(`'${hex}' is none: invalid, one byte long, no throw`, () => {
    const bytes = Buffer.from(hex, 'hex');
    const insn = makeInsn();
    assert.equal(decode(bytes, 0, bytes.length, insn), 1);
    assert.equal(insn.valid, false);
  });
}
