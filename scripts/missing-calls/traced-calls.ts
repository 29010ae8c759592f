// Which system calls a program itself made, from strace's record: those of other programs that it started are apart.

export interface TracedCalls {
  readonly own: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

const line = /^(\d+)\s+(?:<\.\.\. )?(\w+)(\(| resumed)(.*)$/;

/** Reads the record of `strace -f -o`; the first program is the one that was asked for. */
export function tracedCalls(record: string): TracedCalls {
  const own = new Set<string>();
  const others = new Set<string>();
  const foreign = new Set<string>();
  let first: string | undefined;
  /** Programs that are being started, by process; a thread does so in the name of its process, whose line then goes on. */
  const starting = new Map<string, string>();
  let latest: string | undefined;
  for (const text of record.split('\n')) {
    const [, process = '', name = '', , rest = ''] = line.exec(text) ?? [];
    if (name === '') continue;
    (foreign.has(process) ? others : own).add(name);
    if (name === 'execve') {
      const path = /^"([^"]*)"/.exec(rest)?.[1] ?? starting.get(process) ?? latest;
      starting.delete(process);
      if (rest.includes('<unfinished') && path !== undefined) {
        starting.set(process, path);
        latest = path;
      }
      if (first === undefined) first = path;
      else if (path !== undefined && rest.includes('= 0') && path !== first) foreign.add(process);
    }
    // A child is what its parent is.
    if (/^(?:clone3?|v?fork)$/.test(name)) {
      const child = /= (\d+)$/.exec(rest)?.[1];
      if (child !== undefined && foreign.has(process)) foreign.add(child);
    }
  }
  return { own, others };
}
