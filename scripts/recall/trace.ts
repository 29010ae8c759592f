// What strace -f wrote, as the calls that each executed program made. A process is known by its number only, and its
// first lines may come before its parent is told that it exists.

/** Calls by the path of the program that made them, as execve was given it. */
export type SeenCalls = ReadonlyMap<string, ReadonlySet<string>>;

interface Image {
  /** Absolute where the working directory was known; undefined until the parent is. */
  path?: string;
  /** Who it turned out to be a part of. */
  same?: Image;
  readonly calls: Set<string>;
}

interface Process {
  image: Image;
  directory: string;
  /** Of calls that have not come back. */
  pending?: { readonly name: string; readonly path: string; readonly image: Image };
  is32?: boolean;
}

const starters: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);
/** Made by the kernel, not by code. */
const ofKernel = 'restart_syscall';

/** Takes the lines of one trace. */
export function traceReader(directory: string): {
  readonly line: (text: string) => void;
  /** Calls by program; those of processes whose program is not known are under ''. */
  readonly seen: () => SeenCalls;
} {
  const processes = new Map<string, Process>();
  const images: Image[] = [];
  const imageOf = (path?: string): Image => {
    const image: Image = { calls: new Set(), ...(path === undefined ? {} : { path }) };
    images.push(image);
    return image;
  };
  const processOf = (id: string): Process => {
    const known = processes.get(id);
    if (known !== undefined) return known;
    const process = { image: imageOf(processes.size === 0 ? '' : undefined), directory };
    processes.set(id, process);
    return process;
  };
  const started = (parent: Process, image: Image, id: string): void => {
    const child = processes.get(id);
    if (child === undefined) processes.set(id, { ...parent, image });
    else {
      const first = images.find((each) => each === orphans.get(id));
      if (first !== undefined && first !== image) first.same = image;
    }
    orphans.delete(id);
  };
  /** First images of processes whose parent is not known. */
  const orphans = new Map<string, Image>();
  const finished = (process: Process, name: string, path: string, image: Image, result: string) => {
    if (name === 'execve' && result === '0') process.image = imageOf(absolute(path, process));
    else if (name === 'execveat' && result === '0') process.image = imageOf('');
    else if (name === 'chdir' && result === '0') process.directory = absolute(path, process);
    else if (starters.has(name) && /^[1-9]\d*$/.test(result)) started(process, image, result);
  };
  return {
    line(text) {
      const [, id = '', rest = ''] = /^(\d+)\s+(.*)$/s.exec(text) ?? [];
      if (rest === '') return;
      const isNew = !processes.has(id);
      const process = processOf(id);
      if (isNew && process.image.path === undefined) orphans.set(id, process.image);
      const mode = /runs in (32|64) bit mode/.exec(rest)?.[1];
      if (mode !== undefined) {
        process.is32 = mode === '32';
        return;
      }
      if (rest.startsWith('+++')) {
        const other = /superseded by execve in pid (\d+)/.exec(rest)?.[1];
        const pending = other === undefined ? undefined : processes.get(other)?.pending;
        if (pending !== undefined) process.pending = pending;
        else if (!orphans.has(id)) processes.delete(id);
        return;
      }
      const result = /\)?\s+=\s+(-?\w+)[^=]*$/.exec(rest)?.[1] ?? '';
      if (rest.startsWith('<...')) {
        const { pending } = process;
        if (pending === undefined) return;
        delete process.pending;
        finished(process, pending.name, pending.path, pending.image, result);
        return;
      }
      const name = /^(\w+)\(/.exec(rest)?.[1];
      if (name === undefined || name === ofKernel) return;
      process.image.calls.add(process.is32 === true ? `i386:${name}` : name);
      const path = /^\w+\("((?:[^"\\]|\\.)*)"/.exec(rest)?.[1] ?? '';
      if (rest.endsWith('<unfinished ...>')) process.pending = { name, path, image: process.image };
      else finished(process, name, path, process.image, result);
    },
    seen() {
      const all = new Map<string, Set<string>>();
      for (const image of images) {
        const path = pathOf(image);
        const calls = all.get(path) ?? new Set();
        all.set(path, calls);
        for (const each of image.calls) calls.add(each);
      }
      return all;
    },
  };
}

function pathOf(image: Image): string {
  let each: Image = image;
  for (let steps = 0; each.same !== undefined && steps < 64; steps++) each = each.same;
  return each.path ?? '';
}

function absolute(path: string, { directory }: Process): string {
  const plain = path.replace(/\\(\d{1,3}|.)/g, (_, code: string) =>
    /^\d/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : code,
  );
  return plain.startsWith('/') ? plain : `${directory}/${plain}`;
}
