import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

test('separate debug information is no program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-debug-'));
  try {
    const path = join(folder, 'ls.debug');
    execFileSync('objcopy', ['--only-keep-debug', '/bin/ls', path]);
    const { value, problems } = parseElf(readFileSync(path));
    assert.deepEqual(problems, []);
    assert.equal(value?.type, 'other');
    assert.equal(value?.interpreter, undefined);
    assert.deepEqual(value?.needed, []);
    assert.deepEqual(value?.imports, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a file cut short gives what its beginning tells', () => {
  const whole = readFileSync('/bin/ls');
  for (const share of [0.01, 0.1, 0.5, 0.9]) {
    const { value } = parseElf(whole.subarray(0, Math.floor(whole.length * share)));
    assert.equal(value?.machine, parseElf(whole).value?.machine);
    assert.match(value?.interpreter ?? '', /ld-/);
  }
});

test('exports are kept for the libraries asked for', () => {
  const libc = readFileSync('/lib/x86_64-linux-gnu/libc.so.6');
  assert.ok(parseElf(libc).value?.exports.includes('pthread_create'));
  assert.deepEqual(parseElf(libc, { exportsOf: new Set(['libm']) }).value?.exports, []);
});
