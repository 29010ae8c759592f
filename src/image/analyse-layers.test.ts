import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyseLayers } from './analyse-layers.ts';
import type { FileNode } from './file-tree.ts';
import type { IndexedEntry, LayerIndex } from './merge.ts';

/** "path": a file of so many bytes with a content; "path/" a folder; "-path" a whiteout; "path/*" opaque; "a=b" a hard link. */
function entry(text: string): IndexedEntry<string> {
  const [, sign, name = '', size = '0', content, link] =
    /^(-?)([^:=*]+?)\*?(?::(\d+)(\w*))?(?:=(.*))?$/.exec(text) ?? [];
  const folder = name.endsWith('/') && !text.endsWith('*');
  const node: FileNode = {
    path: `/${name.replace(/\/$/, '')}`,
    type: folder || text.endsWith('*') ? 'directory' : 'file',
    mode: folder ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size: Number(size),
    mtime: 0,
  };
  if (sign === '-') return { node, whiteout: 'whiteout' };
  if (text.endsWith('*')) return { node, whiteout: 'opaque' };
  if (link !== undefined) return { node, hardLinkTo: `/${link}` };
  return content ? { node, payload: content } : { node };
}

const layersOf = (...layers: readonly string[]): readonly LayerIndex<string>[] =>
  layers.map((line) => ({
    entries: line === '' ? [] : line.split(' ').map(entry),
    problems: [],
    bytes: 0,
  }));

interface Case {
  readonly name: string;
  readonly layers: readonly string[];
  /** Changes of each layer: "+/a ~/b -/c". */
  readonly changes: readonly string[];
  /** "path bytes versions why layer" */
  readonly wasted: readonly string[];
  readonly efficiency: number;
}

const cases: readonly Case[] = [
  {
    name: 'nothing is wasted where every file is stored once',
    layers: ['a/ a/x:10p', 'a/ a/y:30q'],
    changes: ['+/a +/a/x', '+/a/y'],
    wasted: [],
    efficiency: 1,
  },
  {
    name: 'a file that is stored again, for its content and for its mode',
    layers: ['x:10p y:20q', 'x:10p y:30r', 'x:10p'],
    changes: ['+/x +/y', '~/x ~/y', '~/x'],
    wasted: ['/x 20 3 metadata 2', '/y 20 2 content 1'],
    efficiency: 40 / 80,
  },
  {
    name: 'a folder that is removed with all in it',
    layers: ['d/ d/x:10p d/e/ d/e/y:30q z:60r', '-d'],
    changes: ['+/d +/d/e +/d/e/y +/d/x +/z', '-/d -/d/e -/d/e/y -/d/x'],
    wasted: ['/d/e/y 30 1 removed 1', '/d/x 10 1 removed 1'],
    efficiency: 0.6,
  },
  {
    name: 'an opaque folder, of which one file is put back',
    layers: ['d/ d/x:10p d/y:10q', 'd/* d/ d/x:10p'],
    changes: ['+/d +/d/x +/d/y', '~/d/x -/d/y'],
    wasted: ['/d/x 10 2 content 1', '/d/y 10 1 removed 1'],
    efficiency: 1 / 3,
  },
  {
    name: 'a file in place of a folder',
    layers: ['d/ d/x:10p', 'd:5q'],
    changes: ['+/d +/d/x', '~/d -/d/x'],
    wasted: ['/d/x 10 1 removed 1'],
    efficiency: 5 / 15,
  },
  {
    name: 'another name of a file stores nothing, so that removing it wastes nothing',
    layers: ['x:10p y=x', '-y'],
    changes: ['+/x +/y', '-/y'],
    wasted: [],
    efficiency: 1,
  },
  { name: 'no layers', layers: [], changes: [], wasted: [], efficiency: 1 },
  {
    name: 'a whiteout of what is not there',
    layers: ['', '-x'],
    changes: ['', ''],
    wasted: [],
    efficiency: 1,
  },
];

const signs = { added: '+', changed: '~', removed: '-' } as const;

for (const { name, layers, changes, wasted, efficiency } of cases) {
  test(name, () => {
    const found = analyseLayers(layersOf(...layers));
    assert.deepEqual(
      found.layers.map((layer) =>
        layer.changes.map(({ change, path }) => signs[change] + path).join(' '),
      ),
      changes,
    );
    assert.deepEqual(
      found.wasted.map(({ path, bytes, versions, why, layer }) =>
        [path, bytes, versions, why, layer].join(' '),
      ),
      wasted,
    );
    assert.equal(found.efficiency, efficiency);
    const lost = found.layers.reduce((sum, layer) => sum + layer.wasted, 0);
    assert.equal(lost, found.wastedBytes);
  });
}

test('the same content under several names is told, unless it is small or one file', () => {
  const { duplicates } = analyseLayers(
    layersOf('a:5000same b:5000same c=a d:5000other', 'e:5000same f:10tiny g:10tiny'),
  );
  assert.deepEqual(duplicates, [{ paths: ['/a', '/b', '/e'], size: 5000 }]);
});
