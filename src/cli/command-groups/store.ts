import type { CommandEntry } from '../command-entry.ts';

/** Commands about the store. */
export const storeCommands: readonly CommandEntry[] = [
  {
    name: 'system df',
    group: 'store',
    failure: 1,
    bundle: 'containers',
    files: true,
    summary: 'show what the store takes on disk',
    load: () => import('../commands/system-df.ts'),
  },
  {
    name: 'system prune',
    group: 'store',
    failure: 1,
    bundle: 'containers',
    files: true,
    summary: 'remove what is not used',
    load: () => import('../commands/system-prune.ts'),
  },
  {
    name: 'info',
    also: 'system info',
    group: 'store',
    failure: 1,
    bundle: 'info',
    files: true,
    summary: 'tell of this program, its store, machine and registries',
    load: () => import('../commands/info.ts'),
  },
  {
    name: 'store',
    group: 'store',
    failure: 1,
    bundle: 'store',
    files: ['--repair', '--layers'],
    summary: 'show where the store is, check and repair it',
    load: () => import('../commands/store.ts'),
  },
  {
    name: 'unshare',
    group: 'store',
    failure: 1,
    summary: 'run a command in the user namespace of your images',
    load: () => import('../commands/unshare.ts'),
  },
];
