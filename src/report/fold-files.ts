// Many changed files as few lines: a folder that came or went stands for all in it; then what changed alike below one folder
// becomes that folder with a count, the deepest folders first, until few enough lines are left.
import type { FileChange } from '../image/compare-trees.ts';

/** A file, or a folder with how many files below it changed alike. */
export interface FoldedChange {
  readonly path: string;
  readonly change: FileChange['change'];
  readonly count: number;
  readonly bytes: number;
  /** Set where the line is one file. */
  readonly file?: FileChange;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const depthOf = (path: string): number => path.split('/').length;

/** Folds all lines at `depth` that share parent and change; a line that is alone stays. */
function foldAt(lines: readonly FoldedChange[], depth: number): readonly FoldedChange[] {
  const groups = Map.groupBy(lines, ({ path, change }) =>
    depthOf(path) === depth ? `${change} ${parentOf(path)}` : `${change} ${path}/`,
  );
  return [...groups.values()].flatMap((group): readonly FoldedChange[] => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    return [
      {
        path: depthOf(first.path) === depth ? parentOf(first.path) : first.path,
        change: first.change,
        count: group.reduce((sum, { count }) => sum + count, 0),
        bytes: group.reduce((sum, { bytes }) => sum + bytes, 0),
      },
    ];
  });
}

/** What came or went with the folder that holds it, in one line with it. `files` by path. */
function foldWholeFolders(files: readonly FileChange[]): readonly FoldedChange[] {
  const lines: FoldedChange[] = [];
  let folder: FoldedChange | undefined;
  const sorted = files.toSorted((a, b) => (`${a.path}/` < `${b.path}/` ? -1 : 1));
  for (const file of sorted) {
    const { path, change, bytes, type } = file;
    if (folder !== undefined && folder.change === change && path.startsWith(`${folder.path}/`)) {
      const { file: _, ...rest } = folder;
      folder = { ...rest, count: folder.count + 1, bytes: folder.bytes + bytes };
      lines[lines.length - 1] = folder;
      continue;
    }
    const whole = type === 'directory' && change !== 'changed';
    const line: FoldedChange = { path, change, count: whole ? 0 : 1, bytes, file };
    lines.push(line);
    folder = whole ? line : undefined;
  }
  return lines;
}

/** The changes in at most about `most` lines, by path; single files keep what changed of them. */
export function foldFiles(files: readonly FileChange[], most: number): readonly FoldedChange[] {
  let lines = foldWholeFolders(files);
  const deepest = Math.max(0, ...files.map(({ path }) => depthOf(path)));
  for (let depth = deepest; depth > 2 && lines.length > most; depth -= 1)
    lines = foldAt(lines, depth);
  return lines.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
