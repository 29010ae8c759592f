// All commands in the order in which help lists them. Only the one that is called is loaded; help, completion and
// typo suggestions at the top work from this table alone.
import type { Command } from 'commander';
import type { Context } from './context.ts';

/** What each file in commands/ exports. */
export interface CommandModule {
  register(program: Command, context: Context): void;
}

/** A command as the program knows it before its module is loaded. */
export interface CommandEntry {
  readonly name: string;
  /** One line: starts with a verb, lower case, no full stop. */
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** Every command, in the order in which --help shows them. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'check',
    summary: 'tell whether a user space works on hosts: what breaks, why, what fixes it',
    load: () => import('./commands/check.ts'),
  },
  {
    name: 'matrix',
    summary: 'show the verdicts of several targets on several hosts as a grid',
    load: () => import('./commands/matrix.ts'),
  },
  {
    name: 'explain',
    summary: 'explain a code or rule: what it means, where it was seen, what to do',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'host',
    summary: 'show what hosts offer: this machine, named hosts, host files',
    load: () => import('./commands/host.ts'),
  },
  {
    name: 'syscall',
    summary: 'tell what is known of a system call: releases, distributions, filters, fallbacks',
    load: () => import('./commands/syscall.ts'),
  },
  {
    name: 'syscalls',
    summary: 'tell which system calls programs can make, from their code alone',
    load: () => import('./commands/syscalls.ts'),
  },
  {
    name: 'kernel',
    summary: 'show what kernels have, and what one has that another lacks',
    load: () => import('./commands/kernel.ts'),
  },
  {
    name: 'cache',
    summary: 'show or clear what is kept of images that were read before',
    load: () => import('./commands/cache.ts'),
  },
  {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
];
