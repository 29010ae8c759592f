import type { CommandEntry } from '../command-entry.ts';

/** Commands about Plimsoll itself. */
export const plimsollCommands: readonly CommandEntry[] = [
  {
    name: 'setup',
    group: 'plimsoll',
    bundle: 'setup',
    summary: 'tell what containers need of this machine, and install it',
    load: () => import('../commands/setup.ts'),
  },
  {
    name: 'cache',
    group: 'plimsoll',
    summary: 'show or clear what is kept of targets that were read before',
    load: () => import('../commands/cache.ts'),
  },
  {
    name: 'completion',
    group: 'plimsoll',
    summary: 'print a completion script for bash, zsh or fish',
    load: () => import('../commands/completion.ts'),
  },
];
