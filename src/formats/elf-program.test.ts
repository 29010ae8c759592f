import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildElf, type ElfSpec } from '../../test/builders/elf.ts';
import { whyNotAnalysable } from './elf-program.ts';

const kinds: readonly ElfSpec[] = [
  {
    interpreter: '/lib64/ld-linux-x86-64.so.2',
    needed: ['libc.so.6'],
    imports: [{ name: 'puts' }],
  },
  { type: 'executable', machine: 's390x' },
  { type: 'shared-library', machine: 'i386', soname: 'libx.so.1' },
  { type: 'static-pie', machine: 'aarch64', sections: false },
];

test('programs and libraries that are whole', () => {
  for (const spec of kinds) assert.equal(whyNotAnalysable(buildElf(spec)), undefined);
  assert.equal(whyNotAnalysable(readFileSync(process.execPath)), undefined);
  assert.equal(whyNotAnalysable(Buffer.from('#!/bin/sh\n')), undefined);
});

test('cut off anywhere, the offset lies where the file ends or behind it', () => {
  for (const spec of kinds) {
    const whole = buildElf({ strings: ['x'.repeat(500)], ...spec });
    for (let length = 4; length < whole.length; length += 7) {
      const why = whyNotAnalysable(whole.subarray(0, length));
      assert.equal(why?.code, 'PL0201', `${length} of ${whole.length} bytes`);
      assert.ok((why.at?.offset ?? -1) >= Math.min(length, 5) - 1, `${length}: ${why.at?.offset}`);
    }
  }
});

/** A whole program with one byte or half word changed. */
function changed(offset: number, value: number): ReturnType<typeof whyNotAnalysable> {
  const bytes = Buffer.from(buildElf({ type: 'executable' }));
  bytes.writeUInt16LE(value, offset);
  return whyNotAnalysable(bytes);
}

test('what nobody starts on Linux', () => {
  const message = (why: ReturnType<typeof whyNotAnalysable>) => `${why?.code} ${why?.message}`;
  assert.match(message(changed(16, 1)), /^PL0102 .*object file/);
  assert.match(message(changed(16, 4)), /^PL0102 .*memory dump/);
  assert.match(message(changed(7, 9)), /^PL0102 .*FreeBSD/);
  assert.match(message(changed(56, 0)), /^PL0201 .*expected a PT_LOAD program header, found none/);
  assert.match(message(changed(4, 0x0109)), /^PL0201 expected class .* found 9 and 1/);
  assert.equal(changed(7, 3), undefined);
});
