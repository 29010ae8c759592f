// All commands in the order in which help lists them. Only the one that is called is loaded; help, completion and
// typo suggestions at the top work from this table alone, and so does the build (scripts/build.ts), which packs commands
// of one `bundle` into one file.
import type { CommandEntry } from './command-entry.ts';
import { containersCommands } from './command-groups/containers.ts';
import { factsCommands } from './command-groups/facts.ts';
import { fitCommands } from './command-groups/fit.ts';
import { imagesCommands } from './command-groups/images.ts';
import { networksCommands } from './command-groups/networks.ts';
import { plimsollCommands } from './command-groups/plimsoll.ts';
import { registriesCommands } from './command-groups/registries.ts';
import { storeCommands } from './command-groups/store.ts';

/** Words that only lead to other commands, with what help says of them. */
export const commandFolders: readonly Pick<CommandEntry, 'name' | 'summary' | 'group'>[] = [
  {
    name: 'image',
    group: 'images',
    summary: 'the same commands as docker groups them: image ls, image rm …',
  },
  {
    name: 'container',
    group: 'containers',
    summary: 'the same commands as docker groups them: container ls …',
  },
  {
    name: 'network',
    group: 'networks',
    summary: 'make, show and remove networks: network create, ls …',
  },
  {
    name: 'volume',
    group: 'networks',
    summary: 'make, show and remove volumes: volume create, ls …',
  },
  {
    name: 'manifest',
    group: 'registries',
    summary: 'show and delete what registries have: inspect, delete',
  },
  {
    name: 'system',
    group: 'store',
    summary: 'show and free what the store takes: system df, system prune',
  },
];

/** Every command, in the order in which --help shows them. */
export const commandTable: readonly CommandEntry[] = [
  ...fitCommands,
  ...factsCommands,
  ...imagesCommands,
  ...containersCommands,
  ...networksCommands,
  ...registriesCommands,
  ...storeCommands,
  ...plimsollCommands,
];
