// One pass over all code of a file: every place where code refers to an address, calls, jumps, or enters the kernel.
// Linear, from one known function start to the next, so that a table between two functions costs no more than
// itself. This is where nearly all of the time goes: nothing is allocated per instruction.
import { flow } from '../../isa/insn.ts';
import { decode, LEGACY, makeInsn, PREFIX_FS, PREFIX_GS } from '../../isa/x86-64/decode.ts';
import { flowOf, isPcRelative } from '../../isa/x86-64/flow.ts';
import type { CodeImage } from './code-image.ts';

/** What one reference is. */
export const reference = {
  call: 0,
  jump: 1,
  branch: 2,
  /** The address itself is made: lea, or a number that is one. */
  point: 3,
  /** Eight bytes or fewer at the address are read or written. */
  access: 4,
  /** More than that, by a vector instruction. */
  accessWide: 5,
  /** Jumps to where the word at the address points. */
  jumpThrough: 6,
  /** Control goes to where a register points. */
  jumpRegister: 7,
  callRegister: 8,
  syscall: 9,
  syscall32: 10,
  /** Calls where the word at the address points. */
  callThrough: 11,
  return: 12,
  /** An instruction that never goes on. */
  stop: 13,
} as const;

/** References in the order of the code. Places are distances from the image's lowest address. */
export interface References {
  readonly count: number;
  readonly kinds: Uint8Array;
  /** Where the instruction stands. */
  readonly from: Int32Array;
  /** What it refers to; -1 where there is nothing to tell. */
  readonly to: Int32Array;
}

class Growing {
  count = 0;
  kinds = new Uint8Array(1 << 14);
  from = new Int32Array(1 << 14);
  to = new Int32Array(1 << 14);

  push(kind: number, from: number, to: number): void {
    if (this.count === this.kinds.length) this.grow();
    this.kinds[this.count] = kind;
    this.from[this.count] = from;
    this.to[this.count] = to;
    this.count++;
  }

  private grow(): void {
    const room = this.count * 2;
    const kinds = new Uint8Array(room);
    const from = new Int32Array(room);
    const to = new Int32Array(room);
    kinds.set(this.kinds);
    from.set(this.from);
    to.set(this.to);
    this.kinds = kinds;
    this.from = from;
    this.to = to;
  }
}

const insn = makeInsn();

/** Sweeps all code; `starts` are sorted addresses at which an instruction certainly begins. */
export function sweep(image: CodeImage, starts: Float64Array): References {
  const found = new Growing();
  let next = 0;
  for (const { address, offset, size } of image.code) {
    let from = address;
    while (next < starts.length && (starts[next] ?? 0) <= from) next++;
    while (from < address + size) {
      const known = next < starts.length ? (starts[next] ?? 0) : Number.POSITIVE_INFINITY;
      const to = Math.min(known, address + size);
      sweepRun(image, offset + (from - address), from - image.low, to - from, found);
      from = to;
      while (next < starts.length && (starts[next] ?? 0) <= from) next++;
    }
  }
  return { count: found.count, kinds: found.kinds, from: found.from, to: found.to };
}

function sweepRun(
  image: CodeImage,
  offset: number,
  place: number,
  size: number,
  found: Growing,
): void {
  const { bytes } = image.layout;
  const { fixed, low } = image;
  const span = image.high - low;
  const end = offset + size;
  const delta = place - offset;
  for (let at = offset; at < end; ) {
    const from = at + delta;
    at += decode(bytes, at, end, insn);
    if (!insn.valid) continue;
    const kind = flowOf(insn);
    if (kind !== flow.next) {
      if (kind === flow.call || kind === flow.jump || kind === flow.branch) {
        const to = at + delta + insn.immediate;
        if (to >= 0 && to < span) {
          found.push(
            kind === flow.call
              ? reference.call
              : kind === flow.jump
                ? reference.jump
                : reference.branch,
            from,
            to,
          );
        }
      } else if (kind === flow.callIndirect || kind === flow.jumpIndirect) {
        indirect(kind, from, at + delta, low, span, fixed, found);
      } else if (kind === flow.syscall) found.push(reference.syscall, from, -1);
      else if (kind === flow.syscall32) found.push(reference.syscall32, from, -1);
      else found.push(kind === flow.return ? reference.return : reference.stop, from, -1);
      continue;
    }
    if (isPcRelative(insn)) {
      const to = at + delta + insn.displacement;
      if (to >= 0 && to < span && (insn.prefixes & (PREFIX_FS | PREFIX_GS)) === 0)
        found.push(operandKind(), from, to);
    } else if (fixed && insn.displacementSize === 4) {
      const to = insn.displacement - low;
      if (to >= 0 && to < span && (insn.prefixes & (PREFIX_FS | PREFIX_GS)) === 0)
        found.push(
          insn.sib >= 0 && (insn.sib & 0x3f) === 0x25 && insn.modrm < 0x40
            ? operandKind()
            : reference.point,
          from,
          to,
        );
    }
    if (insn.immediateSize === 4 ? fixed : insn.immediateSize === 8) {
      const to =
        insn.immediateSize === 4
          ? insn.immediate - low
          : insn.immediateHigh * 0x1_0000_0000 + (insn.immediate >>> 0) - low;
      if (to >= 0 && to < span) found.push(reference.point, from, to);
    }
  }
}

function operandKind(): number {
  if (insn.encoding !== LEGACY) return reference.accessWide;
  if (insn.map === 0) return insn.opcode === 0x8d ? reference.point : reference.access;
  // Behind 0F, the general registers' own instructions are in columns 4, 9 to F; the rest moves vectors.
  return insn.map === 1 &&
    (insn.opcode < 0x50 || insn.opcode >= 0x90) &&
    insn.opcode < 0xd0 &&
    insn.opcode >= 0x40
    ? reference.access
    : reference.accessWide;
}

function indirect(
  kind: number,
  from: number,
  next: number,
  low: number,
  span: number,
  fixed: boolean,
  found: Growing,
): void {
  let to = -1;
  let indexed = false;
  if (isPcRelative(insn)) to = next + insn.displacement;
  else if (
    fixed &&
    insn.displacementSize === 4 &&
    (insn.prefixes & (PREFIX_FS | PREFIX_GS)) === 0
  ) {
    to = insn.displacement - low;
    indexed = !((insn.sib & 0x3f) === 0x25 && insn.sib >= 0 && insn.modrm < 0x40);
  }
  const isPlace = to >= 0 && to < span;
  if (isPlace && indexed) found.push(reference.point, from, to);
  if (isPlace && !indexed)
    found.push(
      kind === flow.callIndirect ? reference.callThrough : reference.jumpThrough,
      from,
      to,
    );
  else
    found.push(
      kind === flow.callIndirect ? reference.callRegister : reference.jumpRegister,
      from,
      -1,
    );
}
