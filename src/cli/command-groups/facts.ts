import type { CommandEntry } from '../command-entry.ts';

/** Commands about what is known of kernels, hosts and rules. */
export const factsCommands: readonly CommandEntry[] = [
  {
    name: 'explain',
    group: 'facts',
    bundle: 'explain',
    summary: 'explain a code or rule: what it means, what to do',
    load: () => import('../commands/explain.ts'),
  },
  {
    name: 'host',
    group: 'facts',
    bundle: 'host',
    summary: 'show what hosts offer: this machine, named hosts, host files',
    load: () => import('../commands/host.ts'),
  },
  {
    name: 'syscall',
    group: 'facts',
    bundle: 'syscall',
    summary: 'tell what is known of a system call',
    load: () => import('../commands/syscall.ts'),
  },
  {
    name: 'kernel',
    group: 'facts',
    bundle: 'kernel',
    summary: 'show what kernels have, and what one has that another lacks',
    load: () => import('../commands/kernel.ts'),
  },
];
