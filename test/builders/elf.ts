// Builds small, well-formed ELF files for tests: any class, byte order and machine, with just the declarations that
// a test is about. The files are laid out like a linker's: one segment of headers and read-only data, one of code,
// one of writable data, addresses equal to offsets modulo the alignment.
import { Bytes, codeOf, type GoInfo, goBuildInfo, machines, propertyNote } from './elf-parts.ts';

export interface ElfSpec {
  /** As `uname -m` says; default x86_64. 'x32' is x86-64 code in ELFCLASS32. */
  readonly machine?: keyof typeof machines;
  /** Default: 'pie'. */
  readonly type?: 'executable' | 'pie' | 'static-pie' | 'shared-library' | 'relocatable';
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly soname?: string;
  readonly runpath?: string;
  readonly rpath?: string;
  /** NT_GNU_ABI_TAG: "4.11.0". */
  readonly abiNote?: string;
  /** p_align of the PT_NOTE that holds it; default 4. The loader reads 4 and 8 only. */
  readonly noteAlignment?: number;
  readonly isaNeeded?: 1 | 2 | 3 | 4;
  readonly isaUsed?: 1 | 2 | 3 | 4;
  readonly properties?: readonly ('ibt' | 'shstk' | 'bti' | 'pac' | 'gcs')[];
  readonly buildId?: string;
  /** p_align of every PT_LOAD and the distance of the segments; default 4096. */
  readonly alignment?: number;
  /** Absent: no PT_GNU_STACK. */
  readonly executableStack?: boolean;
  readonly textRelocations?: boolean;
  readonly imports?: readonly {
    readonly name: string;
    readonly version?: string;
    readonly library?: string;
    readonly weak?: boolean;
  }[];
  readonly exports?: readonly string[];
  /** Symbol versions that a library defines, without symbols of them. */
  readonly defines?: readonly string[];
  /** Texts in read-only data, each ended by NUL. */
  readonly strings?: readonly string[];
  /** Lines of .comment; needs section headers. */
  readonly comments?: readonly string[];
  /** System calls made directly, by number (x86_64 and aarch64). */
  readonly directSyscalls?: readonly number[];
  /** A call through the vsyscall page (x86_64). */
  readonly vsyscall?: boolean;
  /** More machine code. */
  readonly code?: Uint8Array;
  /** More writable data. */
  readonly data?: Uint8Array;
  readonly go?: GoInfo;
  /** The section .dep-v0 as it stands. */
  readonly crates?: Uint8Array;
  /** Section headers; default true. */
  readonly sections?: boolean;
}

/** The file's bytes. */
export function buildElf(spec: ElfSpec = {}): Uint8Array {
  const machine = machines[spec.machine ?? 'x86_64'];
  const { is64, little } = machine;
  const alignment = spec.alignment ?? 4096;
  const wide = is64 ? 8 : 4;
  const base = spec.type === 'executable' ? 0x400000 : 0;
  const out = new Bytes(little, is64);
  const headerSize = is64 ? 64 : 52;
  const programSize = is64 ? 56 : 32;
  const headers: Header[] = [];
  const sections: SectionSpec[] = [];
  const relocatable = spec.type === 'relocatable';
  const dynamic =
    !relocatable &&
    (spec.needed !== undefined ||
      spec.soname !== undefined ||
      spec.imports !== undefined ||
      spec.exports !== undefined ||
      spec.defines !== undefined ||
      spec.textRelocations === true ||
      (spec.type ?? 'pie') !== 'executable');
  out.skip(headerSize + 12 * programSize);

  // Read-only data: interpreter, notes, dynamic tables, strings.
  if (spec.interpreter !== undefined) {
    const at = out.size;
    out.text(spec.interpreter);
    headers.push({ type: 3, flags: 4, from: at, to: out.size, align: 1 });
  }
  out.align(8);
  const notesAt = out.size;
  if (spec.abiNote !== undefined) {
    const numbers = spec.abiNote.split('.').map(Number);
    out
      .words([4, 16, 1])
      .text('GNU')
      .words([0, numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0]);
  }
  if (spec.buildId !== undefined) {
    const id = Buffer.from(spec.buildId, 'hex');
    out.words([4, id.length, 3]).text('GNU').raw(id).align(4);
  }
  if (out.size > notesAt) {
    headers.push({
      type: 4,
      flags: 4,
      from: notesAt,
      to: out.size,
      align: spec.noteAlignment ?? 4,
    });
    sections.push({ name: '.note.ABI-tag', type: 7, flags: 2, from: notesAt, to: out.size });
  }
  const property = propertyNote(spec, is64, little);
  if (property.length > 0) {
    out.align(wide);
    const at = out.size;
    out.raw(property);
    headers.push({ type: 4, flags: 4, from: at, to: out.size, align: wide });
    headers.push({ type: 0x6474e553, flags: 4, from: at, to: out.size, align: wide });
    sections.push({ name: '.note.gnu.property', type: 7, flags: 2, from: at, to: out.size });
  }
  const tables = dynamic ? writeDynamicTables(out, spec) : undefined;
  out.align(8);
  const rodataAt = out.size;
  for (const text of spec.strings ?? []) out.text(text);
  sections.push({ name: '.rodata', type: 1, flags: 2, from: rodataAt, to: out.size });
  const readOnlyEnd = out.size;

  out.align(4096);
  const codeAt = out.size;
  out.raw(codeOf(spec)).raw(spec.code ?? new Uint8Array());
  sections.push({ name: '.text', type: 1, flags: 6, from: codeAt, to: out.size });
  const codeEnd = out.size;

  out.align(4096);
  const dataAt = out.size;
  const address = (offset: number): number => {
    if (offset < codeAt) return base + offset;
    return base + offset + (offset < dataAt ? 1 : 2) * gap(alignment);
  };
  if (tables) {
    const entries: [number, number][] = [
      ...tables.needed.map((text): [number, number] => [1, text]),
      ...tables.single,
      ...tables.addresses.map(([key, offset]): [number, number] => [key, address(offset)]),
    ];
    if (spec.textRelocations) entries.push([22, 0]);
    if (['pie', 'static-pie'].includes(spec.type ?? 'pie')) entries.push([0x6ffffffb, 0x0800_0000]);
    for (const [key, value] of [...entries, [0, 0]] as const) out.word(key).word(value);
    headers.push({ type: 2, flags: 6, from: dataAt, to: out.size, align: wide });
    sections.push({ name: '.dynamic', type: 6, flags: 3, from: dataAt, to: out.size });
  }
  if (spec.go) {
    out.align(16);
    const at = out.size;
    out.raw(goBuildInfo(spec.go, address(at), little, is64));
    sections.push({ name: '.go.buildinfo', type: 1, flags: 3, from: at, to: out.size });
  }
  if (spec.crates) {
    const at = out.size;
    out.raw(spec.crates);
    sections.push({ name: '.dep-v0', type: 1, flags: 2, from: at, to: out.size });
  }
  out.raw(spec.data ?? new Uint8Array()).skip(8);
  const dataEnd = out.size;

  if (!relocatable) {
    headers.push({ type: 1, flags: 4, from: 0, to: readOnlyEnd, align: alignment });
    headers.push({ type: 1, flags: 5, from: codeAt, to: codeEnd, align: alignment });
    headers.push({ type: 1, flags: 6, from: dataAt, to: dataEnd, align: alignment });
    if (spec.executableStack !== undefined) {
      const flags = spec.executableStack ? 7 : 6;
      headers.push({ type: 0x6474e551, flags, from: 0, to: 0, align: 16 });
    }
  }

  let sectionsAt = 0;
  if (spec.sections !== false) {
    if (spec.comments) {
      const at = out.size;
      for (const line of spec.comments) out.text(line);
      sections.push({ name: '.comment', type: 1, flags: 0, from: at, to: out.size });
    }
    sectionsAt = writeSections(out, sections, address);
  }
  writeHeader(out, spec, {
    entry: address(codeAt),
    programs: relocatable ? 0 : headers.length,
    sectionsAt,
    sections: sectionsAt === 0 ? 0 : sections.length + 2,
  });
  if (!relocatable) {
    for (const [index, header] of headers.entries()) {
      writeProgramHeader(out, headerSize + index * programSize, header, address);
    }
  }
  return out.done();
}

/** Extra address distance between segments, so that each begins on a page of its own at that alignment. */
function gap(alignment: number): number {
  return alignment > 4096 ? alignment : 0;
}

interface Header {
  readonly type: number;
  readonly flags: number;
  readonly from: number;
  readonly to: number;
  readonly align: number;
}

interface SectionSpec {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly from: number;
  readonly to: number;
}

interface DynamicTables {
  readonly needed: readonly number[];
  readonly single: readonly [number, number][];
  readonly addresses: readonly [number, number][];
}

function writeDynamicTables(out: Bytes, spec: ElfSpec): DynamicTables {
  const strings = new Map<string, number>([['', 0]]);
  let stringsSize = 1;
  const intern = (text: string): number => {
    const known = strings.get(text);
    if (known !== undefined) return known;
    const at = stringsSize;
    strings.set(text, at);
    stringsSize += Buffer.byteLength(text) + 1;
    return at;
  };
  const needed = (spec.needed ?? []).map(intern);
  const single: [number, number][] = [];
  if (spec.soname !== undefined) single.push([14, intern(spec.soname)]);
  if (spec.rpath !== undefined) single.push([15, intern(spec.rpath)]);
  if (spec.runpath !== undefined) single.push([29, intern(spec.runpath)]);

  const imports = spec.imports ?? [];
  const names = [...imports.map(({ name }) => name), ...(spec.exports ?? [])];
  const addresses: [number, number][] = [];
  out.align(8);
  addresses.push([6, out.size]);
  out.skip(out.is64 ? 24 : 16);
  for (const [index, name] of names.entries()) {
    const info = ((imports[index]?.weak ? 2 : 1) << 4) | 2;
    const section = index < imports.length ? 0 : 1;
    out.u32(intern(name));
    if (out.is64) out.u8(info).u8(0).u16(section).word(0).word(0);
    else out.word(0).word(0).u8(info).u8(0).u16(section);
  }
  // DT_HASH with one bucket; its words are of 8 bytes on 64-bit s390.
  const wideHash = spec.machine === 's390x';
  out.align(8);
  addresses.push([4, out.size]);
  const count = names.length + 1;
  for (const value of [1, count, count > 1 ? 1 : 0, ...names.map((_, i) => (i + 2) % count), 0]) {
    if (wideHash) out.word(value);
    else out.u32(value);
  }
  const versions = new Map<string, Map<string, number>>();
  let nextIndex = 2;
  for (const { version, library } of imports) {
    if (version === undefined) continue;
    const of = versions.get(library ?? 'libc.so.6') ?? new Map<string, number>();
    versions.set(library ?? 'libc.so.6', of);
    if (!of.has(version)) of.set(version, nextIndex++);
  }
  if (versions.size > 0) {
    out.align(8);
    addresses.push([0x6ffffff0, out.size]);
    out.u16(0);
    for (const { version, library } of imports) {
      out.u16(versions.get(library ?? 'libc.so.6')?.get(version ?? '') ?? 1);
    }
    for (const _ of spec.exports ?? []) out.u16(1);
    out.align(8);
    addresses.push([0x6ffffffe, out.size]);
    single.push([0x6fffffff, versions.size]);
    let library = 0;
    for (const [name, of] of versions) {
      library++;
      out.u16(1).u16(of.size).u32(intern(name)).u32(16);
      out.u32(library < versions.size ? 16 + 16 * of.size : 0);
      let left = of.size;
      for (const [version, index] of of) {
        left--;
        out
          .u32(0)
          .u16(0)
          .u16(index)
          .u32(intern(version))
          .u32(left > 0 ? 16 : 0);
      }
    }
  }
  const defined = spec.defines ?? [];
  if (defined.length > 0) {
    out.align(8);
    addresses.push([0x6ffffffc, out.size]);
    single.push([0x6ffffffd, defined.length + 1]);
    for (const [index, version] of [spec.soname ?? '', ...defined].entries()) {
      out
        .u16(1)
        .u16(index === 0 ? 1 : 0)
        .u16(nextIndex + index)
        .u16(1);
      out
        .u32(0)
        .u32(20)
        .u32(index === defined.length ? 0 : 28);
      out.u32(intern(version)).u32(0);
    }
  }
  addresses.push([5, out.size]);
  single.push([10, stringsSize], [11, out.is64 ? 24 : 16]);
  for (const text of strings.keys()) out.text(text);
  return { needed, single, addresses };
}

function writeSections(
  out: Bytes,
  sections: readonly SectionSpec[],
  address: (offset: number) => number,
): number {
  const names = ['', ...sections.map(({ name }) => name), '.shstrtab'];
  const namesAt = out.size;
  for (const name of names) out.text(name);
  const namesEnd = out.size;
  out.align(8);
  const at = out.size;
  const all = [
    { name: '', type: 0, flags: 0, from: 0, to: 0 },
    ...sections,
    { name: '.shstrtab', type: 3, flags: 0, from: namesAt, to: namesEnd },
  ];
  let name = 0;
  for (const { name: own, type, flags, from, to } of all) {
    out.u32(name).u32(type).word(flags);
    out.word(flags & 2 ? address(from) : 0);
    out.word(from).word(to - from);
    out.u32(0).u32(0).word(1).word(0);
    name += own.length + 1;
  }
  return at;
}

function writeHeader(
  out: Bytes,
  spec: ElfSpec,
  at: { entry: number; programs: number; sectionsAt: number; sections: number },
): void {
  const machine = machines[spec.machine ?? 'x86_64'];
  const types = { relocatable: 1, executable: 2, pie: 3, 'static-pie': 3, 'shared-library': 3 };
  const header = new Bytes(out.little, out.is64);
  header.raw(Buffer.from([0x7f, 0x45, 0x4c, 0x46, out.is64 ? 2 : 1, out.little ? 1 : 2, 1, 0]));
  header.skip(8);
  header
    .u16(types[spec.type ?? 'pie'])
    .u16(machine.em)
    .u32(1);
  header
    .word(at.entry)
    .word(at.programs === 0 ? 0 : out.is64 ? 64 : 52)
    .word(at.sectionsAt);
  header.u32(machine.flags).u16(out.is64 ? 64 : 52);
  header.u16(out.is64 ? 56 : 32).u16(at.programs);
  header.u16(out.is64 ? 64 : 40).u16(at.sections);
  header.u16(at.sections === 0 ? 0 : at.sections - 1);
  out.patch(0, header.done());
}

function writeProgramHeader(
  out: Bytes,
  at: number,
  { type, flags, from, to, align }: Header,
  address: (offset: number) => number,
): void {
  const size = to - from;
  const header = new Bytes(out.little, out.is64);
  const place = size === 0 ? 0 : address(from);
  header.u32(type);
  if (out.is64) header.u32(flags);
  header.word(from).word(place).word(place).word(size).word(size);
  if (!out.is64) header.u32(flags);
  header.word(align);
  out.patch(at, header.done());
}
