import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileNode } from './file-tree.ts';
import type { IndexedEntry } from './merge.ts';
import { mergeLayers } from './merge.ts';

type Entry = IndexedEntry<string>;

const node = (path: string, type: FileNode['type'], more: Partial<FileNode> = {}): FileNode => ({
  path,
  type,
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  ...more,
});
const file = (path: string, payload: string): Entry => ({ node: node(path, 'file'), payload });
const dir = (path: string): Entry => ({ node: node(path, 'directory') });
const link = (path: string, linkTarget: string): Entry => ({
  node: node(path, 'symlink', { linkTarget }),
});
const hard = (path: string, hardLinkTo: string): Entry => ({
  node: node(path, 'file'),
  hardLinkTo,
});
const gone = (path: string): Entry => ({ node: node(path, 'file'), whiteout: 'whiteout' });
const opaque = (path: string): Entry => ({ node: node(path, 'directory'), whiteout: 'opaque' });

/** Merges layers and gives "path=payload" of every file, or "path" of what has none. */
function merged(...layers: (readonly Entry[])[]): { files: string[]; problems: number } {
  const tree = mergeLayers(layers.map((entries) => ({ entries, problems: [], bytes: 0 })));
  const files = [...tree.walk()].slice(1).map(({ path, type, layer }) => {
    return type === 'file' ? `${path}=${tree.payload(path)}@${layer}` : path;
  });
  assert.equal(tree.size, files.length + 1);
  return { files, problems: tree.problems.length };
}

const cases: readonly [string, (readonly Entry[])[], string[], number?][] = [
  ['later layers win', [[file('/a', '1')], [file('/a', '2')]], ['/a=2@1']],
  ['a whiteout hides', [[dir('/d'), file('/d/a', '1')], [gone('/d/a')]], ['/d']],
  ['a whiteout hides a folder', [[dir('/d'), file('/d/a', '1')], [gone('/d')]], []],
  [
    'a whiteout spares its own layer, wherever it stands',
    [[file('/a', '1')], [file('/a', '2'), gone('/a')]],
    ['/a=2@1'],
  ],
  [
    'opaque hides lower layers only, wherever it stands',
    [
      [dir('/d'), file('/d/old', '1')],
      [file('/d/new', '2'), opaque('/d')],
    ],
    ['/d', '/d/new=2@1'],
  ],
  [
    'a folder keeps its children',
    [[dir('/d'), file('/d/a', '1')], [dir('/d')]],
    ['/d', '/d/a=1@0'],
  ],
  ['a file replaces a folder', [[dir('/d'), file('/d/a', '1')], [file('/d', '2')]], ['/d=2@1']],
  [
    'a folder replaces a file',
    [[file('/d', '1')], [dir('/d'), file('/d/a', '2')]],
    ['/d', '/d/a=2@1'],
  ],
  ['missing parents are made', [[file('/a/b/c', '1')]], ['/a', '/a/b', '/a/b/c=1@0']],
  ['the last of one name counts', [[file('/a', '1'), file('/a', '2')]], ['/a=2@0']],
  ['hard links share', [[file('/a', '1')], [hard('/b', '/a')]], ['/a=1@0', '/b=1@1']],
  [
    'a hard link may stand before its file',
    [[hard('/b', '/a'), file('/a', '1')]],
    ['/a=1@0', '/b=1@0'],
  ],
  ['a hard link to nothing is said', [[hard('/b', '/a')]], [], 1],
  [
    'a hard link keeps what its name meant then',
    [[file('/a', '1'), hard('/b', '/a')], [file('/a', '2')]],
    ['/a=2@1', '/b=1@0'],
  ],
  [
    'files below a linked folder land where it leads',
    [[dir('/usr'), dir('/usr/lib'), link('/lib', 'usr/lib')], [file('/lib/x', '2')]],
    ['/lib', '/usr', '/usr/lib', '/usr/lib/x=2@1'],
  ],
  [
    'a folder is made where a link leads to nothing',
    [[link('/l', 'no/where')], [file('/l/x', '1')]],
    ['/l', '/no', '/no/where', '/no/where/x=1@1'],
  ],
  ['a file in the way is said', [[file('/f', '1')], [file('/f/x', '2')]], ['/f=1@0'], 1],
  [
    'a link to a file in the way is said',
    [
      [file('/f', '1'), link('/l', 'f')],
      [file('/l/x', '2'), dir('/l/y/z')],
    ],
    ['/f=1@0', '/l'],
    2,
  ],
  [
    'a link without end in the way is said',
    [
      [link('/l', 'l/m'), link('/a', 'b'), link('/b', 'a')],
      [file('/l/x', '2'), file('/a/x', '2')],
    ],
    ['/a', '/b', '/l'],
    2,
  ],
  ['a link cannot lead out', [[link('/up', '../../..')], [file('/up/x', '1')]], ['/up', '/x=1@1']],
];

for (const [title, layers, files, problems = 0] of cases) {
  test(title, () => assert.deepEqual(merged(...layers), { files, problems }));
}
