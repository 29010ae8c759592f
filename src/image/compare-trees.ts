// Two trees of files compared: what came, what went, what of a file is another. Files of layers that both images have at
// their bottom are the same; of all others with the same size the bytes are compared, by their digests.
import { createHash } from 'node:crypto';
import type { FileNode, FileTree } from './file-tree.ts';

/** What of a file can be another. */
export type ChangedPart =
  | 'type'
  | 'content'
  | 'size'
  | 'link target'
  | 'mode'
  | 'owner'
  | 'device'
  | 'extended attributes';

/** One part, as it was and is; contents have no values, sizes are in bytes. */
export interface FilePart {
  readonly part: ChangedPart;
  readonly from?: string;
  readonly to?: string;
}

/** One path that is not the same in both trees. */
export interface FileChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Of the newer one, where there is one. */
  readonly type: FileNode['type'];
  /** Bytes in the newer tree less those in the older one. */
  readonly bytes: number;
  /** What changed, for 'changed'. */
  readonly parts?: readonly FilePart[];
  /** True where files are too large to be held against one another: only their sizes are known to be the same. */
  readonly notCompared?: true;
}

/** How trees are compared. */
export interface CompareTreesOptions {
  /** How many layers, from the bottom, both have: what comes from them is the same. */
  readonly sharedLayers: number;
  /** Largest file whose bytes are read. */
  readonly fileBytes: number;
  readonly signal: AbortSignal;
  /** Told before the bytes of so many files of a tree are read. */
  readonly onReading?: (files: number) => void;
}

const octal = (mode: number): string => `0${mode.toString(8)}`;

function attributes({ xattrs = {} }: FileNode): string {
  return Object.entries(xattrs)
    .map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`)
    .sort()
    .join(' ');
}

const deviceOf = ({ device }: FileNode): string =>
  device === undefined ? '' : `${device.major}:${device.minor}`;

/** What is another, but for the bytes of files of the same size. */
function partsOf(before: FileNode, after: FileNode): readonly FilePart[] {
  const values: readonly (readonly [ChangedPart, string, string])[] = [
    ['type', before.type, after.type],
    ['size', String(before.size), String(after.size)],
    ['link target', before.linkTarget ?? '', after.linkTarget ?? ''],
    // A link's own mode means nothing.
    [
      'mode',
      octal(before.mode),
      before.type === 'symlink' ? octal(before.mode) : octal(after.mode),
    ],
    ['owner', `${before.uid}:${before.gid}`, `${after.uid}:${after.gid}`],
    ['device', deviceOf(before), deviceOf(after)],
    ['extended attributes', attributes(before), attributes(after)],
  ];
  return values
    .filter(([, from, to]) => from !== to)
    .map(([part, from, to]) => ({ part, from, to }));
}

const nodesOf = (tree: FileTree): ReadonlyMap<string, FileNode> =>
  new Map(
    Array.from(tree.walk(), (node): readonly [string, FileNode] => [node.path, node]).filter(
      ([path]) => path !== '/',
    ),
  );

function isShared(before: FileNode, after: FileNode, layers: number): boolean {
  const { layer } = before;
  return layer !== undefined && layer === after.layer && layer < layers;
}

async function digestsOf(
  tree: FileTree,
  paths: readonly string[],
  { fileBytes, signal, onReading }: CompareTreesOptions,
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  const visit = (path: string, bytes: Uint8Array): void => {
    signal.throwIfAborted();
    digests.set(path, createHash('sha256').update(bytes).digest('base64'));
  };
  if (paths.length > 0) onReading?.(paths.length);
  if (tree.readEach !== undefined) await tree.readEach(paths, fileBytes, visit);
  else {
    for (const path of paths) {
      const bytes = await tree.read(path, fileBytes);
      if (bytes !== undefined) visit(path, bytes);
    }
  }
  return digests;
}

/**
 * All differences, by path.
 * @throws PlimsollError what reading a tree throws
 */
export async function compareTrees(
  before: FileTree,
  after: FileTree,
  options: CompareTreesOptions,
): Promise<readonly FileChange[]> {
  const [old, now] = [nodesOf(before), nodesOf(after)];
  const both = [...now.values()].flatMap((node) => {
    const was = old.get(node.path);
    return was === undefined || isShared(was, node, options.sharedLayers) ? [] : [{ was, node }];
  });
  const alike = both.filter(
    ({ was, node }) =>
      was.type === 'file' && node.type === 'file' && was.size === node.size && node.size > 0,
  );
  const readable = alike
    .filter(({ node }) => node.size <= options.fileBytes)
    .map(({ node }) => node.path);
  const oldDigests = await digestsOf(before, readable, options);
  const newDigests = await digestsOf(after, readable, options);
  const compared = new Set(readable);
  const unread = new Set(alike.map(({ node }) => node.path).filter((path) => !compared.has(path)));
  const changes: FileChange[] = [];
  for (const { was, node } of both) {
    const { path, type } = node;
    const differs = compared.has(path) && oldDigests.get(path) !== newDigests.get(path);
    const parts = [...(differs ? [{ part: 'content' as const }] : []), ...partsOf(was, node)];
    const notCompared = unread.has(path) && was.mtime !== node.mtime;
    if (parts.length === 0 && !notCompared) continue;
    changes.push({
      path,
      change: 'changed',
      type,
      bytes: node.size - was.size,
      parts,
      ...(notCompared ? { notCompared } : {}),
    });
  }
  for (const { path, type, size } of now.values())
    if (!old.has(path)) changes.push({ path, change: 'added', type, bytes: size });
  for (const { path, type, size } of old.values())
    if (!now.has(path)) changes.push({ path, change: 'removed', type, bytes: -size });
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}
