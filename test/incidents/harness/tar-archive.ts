// A small tar writer (POSIX.1-2001 ustar, with a pax header where extended attributes or long names ask for one).
export interface TarEntry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly uid?: number;
  readonly content?: Uint8Array;
  readonly link?: string;
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

const block = 512;

/** The archive's bytes; parent directories are added. */
export function tarArchive(entries: readonly TarEntry[]): Uint8Array {
  const all = new Map<string, TarEntry>();
  for (const entry of entries) {
    const parts = entry.path.split('/').slice(1, -1);
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const path = `/${parts.slice(0, depth).join('/')}`;
      if (!all.has(path)) all.set(path, { path, type: 'directory', mode: 0o755 });
    }
    all.set(entry.path, entry);
  }
  const sorted = [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return Buffer.concat([...sorted.flatMap(blocksOf), Buffer.alloc(2 * block)]);
}

function blocksOf(entry: TarEntry): readonly Buffer[] {
  const name = `${entry.path.slice(1)}${entry.type === 'directory' ? '/' : ''}`;
  const records: Buffer[] = [];
  if (Buffer.byteLength(name) > 100) records.push(record('path', Buffer.from(name)));
  for (const [key, value] of Object.entries(entry.xattrs ?? {}))
    records.push(record(`SCHILY.xattr.${key}`, Buffer.from(value)));
  const content = Buffer.from(entry.content ?? new Uint8Array());
  const type = entry.type === 'file' ? '0' : entry.type === 'directory' ? '5' : '2';
  const pax = Buffer.concat(records);
  return [
    ...(records.length === 0 ? [] : [header('pax', 'x', 0o644, 0, pax.length, ''), padded(pax)]),
    header(name.slice(-100), type, entry.mode, entry.uid ?? 0, content.length, entry.link ?? ''),
    padded(content),
  ];
}

/** "length key=value\n", where length counts itself. */
function record(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length)
    length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function header(
  name: string,
  type: string,
  mode: number,
  uid: number,
  size: number,
  link: string,
): Buffer {
  const out = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number): void => {
    out.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  };
  out.write(name, 0, 100);
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(1_700_000_000, 136, 12);
  out.write('        ', 148);
  out.write(type, 156);
  out.write(link, 157, 100);
  out.write('ustar\x0000', 257);
  const sum = out.reduce((total, byte) => total + byte, 0);
  out.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return out;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((block - (bytes.length % block)) % block)]);
}
