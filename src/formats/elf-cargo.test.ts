import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { buildElf } from '../../test/builders/elf.ts';
import { parseElf } from './elf.ts';

const packed = (value: unknown): Uint8Array => deflateSync(JSON.stringify(value));

const crate = { name: 'serde', version: '1.0.1', source: 'crates.io' };

for (const [name, section, expected] of [
  ['crates', packed({ packages: [crate] }), ['serde 1.0.1 true']],
  [
    'of those that are in the program only',
    packed({
      packages: [
        { ...crate, kind: 'build' },
        { ...crate, name: 'own', source: 'local', root: true },
        { name: 7, version: '1' },
        'x',
      ],
    }),
    ['own 1.0.1 false'],
  ],
  ['a section that is no zlib', Buffer.from('nothing'), []],
  ['a section that is no JSON', deflateSync('{'), []],
  ['a bomb', deflateSync(Buffer.alloc(64 * 1024 * 1024)), []],
] as const) {
  test(`crates of a Rust program: ${name}`, () => {
    const { value } = parseElf(buildElf({ crates: section }));
    assert.deepEqual(
      (value?.crates ?? []).map((one) => `${one.name} ${one.version} ${one.published}`),
      expected,
    );
  });
}
