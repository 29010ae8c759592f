import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandWordsIn } from './command-name.ts';

for (const [line, ...expected] of [
  ['check ./rootfs', 'check', './rootfs'],
  ['-q --color never image ls -a', 'image', 'ls'],
  ['--color=never images', 'images'],
  ['-- image ls more', 'image', 'ls'],
  ['image -- ls', 'image', 'ls'],
  ['--help'],
] as const) {
  test(`words of '${line}'`, () => {
    assert.deepEqual(commandWordsIn(line.split(' ')), expected);
  });
}
