// The mode of a file as ls shows it.

const types: Readonly<Record<string, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  block: 'b',
  character: 'c',
  fifo: 'p',
  socket: 's',
};

/** "-rwsr-xr-x" */
export function formatMode({
  type,
  mode,
}: {
  readonly type: string;
  readonly mode: number;
}): string {
  const special = [0o4000, 0o2000, 0o1000];
  const bits = [6, 3, 0].map((shift, at) => {
    const three = (mode >> shift) & 7;
    const set = (mode & (special[at] ?? 0)) !== 0;
    const letter = at === 2 ? 't' : 's';
    const last = set
      ? (three & 1) === 0
        ? letter.toUpperCase()
        : letter
      : (three & 1) === 0
        ? '-'
        : 'x';
    return `${(three & 4) === 0 ? '-' : 'r'}${(three & 2) === 0 ? '-' : 'w'}${last}`;
  });
  return `${types[type] ?? '?'}${bits.join('')}`;
}
