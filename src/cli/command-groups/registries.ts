import type { CommandEntry } from '../command-entry.ts';

/** Commands about registries. */
export const registriesCommands: readonly CommandEntry[] = [
  {
    name: 'login',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: 'log in to a registry',
    load: () => import('../commands/login.ts'),
  },
  {
    name: 'logout',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: 'forget the credentials for a registry',
    load: () => import('../commands/logout.ts'),
  },
  {
    name: 'tags',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: "list the tags of an image's repository",
    load: () => import('../commands/tags.ts'),
  },
  {
    name: 'referrers',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: 'list signatures, bills of materials and the like',
    load: () => import('../commands/referrers.ts'),
  },
  {
    name: 'manifest inspect',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: 'show the manifest or index of an image in a registry',
    load: () => import('../commands/manifest-inspect.ts'),
  },
  {
    name: 'manifest delete',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: 'delete a manifest from a registry',
    load: () => import('../commands/manifest-delete.ts'),
  },
];
