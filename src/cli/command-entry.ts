// What the program knows of a command before its module is loaded.
import type { Command } from 'commander';
import type { Context } from './context.ts';

/** What each file in commands/ exports. */
export interface CommandModule {
  /** Adds the command to the program, or to the group (`plimsoll image`) under which it is wanted too. */
  register(program: Command, context: Context): void;
}

/** Headings of `plimsoll --help`, in its order. */
export const commandGroups = {
  fit: 'Does it fit:',
  facts: 'What is known:',
  images: 'Images:',
  containers: 'Containers:',
  networks: 'Networks and volumes:',
  registries: 'Registries:',
  store: 'The store:',
  plimsoll: 'Plimsoll itself:',
} as const;

/** A heading of help. */
export type CommandGroup = keyof typeof commandGroups;

/** A command as the program knows it before its module is loaded. */
export interface CommandEntry {
  /** As it is typed; two words ("image exists") for one that stands in a group only. */
  readonly name: string;
  /** The second way to type it, with its group: "image ls" for images. */
  readonly also?: string;
  readonly group: CommandGroup;
  /** One line of at most 60 characters: starts with a verb, lower case, no full stop. */
  readonly summary: string;
  /**
   * What a failed operation ends with: 1 where users of docker and podman expect it, 3 (the default) where 1 already
   * means that something was found, 125 where other codes are those of what was started.
   */
  readonly failure?: 1 | 125;
  /**
   * Makes or removes files of images, which belong to several users: an ordinary user's run in a user namespace
   * (src/cli/user-namespace.ts). Or only with one of these options on the line.
   */
  readonly files?: true | readonly `--${string}`[];
  /** `NAME -- COMMAND` is about a command of this machine (host-command.ts) and needs no namespace. */
  readonly onMachine?: true;
  /** Commands of one bundle share a file in dist/; without one, the command is in the file that holds everything. */
  readonly bundle?: string;
  load(): Promise<CommandModule>;
}
