// The small pattern language of the software catalogue: `*` and `?` within one name, `[0-9]` classes, `**` for any
// number of directories, `{version}` for a version. Compiled once; literal patterns never reach a regular expression.
import type { FileTree } from '../image/file-tree.ts';
import { baseName } from '../lib/path.ts';

const special = /[*?[{]/;

/** Whether a pattern stands only for itself. */
export function isLiteral(pattern: string): boolean {
  return !special.test(pattern);
}

/** A pattern of one name as an anchored regular expression; group `version` where it has `{version}`. */
export function compileName(pattern: string): RegExp {
  const source = pattern.replace(/\{version\}|\[[^\]/]+\]|[*?]|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '{version}') return '(?<version>[0-9][0-9A-Za-z._+~]*?)';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.length > 1 ? part : `\\${part}`;
  });
  return new RegExp(`^${source}$`, 'u');
}

/** Many name patterns, each with what it leads to: literal names by hash, the others by their first character. */
export interface NameMatcher<T> {
  add(pattern: string, value: T): void;
  /** Values of all patterns that match, with the version that `{version}` stood for. */
  match(name: string): readonly { readonly value: T; readonly version?: string }[];
}

/** An empty NameMatcher. */
export function nameMatcher<T>(): NameMatcher<T> {
  const literal = new Map<string, T[]>();
  const patterns = new Map<string, { regex: RegExp; value: T }[]>();
  const put = <V>(map: Map<string, V[]>, key: string, value: V) => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [value]);
    else list.push(value);
  };
  return {
    add(pattern, value) {
      if (isLiteral(pattern)) put(literal, pattern, value);
      else {
        const first = pattern[0] ?? '';
        put(patterns, special.test(first) ? '' : first, { regex: compileName(pattern), value });
      }
    },
    match(name) {
      const found: { value: T; version?: string }[] = [];
      for (const value of literal.get(name) ?? []) found.push({ value });
      for (const key of ['', name[0] ?? '']) {
        for (const { regex, value } of patterns.get(key) ?? []) {
          const groups = regex.exec(name);
          if (groups === null) continue;
          const version = groups.groups?.['version'];
          found.push(version === undefined ? { value } : { value, version });
        }
      }
      return found;
    },
  };
}

/** A path that a pattern found. */
export interface FoundPath {
  readonly path: string;
  readonly version?: string;
}

/** Paths of a tree by their last name: what `**` patterns are looked up in. */
export type BaseNames = ReadonlyMap<string, readonly string[]>;

/**
 * Paths of the tree that match, at most `limit`. Patterns without `**` go down directory by directory and so pass
 * through symbolic links; `**` patterns look at the paths as they lie.
 */
export function findPaths(
  tree: FileTree,
  baseNames: () => BaseNames,
  pattern: string,
  limit: number,
): readonly FoundPath[] {
  if (isLiteral(pattern)) {
    return tree.stat(pattern) === undefined ? [] : [{ path: pattern }];
  }
  if (pattern.includes('**')) return findDeep(baseNames(), pattern, limit);
  let reached: FoundPath[] = [{ path: '' }];
  for (const segment of pattern.split('/').slice(1)) {
    const next: FoundPath[] = [];
    const regex = isLiteral(segment) ? undefined : compileName(segment);
    for (const { path, version } of reached) {
      const names = regex === undefined ? [segment] : tree.list(path === '' ? '/' : path);
      for (const name of names) {
        if (next.length >= limit) break;
        const groups = regex?.exec(name);
        if (groups === null) continue;
        const here = groups?.groups?.['version'] ?? version;
        next.push(
          here === undefined
            ? { path: `${path}/${name}` }
            : { path: `${path}/${name}`, version: here },
        );
      }
    }
    reached = next;
  }
  return reached.filter(({ path }) => tree.stat(path) !== undefined);
}

/** A whole path pattern with `**` as a regular expression. */
export function compilePath(pattern: string): RegExp {
  const source = pattern
    .split('/')
    .map((segment) =>
      segment === '**' ? '**' : compileName(segment).source.replace(/^\^|\$$/g, ''),
    )
    .join('/')
    .replace(/(^|\/)\*\*\//g, (_, start: string) => `${start === '/' ? '/' : '/'}(?:[^/]+/)*`)
    .replace(/\/\*\*$/, '/.*');
  return new RegExp(`^${source}$`, 'u');
}

function findDeep(baseNames: BaseNames, pattern: string, limit: number): FoundPath[] {
  const last = baseName(pattern);
  const regex = compilePath(pattern);
  const found: FoundPath[] = [];
  const take = (paths: readonly string[]) => {
    for (const path of paths) {
      const groups = found.length < limit ? regex.exec(path) : null;
      if (groups === null) continue;
      const version = groups.groups?.['version'];
      found.push(version === undefined ? { path } : { path, version });
    }
  };
  if (isLiteral(last)) take(baseNames.get(last) ?? []);
  else {
    const lastName = compileName(last);
    for (const [name, paths] of baseNames) if (lastName.test(name)) take(paths);
  }
  return found;
}

function* pathsOf(tree: FileTree): Generator<string> {
  for (const { path } of tree.walk()) yield path;
}

/** All paths of a tree by last name. */
export function baseNamesOf(tree: FileTree): BaseNames {
  const names = new Map<string, string[]>();
  for (const path of tree.paths?.() ?? pathsOf(tree)) {
    const name = baseName(path);
    const paths = names.get(name);
    if (paths === undefined) names.set(name, [path]);
    else paths.push(path);
  }
  return names;
}
