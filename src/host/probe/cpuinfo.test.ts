import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCpuInfo } from './cpuinfo.ts';

const v1 =
  'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 syscall nx lm pni';

/** The text, the machine, and level, vendor, count that follow. */
const table: readonly (readonly [
  name: string,
  text: string,
  machine: string,
  level: string | undefined,
  vendor: string | undefined,
  count: number,
])[] = [
  [
    'kvm64 of Proxmox',
    `processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Common KVM processor\nflags\t\t: ${v1} cx16 hypervisor lahf_lm\n\nprocessor\t: 1\nvendor_id\t: GenuineIntel\nflags\t\t: ${v1} cx16 hypervisor lahf_lm\n`,
    'x86_64',
    'x86-64-v1',
    'GenuineIntel',
    2,
  ],
  [
    'Celeron without AVX',
    `processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: ${v1} ssse3 cx16 sse4_1 sse4_2 movbe popcnt lahf_lm\n`,
    'x86_64',
    'x86-64-v2',
    'GenuineIntel',
    1,
  ],
  [
    'Haswell',
    `processor\t: 0\nflags\t\t: ${v1} ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt xsave avx f16c lahf_lm abm bmi1 avx2 bmi2\n`,
    'x86_64',
    'x86-64-v3',
    undefined,
    1,
  ],
  [
    'cores that differ have what all have',
    `processor\t: 0\nflags\t\t: ${v1} ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm\n\nprocessor\t: 1\nflags\t\t: ${v1}\n`,
    'x86_64',
    'x86-64-v1',
    undefined,
    2,
  ],
  [
    'Raspberry Pi 4: Cortex-A72',
    'processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd08\n',
    'aarch64',
    'armv8-a',
    'ARM',
    1,
  ],
  [
    'Graviton 2: Neoverse N1',
    'processor\t: 0\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp ssbs\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n',
    'aarch64',
    'armv8.2-a',
    'ARM',
    1,
  ],
  [
    'POWER9',
    'processor\t: 0\ncpu\t\t: POWER9 (architected), altivec supported\nclock\t\t: 2300.000000MHz\n\nprocessor\t: 1\ncpu\t\t: POWER9 (architected), altivec supported\n',
    'ppc64le',
    'power9',
    undefined,
    2,
  ],
  [
    'IBM z14',
    'vendor_id       : IBM/S390\n# processors    : 4\nfeatures\t: esan3 zarch stfle msa ldisp eimm dfp edat etf3eh highgprs te vx vxd vxe gs\nprocessor 0: version = 00,  identification = 0123,  machine = 3906\n',
    's390x',
    'z14',
    'IBM/S390',
    4,
  ],
  [
    'RISC-V',
    'processor\t: 0\nhart\t\t: 1\nisa\t\t: rv64imafdc_zicsr_zba\nuarch\t\t: sifive,u74-mc\n',
    'riscv64',
    undefined,
    undefined,
    1,
  ],
];

test('/proc/cpuinfo in its dialects', () => {
  for (const [name, text, machine, level, vendor, count] of table) {
    const info = parseCpuInfo(text, machine);
    assert.equal(info.level, level, name);
    assert.equal(info.vendor, vendor, name);
    assert.equal(info.count, count, name);
  }
});

test("RISC-V's letters are features", () => {
  const info = parseCpuInfo('processor: 0\nisa : rv64imafdc_zicsr\n', 'riscv64');
  assert.deepEqual(info.features, ['i', 'm', 'a', 'f', 'd', 'c', 'zicsr']);
});
