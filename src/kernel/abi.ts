// The ABIs of the tables: one for each way in which a program can enter the kernel. One machine may serve several:
// an x86-64 kernel answers i386 programs (IA32 emulation) and perhaps x32, an AArch64 one may answer 32-bit ARM.
import { ownEntry } from '../lib/own-entry.ts';

export type Abi =
  | 'x86_64'
  | 'i386'
  | 'x32'
  | 'aarch64'
  | 'arm'
  | 'riscv64'
  | 'ppc64le'
  | 's390x'
  | 'mips64'
  | 'loongarch64';

/** Every ABI, in the order in which tables show them. */
export const abis: readonly Abi[] = [
  'x86_64',
  'i386',
  'x32',
  'aarch64',
  'arm',
  'riscv64',
  'ppc64le',
  's390x',
  'mips64',
  'loongarch64',
];

const byMachine: Readonly<Record<string, Abi>> = {
  x86_64: 'x86_64',
  amd64: 'x86_64',
  'x86-64': 'x86_64',
  i386: 'i386',
  i486: 'i386',
  i586: 'i386',
  i686: 'i386',
  '386': 'i386',
  x86: 'i386',
  x32: 'x32',
  aarch64: 'aarch64',
  arm64: 'aarch64',
  arm: 'arm',
  armhf: 'arm',
  armel: 'arm',
  armv6l: 'arm',
  armv7l: 'arm',
  armv8l: 'arm',
  riscv64: 'riscv64',
  ppc64le: 'ppc64le',
  ppc64el: 'ppc64le',
  powerpc64le: 'ppc64le',
  s390x: 's390x',
  mips64: 'mips64',
  mips64el: 'mips64',
  mips64le: 'mips64',
  loongarch64: 'loongarch64',
  loong64: 'loongarch64',
};

const narrow: Partial<Record<Abi, Abi>> = { x86_64: 'i386', aarch64: 'arm' };

/**
 * The ABI that programs of a machine use, by the kernel's, Debian's or Go's word for it ("x86_64", "amd64", "arm64").
 * With `bits` 32 it is the 32-bit ABI which that machine serves: i386 for x86_64, arm for aarch64; undefined when the
 * tables have none.
 */
export function abiOfMachine(machine: string, bits?: 32 | 64): Abi | undefined {
  const abi = ownEntry(byMachine, machine.toLowerCase());
  if (abi === undefined || bits !== 32) return abi;
  return abi === 'i386' || abi === 'arm' || abi === 'x32' ? abi : narrow[abi];
}

/** AUDIT_ARCH_… (include/uapi/linux/audit.h) of the ABIs whose calls can be handed over by a filter here. */
const byAuditArch: Readonly<Record<number, Abi>> = {
  3221225534: 'x86_64',
  1073741827: 'i386',
  3221225655: 'aarch64',
  1073741864: 'arm',
};

/** The ABI that an AUDIT_ARCH_ number of seccomp names; undefined for others. */
export function abiOfAuditArch(arch: number): Abi | undefined {
  return byAuditArch[arch];
}
