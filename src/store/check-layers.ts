// Whether unpacked layers still are what their blobs say, file by file. Bytes that a power cut or a bad disk took from an
// unpacked layer are seen by nobody else: the blob verifies, and the layer is never unpacked again.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Layer, LayerEntry } from '../image/image.ts';
import { encodeFileName } from '../lib/file-name.ts';
import { splitPath } from '../lib/path.ts';
import { openStoredImage } from './open-stored-image.ts';
import type { SnapshotRow } from './snapshot-rows.ts';
import { driverNames } from './snapshots/choose-driver.ts';
import { driverIn } from './snapshots/open-snapshots.ts';
import type { Store } from './store.ts';
import { chainIdsOf } from './unpack/chain-id.ts';

/** What was compared. */
export interface LayersReport {
  readonly problems: readonly Diagnostic[];
  /** Snapshots that differ from their blob. */
  readonly torn: readonly SnapshotRow[];
  readonly layers: number;
  readonly files: number;
}

/** How layers are compared. */
export interface CheckLayersOptions {
  readonly signal: AbortSignal;
  /** Told of the layers compared so far, of all that will be. */
  readonly onLayer?: (done: number, total: number) => void;
}

/** Compares every unpacked layer of the store's images with its blob. @throws PlimsollError PL0002 */
export async function checkLayers(
  store: Store,
  options: CheckLayersOptions,
): Promise<LayersReport> {
  const { signal, onLayer } = options;
  const problems: Diagnostic[] = [];
  const torn: SnapshotRow[] = [];
  let files = 0;
  const found = await unpackedLayers(store, signal);
  for (const [at, { row, layer, root }] of found.entries()) {
    onLayer?.(at, found.length);
    try {
      const compared = await compareLayer(
        layer,
        { root, isLowest: row.parent === undefined },
        signal,
      );
      files += compared.files;
      if (compared.differences.length === 0) continue;
      torn.push(row);
      problems.push(differs(row, root, compared.differences));
    } catch (error) {
      // A blob that does not verify is told of by its own check.
      if (!(error instanceof PlimsollError) || error.code === 'PL0002') throw error;
    }
  }
  return { problems, torn, layers: found.length, files };
}

interface UnpackedLayer {
  readonly row: SnapshotRow;
  readonly layer: Layer;
  /** The folder with the layer's files. */
  readonly root: string;
}

/** Each snapshot once, with a layer of some image that unpacks to it. */
async function unpackedLayers(
  store: Store,
  signal: AbortSignal,
): Promise<readonly UnpackedLayer[]> {
  const byKey = Map.groupBy(
    store.snapshotRows
      .list()
      .filter(({ kind, detail = '' }) => kind === 'committed' && detail === ''),
    ({ key }) => key,
  );
  const found = new Map<number, UnpackedLayer>();
  for (const image of store.images.list()) {
    const target = await openStoredImage(store, image, image.id, { signal }).catch(
      (error: unknown) => {
        if (error instanceof PlimsollError && error.code !== 'PL0002') return undefined;
        throw error;
      },
    );
    const { layers = [], config } = target ?? {};
    const chain = chainIdsOf(config?.diffIds ?? []);
    if (chain.length !== layers.length) continue;
    for (const [at, layer] of layers.entries()) {
      for (const row of byKey.get(chain[at] ?? '') ?? []) {
        const driver = driverNames.find((name) => name === row.driver);
        if (driver === undefined || found.has(row.id)) continue;
        const root = driverIn(driver, join(store.layout.snapshots, driver)).directory(row.id);
        found.set(row.id, { row, layer, root });
      }
    }
  }
  return [...found.values()];
}

const shownDifferences = 3;

function differs(row: SnapshotRow, root: string, differences: readonly string[]): Diagnostic {
  const shown = differences.slice(0, shownDifferences);
  const more = differences.length - shown.length;
  return {
    code: 'PL0704',
    severity: 'error',
    message: `unpacked layer ${row.key} is not what its blob says`,
    at: { path: root },
    notes: more > 0 ? [...shown, `and ${more} more`] : shown,
    help: 'plimsoll store check --layers --repair forgets it; it is unpacked again when it is needed',
  };
}

/** Of longer files the beginning is compared, and the length. Bytes. */
const comparedBytes = 256 * 1024 * 1024;

async function compareLayer(
  layer: Layer,
  { root, isLowest }: { readonly root: string; readonly isLowest: boolean },
  signal: AbortSignal,
): Promise<{ readonly files: number; readonly differences: readonly string[] }> {
  /** What is wrong with a path; a later entry of the same path has the last word. */
  const wrong = new Map<string, string>();
  const folders = new Map<string, boolean>([['/', true]]);
  let files = 0;
  const isFolder = (path: string): boolean => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const answer = isFolder(splitPath(path).parent) && statOf(root, path)?.isDirectory() === true;
    folders.set(path, answer);
    return answer;
  };
  for await (const entry of layer.entries({ signal })) {
    const { path, type } = entry.node;
    if (entry.whiteout !== undefined || path === '/') continue;
    wrong.delete(path);
    if (type !== 'directory') dropBelow(wrong, path);
    const { parent } = splitPath(path);
    if (!isFolder(parent)) {
      // Behind a link, of this layer or a lower one, the files are elsewhere. A folder of the layer's own that is missing is
      // told by itself; one that no entry names can only be missed where nothing lies below.
      if (isLowest && statOf(root, parent) === undefined) wrong.set(path, `${path} is missing`);
      continue;
    }
    files++;
    const difference = await compareEntry(entry, root);
    if (difference !== undefined) wrong.set(path, `${path} ${difference}`);
  }
  return { files, differences: [...wrong.values()] };
}

function dropBelow(wrong: Map<string, string>, path: string): void {
  for (const key of wrong.keys()) if (key.startsWith(`${path}/`)) wrong.delete(key);
}

const onDisk = (root: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(root), encodeFileName(path)]);

function statOf(root: string, path: string): Stats | undefined {
  try {
    return lstatSync(onDisk(root, path), { throwIfNoEntry: false });
  } catch {
    // A file where a folder should be.
    return undefined;
  }
}

/** How the file differs from the entry; undefined when it does not. */
async function compareEntry(entry: LayerEntry, root: string): Promise<string | undefined> {
  const { node, hardLinkTo } = entry;
  const stats = statOf(root, node.path);
  // Users may make no devices: they were left out.
  if (node.type === 'block' || node.type === 'character' || node.type === 'socket')
    return undefined;
  if (stats === undefined) return 'is missing';
  if (hardLinkTo !== undefined || node.type === 'fifo') return undefined;
  if (node.type === 'directory') return stats.isDirectory() ? undefined : 'is no directory';
  if (node.type === 'symlink') {
    if (!stats.isSymbolicLink()) return 'is no symbolic link';
    const to = readlinkSync(onDisk(root, node.path), 'buffer');
    return to.equals(encodeFileName(node.linkTarget ?? '')) ? undefined : 'leads elsewhere';
  }
  if (!stats.isFile()) return 'is no file';
  if (stats.size !== node.size) return `has ${stats.size} bytes, expected ${node.size}`;
  const expected = await entry.read(comparedBytes);
  return sameBytes(onDisk(root, node.path), expected) ? undefined : 'has other bytes';
}

const chunk = Buffer.allocUnsafeSlow(1024 * 1024);

function sameBytes(path: Buffer, expected: Uint8Array): boolean {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) return false;
    for (let at = 0; at < expected.length; ) {
      const read = readSync(fd, chunk, 0, Math.min(chunk.length, expected.length - at), at);
      if (read === 0 || chunk.compare(expected, at, at + read, 0, read) !== 0) return false;
      at += read;
    }
    return true;
  } finally {
    closeSync(fd);
  }
}
