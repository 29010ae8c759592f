import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemReason } from '../lib/system-reason.ts';
import { hasCode, systemError } from './errno.ts';
import { cName, lastError, lazyFunction } from './libc.ts';

test('a failed call gives an error as Node has them', () => {
  const openat = lazyFunction('openat', 'int', ['int', 'const char *', 'int', 'uint32_t']);
  assert.equal(openat(-100, cName('/nowhere/at all'), 0, 0), -1);
  const error = lastError('openat', '/nowhere/at all');
  assert.equal(error.code, 'ENOENT');
  assert.equal(error.errno, 2);
  assert.equal(error.message, "ENOENT: no such file or directory, openat '/nowhere/at all'");
  assert.equal(systemReason(error), 'no such file or directory');
  assert.ok(hasCode(error, 'EPERM', 'ENOENT'));
  assert.ok(!hasCode(error, 'EPERM'));
});

test('numbers that libuv does not know have names too', () => {
  assert.equal(systemError(61, 'getxattr').code, 'ENODATA');
  assert.equal(systemError(4090, 'x').code, 'E4090');
});

test('names keep their bytes, and a NUL in them is refused', () => {
  assert.equal(cName('ä'), 'ä');
  assert.deepEqual(cName('a\udcff'), Buffer.of(0x61, 0xff, 0));
  assert.throws(() => cName('a\0b'), { code: 'EINVAL' });
});
