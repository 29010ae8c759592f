// A seccomp filter that answers one system call with an errno and lets every other one pass, as the classic BPF program
// that the kernel takes. Sources: Linux, include/uapi/linux/filter.h and seccomp.h, kernel/seccomp.c.

/** AUDIT_ARCH_X86_64. */
const architecture = 0xc000003e;
/** Offsets in struct seccomp_data. */
const offsetOfNumber = 0;
const offsetOfArchitecture = 4;
const code = { load: 0x20, jumpIfEqual: 0x15, return: 0x06 } as const;
const answer = { errno: 0x0005_0000, allow: 0x7fff_0000 } as const;

/** The filter's bytes: struct sock_filter, one after the other. */
export function refusingFilter(number: number, errno: number): Buffer {
  return Buffer.concat([
    instruction(code.load, 0, 0, offsetOfArchitecture),
    instruction(code.jumpIfEqual, 0, 3, architecture),
    instruction(code.load, 0, 0, offsetOfNumber),
    instruction(code.jumpIfEqual, 0, 1, number),
    instruction(code.return, 0, 0, answer.errno | errno),
    instruction(code.return, 0, 0, answer.allow),
  ]);
}

function instruction(kind: number, ifTrue: number, ifFalse: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(kind, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}
