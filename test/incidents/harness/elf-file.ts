// Writes the smallest ELF file that declares what an incident's image declares. One read-execute segment holds
// everything, a second read-write one holds the dynamic section, one `alignment` further in memory, as linkers lay
// it out; so a page larger than `alignment` cannot map both. Section headers are there too.
const machines = {
  x86_64: { number: 62, bits: 64, big: false },
  i386: { number: 3, bits: 32, big: false },
  aarch64: { number: 183, bits: 64, big: false },
  arm: { number: 40, bits: 32, big: false },
  riscv64: { number: 243, bits: 64, big: false },
  ppc64le: { number: 21, bits: 64, big: false },
  s390x: { number: 22, bits: 64, big: true },
} as const;

/** What a made ELF file declares. */
export interface ElfSpec {
  /** Default: x86_64. */
  readonly machine?: keyof typeof machines;
  /** Default: an executable at a fixed address when there is no soname, else a shared library. */
  readonly type?: 'executable' | 'pie' | 'shared-library';
  readonly interpreter?: string;
  readonly soname?: string;
  readonly needed?: readonly string[];
  /** NT_GNU_ABI_TAG: "3.2.0". */
  readonly abiNote?: string;
  /** GNU_PROPERTY_X86_ISA_1_NEEDED up to this level, 1 to 4. */
  readonly isaNeeded?: 1 | 2 | 3 | 4;
  readonly executableStack?: boolean;
  /** p_align of the segments; default 0x1000 for 32-bit and x86, 0x10000 for others. */
  readonly alignment?: number;
  /** Imported functions: "pthread_create@GLIBC_2.34:libc.so.6", or a bare name. */
  readonly imports?: readonly string[];
  /** Symbol versions that a library defines. */
  readonly defines?: readonly string[];
  /** Texts in read-only data. */
  readonly strings?: readonly string[];
  /** Version in Go build information: "1.15.3". */
  readonly go?: string;
  /** Go modules: "github.com/docker/docker v20.10.0". */
  readonly goModules?: readonly string[];
  /** x86-64 system call numbers, each loaded and called. */
  readonly calls?: readonly number[];
  /** Machine code bytes. */
  readonly code?: readonly number[];
  /** Lines of .comment. */
  readonly comment?: readonly string[];
}

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly bytes: Buffer;
  readonly align: number;
  readonly entry?: number;
  readonly link?: string;
  readonly info?: number;
}

class Strings {
  bytes: Buffer = Buffer.from([0]);
  add(text: string): number {
    const needle = Buffer.from(`${text}\0`);
    const at = this.bytes.indexOf(Buffer.concat([Buffer.from([0]), needle]));
    if (at >= 0) return at + 1;
    const offset = this.bytes.length;
    this.bytes = Buffer.concat([this.bytes, needle]);
    return offset;
  }
}

/** The hash of symbol names and versions (System V ABI, "Hash Table"). */
function elfHash(name: string): number {
  let hash = 0;
  for (const byte of Buffer.from(name)) {
    hash = (hash << 4) + byte;
    const high = hash & 0xf0000000;
    if (high !== 0) hash ^= high >>> 24;
    hash &= ~high;
  }
  return hash >>> 0;
}

const align = (value: number, to: number): number => Math.ceil(value / to) * to;

/** The bytes of the file. */
export function elfFile(spec: ElfSpec = {}): Uint8Array {
  const { number, bits, big } = machines[spec.machine ?? 'x86_64'];
  const wide = bits === 64;
  const word = wide ? 8 : 4;
  const u16 = (value: number): Buffer => {
    const out = Buffer.alloc(2);
    if (big) out.writeUInt16BE(value);
    else out.writeUInt16LE(value);
    return out;
  };
  const u32 = (value: number): Buffer => {
    const out = Buffer.alloc(4);
    if (big) out.writeUInt32BE(value >>> 0);
    else out.writeUInt32LE(value >>> 0);
    return out;
  };
  const u64 = (value: number): Buffer =>
    big
      ? Buffer.concat([u32(value / 2 ** 32), u32(value)])
      : Buffer.concat([u32(value), u32(value / 2 ** 32)]);
  const address = (value: number): Buffer => (wide ? u64(value) : u32(value));
  const cat = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
  const note = (type: number, content: Buffer): Buffer => {
    const padded = Buffer.alloc(align(content.length, word));
    content.copy(padded);
    return cat(u32(4), u32(content.length), u32(type), Buffer.from('GNU\0'), padded);
  };

  const strings = new Strings();
  const library =
    spec.type === 'shared-library' || (spec.type === undefined && spec.soname !== undefined);
  const dynamic = library || spec.interpreter !== undefined || (spec.needed?.length ?? 0) > 0;
  const sections: Section[] = [];
  const add = (
    name: string,
    type: number,
    flags: number,
    bytes: Buffer,
    to = word,
    more: Partial<Section> = {},
  ): void => {
    sections.push({ name, type, flags, bytes, align: to, ...more });
  };
  if (spec.interpreter !== undefined) add('.interp', 1, 2, Buffer.from(`${spec.interpreter}\0`), 1);
  if (spec.abiNote !== undefined) {
    const [major = 0, minor = 0, patch = 0] = spec.abiNote.split('.').map(Number);
    add('.note.ABI-tag', 7, 2, note(1, cat(u32(0), u32(major), u32(minor), u32(patch))), 4);
  }
  if (spec.isaNeeded !== undefined) {
    const property = cat(
      u32(0xc0008002),
      u32(4),
      u32((1 << spec.isaNeeded) - 1),
      ...(wide ? [u32(0)] : []),
    );
    add('.note.gnu.property', 7, 2, note(5, property));
  }
  let tags: readonly (readonly [number, string | number])[] = [];
  if (dynamic) {
    const imports = (spec.imports ?? []).map((text) => {
      const [name = '', rest] = text.split('@');
      const [version, from] = rest?.split(':') ?? [];
      return { name, version, from: from ?? 'libc.so.6' };
    });
    const versions = new Map<string, number>();
    const defines = spec.defines ?? [];
    const base = defines.length === 0 ? 2 : defines.length + 2;
    for (const { version, from } of imports)
      if (version !== undefined && !versions.has(`${from}@${version}`))
        versions.set(`${from}@${version}`, base + versions.size);
    const needed = [
      ...new Set([
        ...(spec.needed ?? []),
        ...imports.filter((one) => one.version !== undefined).map((one) => one.from),
      ]),
    ];
    const symbols: Buffer[] = [Buffer.alloc(wide ? 24 : 16)];
    const versym = [u16(0)];
    for (const { name, version, from } of imports) {
      symbols.push(
        wide
          ? cat(u32(strings.add(name)), Buffer.from([0x12, 0]), u16(0), u64(0), u64(0))
          : cat(u32(strings.add(name)), u32(0), u32(0), Buffer.from([0x12, 0]), u16(0)),
      );
      versym.push(u16(versions.get(`${from}@${version}`) ?? 1));
    }
    const byLibrary = Map.groupBy(versions, ([key]) => key.slice(0, key.indexOf('@')));
    const verneed: Buffer[] = [];
    const libraries = [...byLibrary];
    for (const [index, [from, list]] of libraries.entries()) {
      verneed.push(
        u16(1),
        u16(list.length),
        u32(strings.add(from)),
        u32(16),
        u32(index + 1 === libraries.length ? 0 : 16 + 16 * list.length),
      );
      for (const [at, [key, id]] of list.entries()) {
        const version = key.slice(from.length + 1);
        verneed.push(
          u32(elfHash(version)),
          u16(0),
          u16(id),
          u32(strings.add(version)),
          u32(at + 1 === list.length ? 0 : 16),
        );
      }
    }
    const verdef: Buffer[] = [];
    const named = [spec.soname ?? 'lib', ...defines];
    if (defines.length > 0)
      for (const [index, version] of named.entries()) {
        verdef.push(
          u16(1),
          u16(index === 0 ? 1 : 0),
          u16(index + 1),
          u16(1),
          u32(elfHash(version)),
          u32(20),
          u32(index + 1 === named.length ? 0 : 28),
        );
        verdef.push(u32(strings.add(version)), u32(0));
      }
    tags = [
      ...needed.map((name) => [1, strings.add(name)] as const),
      ...(spec.soname === undefined ? [] : [[14, strings.add(spec.soname)] as const]),
      [4, '.hash'],
      [5, '.dynstr'],
      [6, '.dynsym'],
      [10, strings.bytes.length],
      [11, wide ? 24 : 16],
      ...(verneed.length === 0
        ? []
        : ([
            [0x6ffffffe, '.gnu.version_r'],
            [0x6fffffff, libraries.length],
            [0x6ffffff0, '.gnu.version'],
          ] as const)),
      ...(verdef.length === 0
        ? []
        : ([
            [0x6ffffffc, '.gnu.version_d'],
            [0x6ffffffd, named.length],
          ] as const)),
    ];
    add(
      '.hash',
      5,
      2,
      cat(u32(1), u32(symbols.length), u32(0), ...symbols.map(() => u32(0))),
      word,
      { link: '.dynsym', entry: 4 },
    );
    add('.dynsym', 11, 2, Buffer.concat(symbols), word, {
      link: '.dynstr',
      entry: wide ? 24 : 16,
      info: 1,
    });
    add('.dynstr', 3, 2, strings.bytes, 1);
    if (verneed.length > 0) {
      add('.gnu.version', 0x6fffffff, 2, Buffer.concat(versym), 2, { link: '.dynsym', entry: 2 });
      add('.gnu.version_r', 0x6ffffffe, 2, Buffer.concat(verneed), word, {
        link: '.dynstr',
        info: libraries.length,
      });
    }
    if (verdef.length > 0)
      add('.gnu.version_d', 0x6ffffffd, 2, Buffer.concat(verdef), word, {
        link: '.dynstr',
        info: named.length,
      });
  }
  // mov eax, number; syscall
  const calls = (spec.calls ?? []).flatMap((call) => [0xb8, ...u32(call), 0x0f, 0x05]);
  add(
    '.text',
    1,
    6,
    Buffer.from([...calls, ...(spec.code ?? []), 0xc3, ...Buffer.alloc(64, 0x90)]),
    16,
  );
  if (spec.strings !== undefined)
    add('.rodata', 1, 2, Buffer.from(`${spec.strings.join('\0')}\0`), 8);
  if (spec.go !== undefined) {
    const inline = (text: string): Buffer => {
      const bytes = Buffer.from(text, 'latin1');
      const length: number[] = [];
      for (let rest = bytes.length; ; rest >>>= 7) {
        if (rest < 0x80) {
          length.push(rest);
          break;
        }
        length.push((rest & 0x7f) | 0x80);
      }
      return cat(Buffer.from(length), bytes);
    };
    const modules = (spec.goModules ?? [])
      .map((text) => `dep\t${text.replace(' ', '\t')}\th1:x=\n`)
      .join('');
    const information = `path\texample.org/made\nmod\texample.org/made\t(devel)\t\n${modules}build\tGOOS=linux\n`;
    const mark = Buffer.alloc(16, 0x30).toString('latin1');
    add(
      '.go.buildinfo',
      1,
      3,
      cat(
        Buffer.from('\xff Go buildinf:', 'latin1'),
        Buffer.from([word, 2]),
        Buffer.alloc(16),
        inline(`go${spec.go}`),
        inline(mark + information + mark),
      ),
      16,
    );
  }
  const alignment = spec.alignment ?? (bits === 32 || number === 62 ? 0x1000 : 0x10000);
  const base = library || spec.type === 'pie' ? 0 : 0x400000;

  const loads = 2;
  const notes = sections.filter((section) => section.type === 7);
  const segments =
    loads + (spec.interpreter === undefined ? 0 : 2) + (dynamic ? 1 : 0) + notes.length + 1;
  const headerSize = wide ? 64 : 52;
  const segmentSize = wide ? 56 : 32;
  let at = headerSize + segmentSize * segments;
  const placed = new Map<string, { readonly offset: number; readonly size: number }>();
  for (const section of sections) {
    at = align(at, section.align);
    placed.set(section.name, { offset: at, size: section.bytes.length });
    at += section.bytes.length;
  }
  const textEnd = at;
  const dataOffset = align(at, 16);
  const dataAddress = base + dataOffset + alignment;
  const resolve = (value: string | number): number =>
    typeof value === 'number' ? value : base + (placed.get(value)?.offset ?? 0);
  const dynamicBytes = dynamic
    ? cat(
        ...tags.flatMap(([tag, value]) => [address(tag), address(resolve(value))]),
        address(0),
        address(0),
      )
    : Buffer.alloc(16);
  const contents: Section[] = [
    ...sections,
    {
      name: '.dynamic',
      type: dynamic ? 6 : 1,
      flags: 3,
      bytes: dynamicBytes,
      align: word,
      link: '.dynstr',
      entry: word * 2,
    },
  ];
  placed.set('.dynamic', { offset: dataOffset, size: dynamicBytes.length });
  at = dataOffset + dynamicBytes.length;
  if (spec.comment !== undefined) {
    const bytes = Buffer.from(`${spec.comment.join('\0')}\0`);
    contents.push({ name: '.comment', type: 1, flags: 0, bytes, align: 1 });
    placed.set('.comment', { offset: at, size: bytes.length });
    at += bytes.length;
  }
  const names = new Strings();
  const nameOffsets = contents.map((section) => names.add(section.name));
  const ownName = names.add('.shstrtab');
  const namesOffset = at;
  const tableOffset = align(at + names.bytes.length, word);
  const sectionHeader = (
    name: number,
    type: number,
    flags: number,
    where: number,
    offset: number,
    size: number,
    link: number,
    info: number,
    to: number,
    entry: number,
  ): Buffer =>
    cat(
      u32(name),
      u32(type),
      address(flags),
      address(where),
      address(offset),
      address(size),
      u32(link),
      u32(info),
      address(to),
      address(entry),
    );
  const indexOf = (name: string | undefined): number =>
    contents.findIndex((section) => section.name === name) + 1;
  const table = cat(
    sectionHeader(0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ...contents.map((section, index) => {
      const { offset, size } = placed.get(section.name) ?? { offset: 0, size: 0 };
      const where =
        section.flags === 0 ? 0 : section.name === '.dynamic' ? dataAddress : base + offset;
      return sectionHeader(
        nameOffsets[index] ?? 0,
        section.type,
        section.flags,
        where,
        offset,
        size,
        indexOf(section.link),
        section.info ?? 0,
        section.align,
        section.entry ?? 0,
      );
    }),
    sectionHeader(ownName, 3, 0, 0, namesOffset, names.bytes.length, 0, 0, 1, 0),
  );
  const segment = (
    type: number,
    flags: number,
    offset: number,
    where: number,
    size: number,
    to: number,
  ): Buffer =>
    wide
      ? cat(
          u32(type),
          u32(flags),
          u64(offset),
          u64(where),
          u64(where),
          u64(size),
          u64(size),
          u64(to),
        )
      : cat(
          u32(type),
          u32(offset),
          u32(where),
          u32(where),
          u32(size),
          u32(size),
          u32(flags),
          u32(to),
        );
  const span = (name: string): readonly [number, number, number] => {
    const { offset, size } = placed.get(name) ?? { offset: 0, size: 0 };
    return [offset, base + offset, size];
  };
  const interp: readonly Buffer[] =
    spec.interpreter === undefined
      ? []
      : [
          segment(6, 4, headerSize, base + headerSize, segmentSize * segments, word),
          segment(3, 4, ...span('.interp'), 1),
        ];
  const table2 = cat(
    ...interp,
    segment(1, 5, 0, base, textEnd, alignment),
    segment(1, 6, dataOffset, dataAddress, dynamicBytes.length, alignment),
    ...(dynamic ? [segment(2, 6, dataOffset, dataAddress, dynamicBytes.length, word)] : []),
    ...notes.map((section) => segment(4, 4, ...span(section.name), 4)),
    segment(0x6474e551, spec.executableStack === true ? 7 : 6, 0, 0, 0, 16),
  );
  const kind = library || spec.type === 'pie' ? 3 : 2;
  const flags = spec.machine === 'arm' ? 0x05000400 : spec.machine === 'ppc64le' ? 2 : 0;
  const header = cat(
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, big ? 2 : 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    u16(kind),
    u16(number),
    u32(1),
    address(base + (placed.get('.text')?.offset ?? 0)),
    address(headerSize),
    address(tableOffset),
    u32(flags),
    u16(headerSize),
    u16(segmentSize),
    u16(segments),
    u16(wide ? 64 : 40),
    u16(contents.length + 2),
    u16(contents.length + 1),
  );
  const out = Buffer.alloc(tableOffset + table.length);
  header.copy(out, 0);
  table2.copy(out, headerSize);
  for (const section of contents) section.bytes.copy(out, placed.get(section.name)?.offset ?? 0);
  names.bytes.copy(out, namesOffset);
  table.copy(out, tableOffset);
  return out;
}
