import type { CommandEntry } from '../command-entry.ts';

/** Commands about whether an image fits a host. */
export const fitCommands: readonly CommandEntry[] = [
  {
    name: 'check',
    group: 'fit',
    bundle: 'check',
    files: ['--prove'],
    summary: 'tell whether a user space works on hosts: what breaks, why',
    load: () => import('../commands/check.ts'),
  },
  {
    name: 'matrix',
    group: 'fit',
    bundle: 'check',
    summary: 'show the verdicts of several targets on several hosts',
    load: () => import('../commands/matrix.ts'),
  },
  {
    name: 'syscalls',
    group: 'fit',
    bundle: 'syscalls',
    summary: 'tell which system calls programs can make, from their code',
    load: () => import('../commands/syscalls.ts'),
  },
];
