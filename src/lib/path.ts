// Paths inside a tree: absolute, '/'-separated, without '.', '..' and empty components.

/** Components that a normal path has not: empty, '.', '..'. */
const unusual = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** A name from foreign bytes as a path inside a tree; `escaped` when its '..' would have left the tree. */
export function insidePath(name: string): { readonly path: string; readonly escaped: boolean } {
  let start = name.startsWith('./') ? 2 : 0;
  if (name.startsWith('/', start)) start++;
  const end = name.endsWith('/') ? name.length - 1 : name.length;
  const plain = name.slice(start, Math.max(start, end));
  if (plain === '') return { path: '/', escaped: false };
  if (!unusual.test(plain)) return { path: `/${plain}`, escaped: false };
  const kept: string[] = [];
  let escaped = false;
  for (const part of name.split('/')) {
    if (part === '..') {
      if (kept.pop() === undefined) escaped = true;
    } else if (part !== '' && part !== '.') {
      kept.push(part);
    }
  }
  return { path: `/${kept.join('/')}`, escaped };
}

/** Parent and last component of a path from `insidePath`; the root is its own parent with an empty name. */
export function splitPath(path: string): { readonly parent: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { parent: slash <= 0 ? '/' : path.slice(0, slash), name: path.slice(slash + 1) };
}

/** A child's path. */
export function childPath(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

/** The last component of any path, as basename(1) gives it: "env" of "/usr/bin/env". */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
