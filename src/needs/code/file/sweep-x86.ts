// One stretch of x86-64 code, instruction after instruction: what it refers to.
import { flow } from '../../../isa/insn.ts';
import { decode, LEGACY, makeInsn, PREFIX_FS, PREFIX_GS } from '../../../isa/x86-64/decode.ts';
import { flowOf, isPcRelative } from '../../../isa/x86-64/flow.ts';
import type { CodeImage } from './code-image.ts';
import { type GrowingReferences, reference } from './references.ts';

const insn = makeInsn();

/** Sweeps `size` bytes at file offset `offset`, which begin an instruction and lie at `place`. */
export function sweepX86(
  image: CodeImage,
  offset: number,
  place: number,
  size: number,
  found: GrowingReferences,
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
  found: GrowingReferences,
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
