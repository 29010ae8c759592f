// Look-ups in layers on top of each other, against what overlayfs itself shows of them.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { diskTree } from '../../../test/builders/disk-tree.ts';
import { closeDescriptor, fileTypes, makeNodeAt, openDirectory } from '../../sys/file-calls.ts';
import { mountAt, unmount } from '../../sys/mounts.ts';
import { setAttributeOf } from '../../sys/xattrs.ts';
import { lowerLayers, whiteoutPrefix } from './lower-layers.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));

interface Content {
  readonly files?: readonly string[];
  readonly hides?: readonly string[];
  readonly opaque?: readonly string[];
  readonly links?: Readonly<Record<string, string>>;
}

const layers: readonly Content[] = [
  {
    files: ['a/1', 'a/2', 'b/x/1', 'b/y', 'c', 'd/deep/er/1', 'e/1'],
    links: { l: 'a', abs: '/b/x', up: 'b/x/..' },
  },
  { files: ['a/3', 'b/x/2'], hides: ['a/1', 'c'], opaque: ['b/x'] },
  { files: ['c/now/a/folder', 'd', 'f/1'], hides: ['e'] },
  { files: ['d/again', 'e/2'] },
];

function write(
  { files = [], hides = [], opaque = [], links = {} }: Content,
  fuse: boolean,
): string {
  const root = mkdtempSync(join(folder, 'layer-'));
  const parent = (path: string): string => join(root, path, '..');
  for (const path of files) {
    mkdirSync(parent(path), { recursive: true });
    writeFileSync(join(root, path), path);
  }
  for (const path of hides) {
    mkdirSync(parent(path), { recursive: true });
    const name = path.split('/').at(-1) ?? '';
    if (fuse) writeFileSync(join(parent(path), `${whiteoutPrefix}${name}`), '');
    else {
      const directory = openDirectory(parent(path));
      makeNodeAt(directory, name, fileTypes.character);
      closeDescriptor(directory);
    }
  }
  for (const path of opaque)
    setAttributeOf(
      join(root, path),
      fuse ? 'user.fuseoverlayfs.opaque' : 'trusted.overlay.opaque',
      Buffer.from('y'),
    );
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path));
  return root;
}

for (const fuse of [false, true]) {
  test(`what is found is what ${fuse ? 'fuse-overlayfs' : 'overlayfs'} shows`, () => {
    const roots = layers.map((layer) => write(layer, fuse)).reverse();
    const lower = lowerLayers(roots, [
      fuse ? 'user.fuseoverlayfs.opaque' : 'trusted.overlay.opaque',
    ]);
    const merged = mkdtempSync(join(folder, 'merged-'));
    const options = [`lowerdir=${roots.join(':')}`];
    mountAt({ type: fuse ? 'fuse-overlayfs' : 'overlay', source: 'overlay', options }, merged);
    try {
      const shown = new Map(
        diskTree(merged)
          .slice(1)
          .map((line) => line.split(' '))
          .map(([path = '', type = '']) => [JSON.parse(path) as string, type]),
      );
      const asked = new Set([
        ...shown.keys(),
        ...layers.flatMap(({ files = [], hides = [] }) =>
          [...files, ...hides].map((path) => `/${path}`),
        ),
      ]);
      for (const path of asked) {
        const found = lower.look(path);
        const type = shown.get(path);
        assert.equal(
          typeof found === 'object' ? 'symlink' : found === 'other' ? 'file' : found,
          type,
          path,
        );
      }
      assert.deepEqual(
        [...lower.rootNames()].sort(),
        [...shown.keys()]
          .filter((path) => path.lastIndexOf('/') === 0)
          .map((path) => path.slice(1))
          .sort(),
      );
      assert.equal(lower.resolve('/l/2'), '/a/2');
      assert.equal(lower.resolve('/abs/2'), '/b/x/2');
      assert.equal(lower.resolve('/up/y'), '/b/y');
      assert.equal(lower.resolve('/nowhere/y'), undefined);
    } finally {
      unmount(merged);
      lower.close();
    }
  });
}
