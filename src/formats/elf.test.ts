import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseElf } from './elf.ts';

test('this Node: a dynamic program', () => {
  const { value, problems } = parseElf(readFileSync(process.execPath));
  assert.deepEqual(problems, []);
  assert.equal(value?.bits, 64);
  assert.match(value?.interpreter ?? '', /^\/lib/);
  assert.ok(value?.needed.includes('libc.so.6'));
  assert.ok(
    value?.imports.some(({ name, version }) => name === 'pthread_create' && version !== undefined),
  );
});

test('anything but an ELF file is no fact and no problem', () => {
  for (const bytes of ['', '\x7fEL', '#!/bin/sh\n']) {
    assert.deepEqual(parseElf(Buffer.from(bytes, 'latin1')), { value: undefined, problems: [] });
  }
});

test('a header that is cut off is a problem at its offset', () => {
  const { value, problems } = parseElf(Buffer.from('\x7fELF\x02\x01\x01', 'latin1'));
  assert.equal(value, undefined);
  assert.deepEqual(
    problems.map(({ code, at }) => ({ code, offset: at?.offset })),
    [{ code: 'PL0201', offset: 7 }],
  );
});
