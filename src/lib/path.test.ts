import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseName, childPath, insidePath, splitPath } from './path.ts';

const cases: readonly [name: string, path: string, escaped: boolean][] = [
  ['a/b', '/a/b', false],
  ['./a/b/', '/a/b', false],
  ['/a', '/a', false],
  ['', '/', false],
  ['./', '/', false],
  ['a//b/./c', '/a/b/c', false],
  ['a/../b', '/b', false],
  ['../../etc/passwd', '/etc/passwd', true],
  ['a/../../b', '/b', true],
  ['...', '/...', false],
  ['a/..b', '/a/..b', false],
];

test('the last component', () => {
  for (const [path, name] of [
    ['/usr/bin/env', 'env'],
    ['env', 'env'],
    ['/usr/bin/', ''],
    ['', ''],
  ] as const)
    assert.equal(baseName(path), name, path);
});

test('names become paths inside the tree', () => {
  for (const [name, path, escaped] of cases)
    assert.deepEqual(insidePath(name), { path, escaped }, name);
});

test('splitting and joining', () => {
  for (const path of ['/a', '/a/b', '/a/b/c']) {
    const { parent, name } = splitPath(path);
    assert.equal(childPath(parent, name), path);
  }
  assert.deepEqual(splitPath('/'), { parent: '/', name: '' });
});
