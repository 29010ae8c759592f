import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCdiName } from '../runtime/cdi-name.ts';
import { gpusOf } from './device-names.ts';

test('names of devices beside paths', () => {
  for (const name of ['nvidia.com/gpu=all', 'a.b/c=0:1', 'x/y=GPU-1-2'])
    assert.equal(parseCdiName(name) !== undefined, true, name);
  for (const path of ['/dev/sda', '/dev/a=b', '/dev/sda:/dev/x:rw', 'gpu=0', 'a.b/c='])
    assert.equal(parseCdiName(path) !== undefined, false, path);
});

test('docker’s words for graphics cards', () => {
  const check = (text: string, expected: readonly string[]): void =>
    assert.deepEqual(
      gpusOf(text, () => 'v.w/gpu'),
      expected.map((name) => `v.w/gpu=${name}`),
    );
  check('all', ['all']);
  check('2', ['0', '1']);
  check('count=1', ['0']);
  check('device=0,GPU-3a', ['0', 'GPU-3a']);
  check('"device=1"', ['1']);
  for (const text of ['', '0', 'some', 'device=', '-1', '1000'])
    assert.throws(() => gpusOf(text, () => 'v.w/gpu'), text);
});
