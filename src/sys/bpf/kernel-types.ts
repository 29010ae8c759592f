// Reads the kernel's own description of its types (BTF, Documentation/bpf/btf.rst): numbers of types to attach programs
// to, and offsets of members, so that a program assembled here fits the kernel that runs.

/** What is asked of the kernel's types. */
export interface KernelTypes {
  /** Number of a type by kind and name. */
  find(kind: TypeKind, name: string): number | undefined;
  /** Where a member of a structure stands, in bytes; those of unnamed structures within it count. */
  offsetOf(structure: string, member: string): number | undefined;
}

/** Kinds that are looked up by name. */
export type TypeKind = 'struct' | 'typedef' | 'func';

const kindNumbers: Readonly<Record<TypeKind, number>> = { struct: 4, typedef: 8, func: 12 };
const STRUCT = 4;
const UNION = 5;
const MAGIC = 0xeb9f;
const headerBytes = 24;

/** Bytes that follow the twelve of a type: a fixed number, and one for each of its parts. */
const trailing: readonly (readonly [fixed: number, each: number])[] = [
  [0, 0],
  [4, 0],
  [0, 0],
  [12, 0],
  [0, 12],
  [0, 12],
  [0, 8],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 8],
  [4, 0],
  [0, 12],
  [0, 0],
  [4, 0],
  [0, 0],
  [0, 12],
];

/** Reads /sys/kernel/btf/vmlinux; undefined where it is none, or of a form that is not known. */
export function parseKernelTypes(bytes: Buffer): KernelTypes | undefined {
  if (bytes.length < headerBytes || bytes.readUInt16LE(0) !== MAGIC) return undefined;
  const headerLength = bytes.readUInt32LE(4);
  const types = headerLength + bytes.readUInt32LE(8);
  const typesEnd = types + bytes.readUInt32LE(12);
  const strings = headerLength + bytes.readUInt32LE(16);
  const stringsEnd = strings + bytes.readUInt32LE(20);
  if (typesEnd > bytes.length || stringsEnd > bytes.length) return undefined;
  // Where each type begins; number 0 is void.
  const starts: number[] = [0];
  for (let at = types; at < typesEnd; ) {
    if (at + 12 > typesEnd) return undefined;
    const info = bytes.readUInt32LE(at + 4);
    const [fixed, each] = trailing[(info >>> 24) & 0x1f] ?? [];
    if (fixed === undefined || each === undefined) return undefined;
    starts.push(at);
    at += 12 + fixed + each * (info & 0xffff);
  }
  const stringAt = (name: string): number => {
    const at = bytes.indexOf(`\0${name}\0`, strings, 'latin1');
    return at < 0 || at >= stringsEnd ? -1 : at + 1 - strings;
  };
  const kindAt = (at: number): number => (bytes.readUInt32LE(at + 4) >>> 24) & 0x1f;
  const find = (kind: TypeKind, name: string): number | undefined => {
    const string = stringAt(name);
    if (string < 0) return undefined;
    const wanted = kindNumbers[kind];
    const found = starts.findIndex(
      (at, index) => index > 0 && bytes.readUInt32LE(at) === string && kindAt(at) === wanted,
    );
    return found < 0 ? undefined : found;
  };
  const bitsOf = (type: number, member: number, depth: number): number | undefined => {
    const at = starts[type];
    if (at === undefined || type === 0 || depth > 8) return undefined;
    const info = bytes.readUInt32LE(at + 4);
    const bitFields = info >>> 31 === 1;
    for (let index = 0; index < (info & 0xffff); index += 1) {
      const entry = at + 12 + 12 * index;
      if (entry + 12 > typesEnd) return undefined;
      const offset = bytes.readUInt32LE(entry + 8) & (bitFields ? 0xffffff : 0xffffffff);
      const name = bytes.readUInt32LE(entry);
      if (name === member) return offset;
      if (name !== 0) continue;
      const inner = bytes.readUInt32LE(entry + 4);
      const innerAt = starts[inner];
      if (innerAt === undefined || inner === 0) continue;
      if (kindAt(innerAt) !== STRUCT && kindAt(innerAt) !== UNION) continue;
      const within = bitsOf(inner, member, depth + 1);
      if (within !== undefined) return offset + within;
    }
    return undefined;
  };
  return {
    find,
    offsetOf: (structure, member) => {
      const type = find('struct', structure);
      const string = stringAt(member);
      const bits = type === undefined || string < 0 ? undefined : bitsOf(type, string, 0);
      return bits === undefined || bits % 8 !== 0 ? undefined : bits / 8;
    },
  };
}
