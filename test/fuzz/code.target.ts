// Code of both architectures, damaged: decoding, the sweep, values and the graph of an ELF file's functions.

import { aarch64Machine } from '../../src/isa/aarch64/machine.ts';
import { makeStep } from '../../src/isa/insn.ts';
import { decode, makeInsn } from '../../src/isa/x86-64/decode.ts';
import { x86Machine } from '../../src/isa/x86-64/machine.ts';
import { summariseCode } from '../../src/needs/code/file/summarise.ts';
import { buildElf, type ElfSpec } from '../builders/elf.ts';
import { randomOf } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

/** Instructions that matter for flow and values; jumps and calls get random distances. */
const x86Parts = [
  '0f05',
  'cd80',
  'b8e7000000',
  '89f8',
  '31c0',
  '488d3d10000000',
  '488b0500100000',
  'ff2500100000',
  'ffd0',
  'ffe0',
  '4883ec18',
  '4883c418',
  '53',
  '5b',
  'c3',
  'c9',
  '55',
  '4889e5',
  '8b442408',
  '89442408',
  '0f44c2',
  '0f95c0',
  '63048748',
  '3e ffe0',
  '48630487',
  '4801f8',
  'f30f1efa',
  'c5f877',
  '62f17c4858c0',
  '0fb6c8',
  '4863f7',
  'e8JJJJ0000',
  'e9JJJJ0000',
  '74JJ',
  '0f84JJJJ0000',
  'ebJJ',
  '0f0b',
  'f4',
  '6690',
  '0f1f4000',
];
const wordParts = [
  0xd4000001, 0xd2800ba8, 0xaa0103e0, 0x90000001, 0x91004021, 0xf9400020, 0xf9400c00, 0xb8617802,
  0x78615802, 0x38616802, 0x10000062, 0x8b22a841, 0x8b020820, 0xd61f0020, 0xd63f0020, 0xd65f03c0,
  0xa9be7bfd, 0xa8c27bfd, 0x910003fd, 0xd10083ff, 0x71000c1f, 0x540000a8, 0x54000049, 0xb4000060,
  0x36f80040, 0x14000003, 0x17fffff0, 0x94000004, 0x97ffffe0, 0x1a9f17e0, 0x9a811002, 0x58000048,
  0xf2a00021, 0x321003e0, 0xd503201f, 0x00000000, 0xf8408401, 0x91000400, 0xb0000013, 0x9118c273,
  0xcb2063ff, 0x927cec1f, 0xb3407c22,
];

function x86Code(seed: number): Uint8Array {
  const random = randomOf(seed, 0);
  const digits = () => random(16).toString(16);
  const parts = Array.from({ length: 300 }, () => x86Parts[random(x86Parts.length)] ?? '');
  return Buffer.from(parts.join('').replaceAll(' ', '').replaceAll('J', digits), 'hex');
}

function aarch64Code(seed: number): Uint8Array {
  const random = randomOf(seed, 0);
  const words = Array.from({ length: 400 }, () => {
    const word = wordParts[random(wordParts.length)] ?? 0;
    // Now and then another distance, register or bit.
    return random(4) === 0 ? (word ^ (1 << random(24))) >>> 0 : word;
  });
  return new Uint8Array(Uint32Array.from(words).buffer);
}

function noise(seed: number): Uint8Array {
  const random = randomOf(seed, 0);
  return Uint8Array.from({ length: 2000 }, () => random(256));
}

const spec: ElfSpec = {
  interpreter: '/lib/ld.so',
  needed: ['libc.so.6'],
  imports: [
    { name: 'syscall', version: 'GLIBC_2.2.5' },
    { name: 'dlopen', version: 'GLIBC_2.2.5' },
  ],
  exports: ['one', 'two'],
};

const insn = makeInsn();
const step = makeStep();

/** Every instruction by itself, from every place: lengths must get on. */
function decodeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) {
    const length = decode(bytes, at, bytes.length, insn);
    if (length < 1 || length > 15) throw new Error(`an instruction of ${length} bytes`);
    for (const machine of [x86Machine, aarch64Machine])
      if (machine.readStep(bytes, at, bytes.length, 0x1000 + at, step) < 1)
        throw new Error('no progress');
  }
}

export const target: FuzzTarget = {
  name: 'code',
  seeds: () =>
    [1, 2, 3].flatMap((seed) => [
      buildElf({ ...spec, code: x86Code(seed) }),
      buildElf({ ...spec, machine: 'aarch64', code: aarch64Code(seed) }),
      buildElf({ ...spec, type: 'executable', code: x86Code(seed + 10) }),
      buildElf({ ...spec, type: 'executable', machine: 'aarch64', code: aarch64Code(seed + 10) }),
      buildElf({ ...spec, machine: seed === 1 ? 'x86_64' : 'aarch64', code: noise(seed) }),
    ]),
  run(bytes) {
    summariseCode(bytes);
    decodeAll(bytes.subarray(0, 4096));
  },
};
