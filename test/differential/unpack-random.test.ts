// Random stacks of small layers over few names, so that everything meets everything: folders, files, links, hard links,
// whiteouts and opaque marks in each other's way. Three answers must be one: what the analysis says is in the image
// (src/image/merge.ts), what an overlay of the layers shows that were unpacked side by side, and plain copies that were
// unpacked on top of each other. `SEED=n` makes one run again, `COUNT=n` more of them.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PlimsollError } from '../../src/diag/plimsoll-error.ts';
import { indexLayers, mergeLayers } from '../../src/image/merge.ts';
import { openTarget } from '../../src/image/open-target.ts';
import { diskTree } from '../builders/disk-tree.ts';
import { layoutArchive, makeLayout } from '../builders/oci-layout.ts';
import { randomFrom } from '../builders/random-from.ts';
import { openTestSnapshots, unpackInto, withMounted } from '../builders/snapshots.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

const names = ['a', 'b', 'c'];

function randomLayers(seed: number): readonly (readonly TarMember[])[] {
  const random = randomFrom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const path = (): string =>
    Array.from({ length: pick([1, 1, 2, 2, 2, 3]) }, () => pick(names)).join('/');
  const member = (isLowest: boolean): TarMember => {
    const name = path();
    const meta = {
      mode: pick([0o755, 0o700, 0o644]),
      uid: pick([0, 7]),
      mtime: pick([1000, 2000, 3000]),
    };
    const at = name.lastIndexOf('/') + 1;
    const kind = random() * (isLowest ? 0.8 : 1);
    if (kind < 0.4) return { ...meta, name: `${name}/` };
    if (kind < 0.62) return { ...meta, name, body: `${seed} ${Math.floor(random() * 100)}` };
    if (kind < 0.75)
      return {
        ...meta,
        name,
        type: '2',
        linkName: pick([path(), `/${path()}`, `../${path()}`, '.']),
      };
    if (kind < 0.8) return { ...meta, name, type: '1', linkName: path() };
    if (kind < 0.93) return { name: `${name.slice(0, at)}.wh.${name.slice(at)}` };
    return { name: `${name}/.wh..wh..opq` };
  };
  return Array.from({ length: 2 + Math.floor(random() * 3) }, (_, layer) =>
    // Whiteouts stand first, where every engine agrees on what they hide.
    Array.from({ length: 1 + Math.floor(random() * 5) }, () => member(layer === 0)).sort(
      (one, other) => Number(other.name.includes('.wh.')) - Number(one.name.includes('.wh.')),
    ),
  );
}

/** One line for each file but the root: what the analysis knows too. */
async function analysed(tars: readonly Buffer[]): Promise<readonly string[] | 'refused'> {
  const layout = makeLayout();
  layout.index([layout.image(tars.map((tar) => ({ tar, stored: tar })))]);
  const path = join(folder, 'image.tar');
  writeFileSync(path, layoutArchive(layout));
  const target = await openTarget(path, { signal });
  assert.ok('layers' in target);
  try {
    const inspect = async (entry: { read(): Promise<Uint8Array> }) =>
      Buffer.from(await entry.read()).toString();
    const tree = mergeLayers(await indexLayers(target.layers, { signal, inspect }));
    // It leaves out what has no place; unpackers give up.
    if (tree.problems.some(({ code }) => code === 'PL0202')) return 'refused';
    return [...tree.walk()]
      .slice(1)
      .map(({ path: at, type, mode, uid, mtime, linkTarget }) =>
        [
          at,
          type,
          type === 'symlink' ? linkTarget : mode.toString(8),
          uid,
          mtime,
          type === 'file' ? tree.payload(at) : '',
        ].join(' '),
      );
  } finally {
    await target.close();
  }
}

async function unpacked(
  driver: 'overlay' | 'vfs',
  tars: readonly Buffer[],
): Promise<readonly string[] | string> {
  const place = mkdtempSync(join(folder, `${driver}-`));
  try {
    using snapshots = openTestSnapshots(driver, place);
    const { top } = await unpackInto(
      snapshots,
      tars.map((tar) => ({ tar })),
    );
    return await withMounted(snapshots, top, (root) =>
      diskTree(root)
        .slice(1)
        .map((line) => {
          const [quoted = '', type = '', mode = '', owner = '', , time = '', content = ''] =
            line.split(' ');
          const path = JSON.parse(quoted) as string;
          const text = type === 'file' ? readFileSync(join(root, path), 'utf8') : '';
          const what = type === 'symlink' ? content : mode;
          return [path, type, what, owner.split(':')[0], time.split('.')[0], text].join(' ');
        }),
    );
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'PL0720') return 'refused';
    return `${error}`;
  } finally {
    rmSync(place, { recursive: true });
  }
}

const first = Number(process.env['SEED'] ?? 1);
const count = Number(process.env['COUNT'] ?? (process.env['SEED'] === undefined ? 60 : 1));

test(`${count} random images: the analysis, overlays and plain copies agree`, async () => {
  mkdirSync(folder, { recursive: true });
  let refused = 0;
  for (let seed = first; seed < first + count; seed++) {
    const layers = randomLayers(seed);
    const tars = layers.map((members) => makeTar(members));
    const shown = `SEED=${seed} ${JSON.stringify(layers.map((members) => members.map(({ name, type, linkName }) => [name, type, linkName].filter(Boolean).join(' '))))}`;
    const expected = await analysed(tars);
    if (expected === 'refused') refused++;
    assert.deepEqual(await unpacked('overlay', tars), expected, `overlay ${shown}`);
    assert.deepEqual(await unpacked('vfs', tars), expected, `vfs ${shown}`);
  }
  assert.ok(refused < count * 0.8 || count === 1, `${refused} refused`);
});
