// Goes down a tree on disk that strangers describe, and never out of it. Every component is opened by its name in the
// directory before it, and a symbolic link is never given to the kernel to follow: it is read, and walked by the same
// steps from where it stands or from the tree's root. So no openat2 is needed, and kernels and filters without it get
// the same result. What leads to nothing is made, as containerd (fs.RootPath, then mkparent) and umoci (securejoin,
// then MkdirAll) do, and as TreeBuilder of src/image does for analysis: '..' goes back by name where nothing is.
//
// Layers name one file of a directory after the other, so the directories of the last path stay open.
import { hasCode } from '../../sys/errno.ts';
import {
  closeDescriptor,
  fileTypes,
  makeDirectoryAt,
  openDirectory,
  openDirectoryAt,
  readLinkAt,
  statusAt,
} from '../../sys/file-calls.ts';

/** An open directory of the tree. Its descriptor is valid until the next call of the walk. */
export interface Folder {
  readonly fd: number;
  /** Where it really is, links resolved: '/' or '/usr/lib'. */
  readonly path: string;
}

/** What stands in the way: a file, or a link that leads to itself. */
export interface Blocked {
  readonly blockedBy: string;
}

/** What lies below a tree that is only the difference to it. */
export interface Below {
  /** What is at the path, which has no links in it: 'directory', a link's target, or 'other'. */
  look(path: string): 'directory' | 'other' | { readonly link: string } | undefined;
}

/** A tree, and the place in it where the last path led. */
export interface FolderWalk {
  readonly root: Folder;
  /**
   * The directory at a path, links in it followed. Missing ones are made with `make`; without it the answer is
   * undefined. @throws SystemError
   */
  enter(path: string, make: boolean): Folder | Blocked | undefined;
  /** The same without following links: for a path that `Folder.path` is made of. */
  enterReal(path: string, make?: boolean): Folder | undefined;
  /** Must be told when a directory is removed or replaced. */
  forget(path: string): void;
  close(): void;
}

/** How a tree is walked. */
export interface FolderWalkOptions {
  /** Told of a directory in which one is about to be made: its time will change. */
  readonly onMaking?: (folder: Folder) => void;
  /** Told of each directory that was made for a path. */
  readonly onMade: (folder: Folder) => void;
  readonly below?: Below;
}

/** As TreeBuilder: MAXSYMLINKS of Linux, and what one path may cost. */
const maximumLinks = 40;
const maximumSteps = 1024;
/** What a directory is made with until more is known of it. */
const madeMode = 0o755;

interface Open extends Folder {
  readonly name: string;
}

/** Names of a path that has no links, '.' or '..' in it. */
function namesOf(path: string): readonly string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

function joined(names: readonly string[]): string {
  return `/${names.join('/')}`;
}

/** A component that cannot be gone through: a link that must be resolved, or what is no directory. */
type Step = Folder | 'missing' | 'no directory';

/** Opens the tree at `root`, a path of our own. @throws SystemError */
export function walkFolders(
  root: string,
  { onMaking, onMade, below }: FolderWalkOptions,
): FolderWalk {
  const top: Open = { name: '', path: '/', fd: openDirectory(root) };
  const stack: Open[] = [top];
  let last: { readonly asked: string; readonly folder: Folder } | undefined;

  const popTo = (depth: number): void => {
    while (stack.length > depth) closeDescriptor(stack.pop()?.fd ?? -1);
  };

  const open = (parent: Open, name: string): Open | 'missing' | 'no directory' => {
    try {
      const path = parent.path === '/' ? `/${name}` : `${parent.path}/${name}`;
      return { name, path, fd: openDirectoryAt(parent.fd, name) };
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return 'missing';
      if (hasCode(error, 'ENOTDIR', 'ELOOP')) return 'no directory';
      throw error;
    }
  };

  const make = (parent: Open, name: string): Open | 'no directory' => {
    onMaking?.(parent);
    makeDirectoryAt(parent.fd, name, madeMode);
    const made = open(parent, name);
    if (made === 'missing' || made === 'no directory') return 'no directory';
    onMade(made);
    return made;
  };

  /** Goes down by names alone. */
  const descend = (names: readonly string[], making: boolean): Step => {
    let depth = 1;
    while (depth <= names.length && stack[depth]?.name === names[depth - 1]) depth++;
    popTo(depth);
    for (const name of names.slice(depth - 1)) {
      const parent = stack.at(-1) ?? top;
      let next = open(parent, name);
      if (next === 'missing' && making) {
        const lower = below?.look(parent.path === '/' ? `/${name}` : `${parent.path}/${name}`);
        next = lower === undefined || lower === 'directory' ? make(parent, name) : 'no directory';
      }
      if (typeof next === 'string') return next;
      stack.push(next);
    }
    return stack.at(-1) ?? top;
  };

  /** What is at a name, in this tree or below it. */
  const look = (names: readonly string[], name: string): ReturnType<Below['look']> => {
    const parent = descend(names, false);
    if (parent === 'no directory') return 'other';
    if (parent !== 'missing') {
      const link = readLinkAt(parent.fd, name);
      if (link !== undefined) return { link };
      const status = statusAt(parent.fd, name);
      if (status !== undefined)
        return (status.mode & fileTypes.mask) === fileTypes.directory ? 'directory' : 'other';
    }
    return below?.look(joined([...names, name]));
  };

  /** The names that a path stands for. */
  const resolved = (path: string): readonly string[] | Blocked => {
    let links = 0;
    let steps = 0;
    const names: string[] = [];
    // How many of the names are there; those after them are names alone.
    let real = 0;
    const parts = path.split('/').reverse();
    while (parts.length > 0) {
      const part = parts.pop() ?? '';
      if (part === '' || part === '.') continue;
      if (++steps > maximumSteps) return { blockedBy: joined(names) };
      if (part === '..') {
        names.pop();
        real = Math.min(real, names.length);
        continue;
      }
      const found = real < names.length ? undefined : look(names, part);
      if (found === 'other') return { blockedBy: joined([...names, part]) };
      if (found === undefined || found === 'directory') {
        names.push(part);
        if (found === 'directory') real = names.length;
        continue;
      }
      if (++links > maximumLinks) return { blockedBy: joined([...names, part]) };
      if (found.link.startsWith('/')) {
        names.length = 0;
        real = 0;
      }
      for (const name of found.link.split('/').reverse()) parts.push(name);
    }
    return names;
  };

  const enter = (path: string, making: boolean): Folder | Blocked | undefined => {
    if (last?.asked === path) return last.folder;
    last = undefined;
    let step = descend(namesOf(path), making);
    // A missing one may be one below a link of the layer underneath.
    if (step === 'no directory' || (step === 'missing' && below !== undefined)) {
      const names = resolved(path);
      if ('blockedBy' in names) return names;
      step = descend(names, making);
      if (step === 'no directory') return { blockedBy: joined(names) };
    }
    if (typeof step === 'string') return undefined;
    // A link of the layers below is no longer one as soon as something is put in its place here.
    if (below === undefined || step.path === path) last = { asked: path, folder: step };
    return step;
  };

  return {
    root: top,
    enter,
    enterReal(path, making = false) {
      last = undefined;
      const step = descend(namesOf(path), making);
      return typeof step === 'string' ? undefined : step;
    },
    forget(path) {
      last = undefined;
      const names = namesOf(path);
      if (names.every((name, at) => stack[at + 1]?.name === name)) popTo(names.length);
    },
    close() {
      popTo(0);
    },
  };
}
