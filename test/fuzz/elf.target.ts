import { parseElf } from '../../src/formats/elf.ts';
import { buildElf, type ElfSpec } from '../builders/elf.ts';
import type { FuzzTarget } from './target.ts';

const full: ElfSpec = {
  interpreter: '/lib64/ld-linux-x86-64.so.2',
  needed: ['libc.so.6', 'libm.so.6'],
  soname: 'libc.so.6',
  runpath: '/opt/x:$ORIGIN',
  abiNote: '4.11.0',
  isaNeeded: 3,
  isaUsed: 4,
  properties: ['ibt', 'shstk', 'bti', 'pac'],
  buildId: '00112233445566778899',
  executableStack: true,
  imports: [
    { name: 'pow', version: 'GLIBC_2.29', library: 'libm.so.6' },
    { name: 'syscall', version: 'GLIBC_2.2.5' },
    { name: 'maybe', weak: true },
  ],
  exports: ['one', 'two'],
  strings: [
    '<jemalloc>: Unsupported system page size\n',
    '/proc/self/cgroup',
    'No error information',
  ],
  comments: ['rustc version 1.75.0 (x)', 'GCC: (Debian 12.2.0-14) 12.2.0'],
  directSyscalls: [425, 59],
  vsyscall: true,
  go: {
    version: 'go1.22.4',
    lines: ['path\tx', 'mod\tx\tv1', 'dep\ty\tv2', '=>\tz\tv3', 'build\ta="b"'],
  },
};

export const target: FuzzTarget = {
  name: 'elf',
  seeds: () => [
    buildElf(full),
    buildElf({ ...full, sections: false, go: { version: 'go1.17', form: 'pointers' } }),
    buildElf({ ...full, machine: 'aarch64', alignment: 0x10000 }),
    buildElf({ ...full, machine: 's390x', type: 'shared-library' }),
    buildElf({ ...full, machine: 'arm', type: 'executable' }),
    buildElf({ type: 'relocatable' }),
  ],
  run(bytes) {
    parseElf(bytes);
  },
};
