// The pieces that test/builders/elf.ts puts together: a growing buffer of either byte order, machines, notes of
// properties, machine code for direct system calls, Go's build information.

/** Machines by the kernel's names, with e_machine and usual e_flags. */
export const machines = {
  x86_64: { em: 62, is64: true, little: true, flags: 0 },
  x32: { em: 62, is64: false, little: true, flags: 0 },
  i386: { em: 3, is64: false, little: true, flags: 0 },
  aarch64: { em: 183, is64: true, little: true, flags: 0 },
  /** EABI 5, hard float. */
  arm: { em: 40, is64: false, little: true, flags: 0x0500_0400 },
  riscv64: { em: 243, is64: true, little: true, flags: 5 },
  riscv32: { em: 243, is64: false, little: true, flags: 5 },
  ppc64le: { em: 21, is64: true, little: true, flags: 2 },
  ppc64: { em: 21, is64: true, little: false, flags: 1 },
  s390x: { em: 22, is64: true, little: false, flags: 0 },
  mips64: { em: 8, is64: true, little: false, flags: 0x8000_0000 },
  mips: { em: 8, is64: false, little: false, flags: 0x7000_1000 },
  mips64el: { em: 8, is64: true, little: true, flags: 0x8000_0000 },
  loongarch64: { em: 258, is64: true, little: true, flags: 0x43 },
} as const;

/** A growing buffer that writes numbers in one byte order and word size. */
export class Bytes {
  readonly little: boolean;
  readonly is64: boolean;
  private parts: Buffer = Buffer.alloc(1024);
  size = 0;

  constructor(little: boolean, is64: boolean) {
    this.little = little;
    this.is64 = is64;
  }

  raw(bytes: Uint8Array): this {
    this.room(bytes.length);
    this.parts.set(bytes, this.size);
    this.size += bytes.length;
    return this;
  }

  skip(count: number): this {
    this.room(count);
    this.size += count;
    return this;
  }

  align(to: number): this {
    return this.skip((to - (this.size % to)) % to);
  }

  /** A text with its closing NUL. */
  text(text: string): this {
    return this.raw(Buffer.from(`${text}\0`));
  }

  u8(value: number): this {
    return this.raw(Uint8Array.of(value));
  }

  u16(value: number): this {
    return this.number(value, 2);
  }

  u32(value: number): this {
    return this.number(value, 4);
  }

  words(values: readonly number[]): this {
    for (const value of values) this.u32(value);
    return this;
  }

  /** A number of the class's size. */
  word(value: number): this {
    return this.number(value, this.is64 ? 8 : 4);
  }

  patch(at: number, bytes: Uint8Array): void {
    this.parts.set(bytes, at);
  }

  done(): Uint8Array {
    return this.parts.subarray(0, this.size);
  }

  private number(value: number, size: number): this {
    const bytes = Buffer.alloc(size);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let i = 0; i < size; i++, rest >>= 8n) {
      bytes[this.little ? i : size - 1 - i] = Number(rest & 0xffn);
    }
    return this.raw(bytes);
  }

  private room(count: number): void {
    if (this.size + count <= this.parts.length) return;
    const bigger = Buffer.alloc(Math.max(this.parts.length * 2, this.size + count));
    bigger.set(this.parts);
    this.parts = bigger;
  }
}

interface PropertySpec {
  readonly isaNeeded?: number;
  readonly isaUsed?: number;
  readonly properties?: readonly string[];
}

/** NT_GNU_PROPERTY_TYPE_0 for the declared properties; empty when there are none. */
export function propertyNote(spec: PropertySpec, is64: boolean, little: boolean): Uint8Array {
  const bit = (names: readonly string[]): number =>
    names.reduce((bits, name, i) => (spec.properties?.includes(name) ? bits | (1 << i) : bits), 0);
  const entries: [number, number][] = [];
  const arm = bit(['bti', 'pac', 'gcs']);
  const x86 = bit(['ibt', 'shstk']);
  if (arm) entries.push([0xc000_0000, arm]);
  if (x86) entries.push([0xc000_0002, x86]);
  if (spec.isaNeeded) entries.push([0xc000_8002, (1 << spec.isaNeeded) - 1]);
  if (spec.isaUsed) entries.push([0xc001_0002, (1 << spec.isaUsed) - 1]);
  if (entries.length === 0) return new Uint8Array();
  const body = new Bytes(little, is64);
  for (const [type, value] of entries) body.words([type, 4, value]).align(is64 ? 8 : 4);
  const note = new Bytes(little, is64);
  return note.words([4, body.size, 5]).text('GNU').raw(body.done()).done();
}

interface CodeSpec {
  readonly machine?: string;
  readonly directSyscalls?: readonly number[];
  readonly vsyscall?: boolean;
}

/** Machine code that makes the declared calls; at least one return instruction. */
export function codeOf(spec: CodeSpec): Uint8Array {
  const code = new Bytes(true, true);
  if (spec.machine === 'aarch64') {
    for (const number of spec.directSyscalls ?? []) {
      code
        .u32(0xd2800008 + number * 32)
        .u32(0xaa0003e1)
        .u32(0xd4000001);
    }
    return code.u32(0xd65f03c0).done();
  }
  // endbr64, as compilers begin functions
  code.raw(Buffer.from('f30f1efa', 'hex'));
  for (const number of spec.directSyscalls ?? []) {
    // mov $number,%eax; mov %rsi,%rdi; syscall
    code.u8(0xb8).u32(number).raw(Buffer.from('4889f70f05', 'hex'));
  }
  // mov $0xffffffffff600000,%rax; call *%rax
  if (spec.vsyscall) code.raw(Buffer.from('48c7c0000060ffffd0', 'hex'));
  return code.raw(Buffer.from('c3', 'hex')).align(16).done();
}

export interface GoInfo {
  /** As the linker writes it: "go1.22.4". */
  readonly version: string;
  /** Lines of the module text: "path\tcmd/x", "mod\t…", "dep\t…", "build\t…". */
  readonly lines?: readonly string[];
  /** 'pointers' as before Go 1.18; default inline. */
  readonly form?: 'inline' | 'pointers';
}

/** Go's build information block, to be placed 16-byte aligned at `address`. */
export function goBuildInfo(
  info: GoInfo,
  address: number,
  little: boolean,
  is64: boolean,
): Uint8Array {
  const out = new Bytes(little, is64);
  const wide = is64 ? 8 : 4;
  const frame = Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex');
  const frameEnd = Buffer.from('f932433186182072008242104116d8f2', 'hex');
  const text = (info.lines ?? []).map((line) => `${line}\n`).join('');
  const version = Buffer.from(info.version);
  const modules =
    text === '' ? Buffer.alloc(0) : Buffer.concat([frame, Buffer.from(text), frameEnd]);
  out.raw(Buffer.from('\xff Go buildinf:', 'latin1')).u8(wide);
  if (info.form === 'pointers') {
    out.u8(little ? 0 : 1);
    const headers = address + 16 + 2 * wide;
    out.word(headers).word(headers + 2 * wide);
    const texts = headers + 4 * wide;
    out.word(texts).word(version.length);
    out.word(texts + version.length).word(modules.length);
  } else {
    out.u8(2).align(32);
  }
  for (const bytes of [version, modules]) {
    if (info.form !== 'pointers') {
      let left = bytes.length;
      for (; left >= 0x80; left >>>= 7) out.u8((left & 0x7f) | 0x80);
      out.u8(left);
    }
    out.raw(bytes);
  }
  return out.done();
}
