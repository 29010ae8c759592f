// Follows a short straight run of x86-64 integer code from one place to another, to tell whether a constant that was
// loaded into a register is still there at the end. Not a disassembler: it knows the lengths of common instructions,
// and gives up (false) on anything else, on calls, returns and jumps that are always taken.
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2 and appendix A.

/** ModRM operand? Immediate bytes? By opcode; undefined: unknown or ends the run. */
interface Shape {
  readonly modRm: boolean;
  readonly immediate: 0 | 1 | 4;
}

const plain: Shape = { modRm: false, immediate: 0 };
const operand: Shape = { modRm: true, immediate: 0 };
const operand8: Shape = { modRm: true, immediate: 1 };
const operand32: Shape = { modRm: true, immediate: 4 };
const byte8: Shape = { modRm: false, immediate: 1 };
const byte32: Shape = { modRm: false, immediate: 4 };

function shapeOf(opcode: number): Shape | undefined {
  if (opcode < 0x40) return [operand, operand, operand, operand, byte8, byte32][opcode & 7];
  if (opcode >= 0x50 && opcode < 0x60) return plain;
  if (opcode >= 0x70 && opcode < 0x80) return byte8;
  if (opcode >= 0x90 && opcode < 0x9a) return plain;
  if (opcode >= 0xb0 && opcode < 0xb8) return byte8;
  if (opcode >= 0xb8 && opcode < 0xc0) return byte32;
  switch (opcode) {
    case 0x63:
      return operand;
    case 0x68:
    case 0xa9:
      return byte32;
    case 0x6a:
    case 0xa8:
      return byte8;
    case 0x69:
    case 0x81:
    case 0xc7:
      return operand32;
    case 0x6b:
    case 0x80:
    case 0x83:
    case 0xc0:
    case 0xc1:
    case 0xc6:
      return operand8;
    default:
      if (opcode >= 0x84 && opcode < 0x90) return operand;
      return opcode >= 0xd0 && opcode < 0xd4 ? operand : undefined;
  }
}

function shapeOf0f(opcode: number): Shape | undefined {
  if (opcode >= 0x80 && opcode < 0x90) return byte32;
  if ((opcode >= 0xc8 && opcode < 0xd0) || opcode === 0xa2) return plain;
  if ((opcode >= 0x70 && opcode < 0x74) || [0xa4, 0xac, 0xba, 0xc2, 0xc6].includes(opcode)) {
    return operand8;
  }
  const known =
    (opcode >= 0x10 && opcode < 0x18) ||
    opcode === 0x1e ||
    opcode === 0x1f ||
    (opcode >= 0x28 && opcode < 0x30) ||
    (opcode >= 0x40 && opcode < 0x70) ||
    (opcode >= 0x74 && opcode < 0x80 && opcode !== 0x77) ||
    (opcode >= 0x90 && opcode < 0xa0) ||
    [
      0xa3, 0xab, 0xaf, 0xb0, 0xb1, 0xb3, 0xb6, 0xb7, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf, 0xc0, 0xc1,
    ].includes(opcode) ||
    opcode >= 0xd0;
  return known ? operand : undefined;
}

/**
 * True when straight code leads from `from` to exactly `to` without writing the register (0 rax … 7 rdi) by a move,
 * a load, an address computation or an exclusive or.
 */
export function keepsRegister(code: Buffer, from: number, to: number, register: number): boolean {
  let at = from;
  while (at < to) {
    let wide = 0;
    let byte = code[at] ?? 0;
    while ([0x66, 0xf0, 0xf2, 0xf3, 0x64, 0x65, 0x2e, 0x3e].includes(byte)) byte = code[++at] ?? 0;
    if ((byte & 0xf0) === 0x40) {
      wide = byte;
      byte = code[++at] ?? 0;
    }
    const escaped = byte === 0x0f;
    if (escaped) byte = code[++at] ?? 0;
    const opcode = byte;
    at++;
    const group = opcode === 0xf6 || opcode === 0xf7;
    const shape = escaped ? shapeOf0f(opcode) : group ? operand : shapeOf(opcode);
    if (!shape) return false;
    let immediate: number = shape.immediate;
    if (shape.modRm) {
      const modRm = code[at++] ?? 0;
      const mode = modRm >> 6;
      const target = modRm & 7;
      const field = (modRm >> 3) & 7;
      if (!escaped && writes(opcode, mode, field, target, wide, register)) return false;
      if (group && !escaped && field < 2) immediate = opcode === 0xf6 ? 1 : 4;
      if (mode !== 3 && target === 4) {
        const base = (code[at++] ?? 0) & 7;
        if (mode === 0 && base === 5) at += 4;
      }
      if (mode === 1) at += 1;
      else if (mode === 2 || (mode === 0 && target === 5)) at += 4;
    } else if (!escaped && opcode >= 0xb8 && opcode < 0xc0) {
      if (opcode - 0xb8 === register && (wide & 1) === 0) return false;
      if (wide & 8) immediate = 8;
    } else if (!escaped && opcode >= 0x58 && opcode < 0x60) {
      if (opcode - 0x58 === register && (wide & 1) === 0) return false;
    }
    at += immediate;
  }
  return at === to;
}

/** MOV, MOVSXD, LEA, XOR into the register. */
function writes(
  opcode: number,
  mode: number,
  field: number,
  target: number,
  rex: number,
  register: number,
): boolean {
  const toField = [0x8b, 0x8a, 0x8d, 0x63, 0x33].includes(opcode);
  if (toField) return field === register && (rex & 4) === 0;
  const toTarget = [0x89, 0x88, 0x31, 0xc7].includes(opcode);
  return toTarget && mode === 3 && target === register && (rex & 1) === 0;
}
