import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileChange } from '../image/compare-trees.ts';
import { foldFiles } from './fold-files.ts';

function file(letter: 'A' | 'C' | 'D', path: string, bytes = 1): FileChange {
  const change = ({ A: 'added', C: 'changed', D: 'removed' } as const)[letter];
  const type = path.endsWith('/') ? 'directory' : 'file';
  return { path: path.replace(/\/$/, ''), change, type, bytes: type === 'file' ? bytes : 0 };
}

/** "D /usr/share/doc 3 30": what, where, files, bytes. */
function folded(files: readonly FileChange[], most: number): readonly string[] {
  return foldFiles(files, most).map(
    ({ change, path, count, bytes }) => `${change} ${path} ${count} ${bytes}`,
  );
}

test('a folder that went stands for all in it, though its name sorts between theirs', () => {
  const files = [
    file('D', '/doc/'),
    file('D', '/doc-base', 5),
    file('D', '/doc/a/', 0),
    file('D', '/doc/a/x', 10),
    file('D', '/doc/b', 20),
    file('A', '/doc/c', 7),
  ];
  assert.deepEqual(
    folded(files, 20),
    ['removed /doc 3 30', 'added /doc/c 1 7', 'removed /doc-base 1 5'].sort((a, b) =>
      (a.split(' ')[1] ?? '') < (b.split(' ')[1] ?? '') ? -1 : 1,
    ),
  );
});

test('the deepest folders are folded first, and only as far as must be', () => {
  const files = [
    ...Array.from({ length: 5 }, (_, at) => file('C', `/usr/lib/x/y/${at}`)),
    file('C', '/etc/a'),
    file('C', '/etc/b'),
  ];
  assert.deepEqual(folded(files, 10).length, 7);
  assert.deepEqual(folded(files, 4), [
    'changed /etc/a 1 1',
    'changed /etc/b 1 1',
    'changed /usr/lib/x/y 5 5',
  ]);
});
