// All commands in the order in which help lists them. Only the one that is called is loaded; help, completion and
// typo suggestions at the top work from this table alone, and so does the build (scripts/build.ts), which packs commands
// of one `bundle` into one file.
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
  /** Commands of one bundle share a file in dist/; without one, the command is in the file that holds everything. */
  readonly bundle?: string;
  load(): Promise<CommandModule>;
}

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
  {
    name: 'check',
    group: 'fit',
    bundle: 'check',
    summary: 'tell whether a user space works on hosts: what breaks, why',
    load: () => import('./commands/check.ts'),
  },
  {
    name: 'matrix',
    group: 'fit',
    bundle: 'check',
    summary: 'show the verdicts of several targets on several hosts',
    load: () => import('./commands/matrix.ts'),
  },
  {
    name: 'syscalls',
    group: 'fit',
    bundle: 'syscalls',
    summary: 'tell which system calls programs can make, from their code',
    load: () => import('./commands/syscalls.ts'),
  },
  {
    name: 'explain',
    group: 'facts',
    bundle: 'explain',
    summary: 'explain a code or rule: what it means, what to do',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'host',
    group: 'facts',
    bundle: 'host',
    summary: 'show what hosts offer: this machine, named hosts, host files',
    load: () => import('./commands/host.ts'),
  },
  {
    name: 'syscall',
    group: 'facts',
    bundle: 'syscall',
    summary: 'tell what is known of a system call',
    load: () => import('./commands/syscall.ts'),
  },
  {
    name: 'kernel',
    group: 'facts',
    bundle: 'kernel',
    summary: 'show what kernels have, and what one has that another lacks',
    load: () => import('./commands/kernel.ts'),
  },
  {
    name: 'pull',
    also: 'image pull',
    group: 'images',
    bundle: 'transfer',
    failure: 1,
    files: true,
    summary: 'pull images from registries into the store',
    load: () => import('./commands/pull.ts'),
  },
  {
    name: 'push',
    also: 'image push',
    group: 'images',
    bundle: 'transfer',
    failure: 1,
    summary: 'push images of the store to registries',
    load: () => import('./commands/push.ts'),
  },
  {
    name: 'copy',
    group: 'images',
    bundle: 'transfer',
    failure: 1,
    files: true,
    summary: 'copy an image between registries, archives and the store',
    load: () => import('./commands/copy.ts'),
  },
  {
    name: 'save',
    also: 'image save',
    group: 'images',
    bundle: 'transfer',
    failure: 1,
    summary: 'save images of the store as an archive',
    load: () => import('./commands/save.ts'),
  },
  {
    name: 'load',
    also: 'image load',
    group: 'images',
    bundle: 'transfer',
    failure: 1,
    files: true,
    summary: 'load images into the store from an archive or layout',
    load: () => import('./commands/load.ts'),
  },
  {
    name: 'import',
    also: 'image import',
    group: 'images',
    bundle: 'transfer',
    failure: 1,
    files: true,
    summary: 'make an image of a root file system in a tar archive',
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'export',
    group: 'images',
    bundle: 'transfer',
    failure: 1,
    files: true,
    summary: 'write the files of an image as one tar archive',
    load: () => import('./commands/export.ts'),
  },
  {
    name: 'images',
    also: 'image ls',
    group: 'images',
    failure: 1,
    bundle: 'store',
    summary: 'list the images of the store',
    load: () => import('./commands/images.ts'),
  },
  {
    name: 'tag',
    also: 'image tag',
    group: 'images',
    failure: 1,
    bundle: 'store',
    summary: 'give an image one more name',
    load: () => import('./commands/tag.ts'),
  },
  {
    name: 'untag',
    also: 'image untag',
    group: 'images',
    failure: 1,
    bundle: 'store',
    summary: 'take names from an image',
    load: () => import('./commands/untag.ts'),
  },
  {
    name: 'rmi',
    also: 'image rm',
    group: 'images',
    failure: 1,
    bundle: 'store',
    files: true,
    summary: 'remove images from the store',
    load: () => import('./commands/rmi.ts'),
  },
  {
    name: 'image exists',
    group: 'images',
    failure: 1,
    bundle: 'store',
    summary: 'tell by the exit code whether the store has an image',
    load: () => import('./commands/image-exists.ts'),
  },
  {
    name: 'image prune',
    group: 'images',
    failure: 1,
    bundle: 'store',
    files: true,
    summary: 'remove images without a name, or all that are not used',
    load: () => import('./commands/image-prune.ts'),
  },
  {
    name: 'system df',
    group: 'store',
    failure: 1,
    bundle: 'store',
    summary: 'show what the store takes on disk',
    load: () => import('./commands/system-df.ts'),
  },
  {
    name: 'system prune',
    group: 'store',
    failure: 1,
    bundle: 'store',
    files: true,
    summary: 'remove what is not used',
    load: () => import('./commands/system-prune.ts'),
  },
  {
    name: 'inspect',
    also: 'image inspect',
    group: 'images',
    bundle: 'images',
    failure: 1,
    summary: 'show what images are: configuration, layers, names',
    load: () => import('./commands/inspect.ts'),
  },
  {
    name: 'diff',
    also: 'image diff',
    group: 'images',
    bundle: 'compare',
    failure: 1,
    summary: 'show what two images do not have in common',
    load: () => import('./commands/diff.ts'),
  },
  {
    name: 'layers',
    also: 'image tree',
    group: 'images',
    bundle: 'images',
    failure: 1,
    summary: 'browse layers: what each added, changed and wasted',
    load: () => import('./commands/layers.ts'),
  },
  {
    name: 'sbom',
    also: 'image sbom',
    group: 'images',
    bundle: 'compare',
    failure: 1,
    summary: 'list what an image is made of, as SPDX or CycloneDX',
    load: () => import('./commands/sbom.ts'),
  },
  {
    name: 'history',
    also: 'image history',
    group: 'images',
    bundle: 'images',
    failure: 1,
    summary: 'show the steps that made an image, and what each added',
    load: () => import('./commands/history.ts'),
  },
  {
    name: 'info',
    also: 'system info',
    group: 'store',
    failure: 1,
    bundle: 'info',
    files: true,
    summary: 'tell of this program, its store, machine and registries',
    load: () => import('./commands/info.ts'),
  },
  {
    name: 'store',
    group: 'store',
    failure: 1,
    bundle: 'store',
    files: ['--repair', '--layers'],
    summary: 'show where the store is, check and repair it',
    load: () => import('./commands/store.ts'),
  },
  {
    name: 'unshare',
    group: 'store',
    failure: 1,
    summary: 'run a command in the user namespace of your images',
    load: () => import('./commands/unshare.ts'),
  },
  {
    name: 'run',
    also: 'container run',
    group: 'containers',
    bundle: 'containers',
    failure: 125,
    files: true,
    summary: 'make a container of an image and start it',
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'create',
    also: 'container create',
    group: 'containers',
    bundle: 'containers',
    failure: 1,
    files: true,
    summary: 'make a container of an image',
    load: () => import('./commands/create.ts'),
  },
  {
    name: 'start',
    also: 'container start',
    group: 'containers',
    bundle: 'containers',
    failure: 1,
    files: true,
    summary: 'start containers that were made or have ended',
    load: () => import('./commands/start.ts'),
  },
  {
    name: 'stop',
    also: 'container stop',
    group: 'containers',
    bundle: 'containers',
    failure: 1,
    files: true,
    summary: 'end containers: ask, wait, kill',
    load: () => import('./commands/stop.ts'),
  },
  {
    name: 'kill',
    also: 'container kill',
    group: 'containers',
    bundle: 'containers',
    failure: 1,
    files: true,
    summary: 'send a signal to containers',
    load: () => import('./commands/kill.ts'),
  },
  {
    name: 'rm',
    also: 'container rm',
    group: 'containers',
    bundle: 'containers',
    failure: 1,
    files: true,
    summary: 'remove containers',
    load: () => import('./commands/rm.ts'),
  },
  {
    name: 'ps',
    also: 'container ls',
    group: 'containers',
    bundle: 'containers',
    failure: 1,
    files: true,
    summary: 'list containers',
    load: () => import('./commands/ps.ts'),
  },
  {
    name: 'wait',
    also: 'container wait',
    group: 'containers',
    bundle: 'containers',
    failure: 1,
    files: true,
    summary: 'wait for the end of containers, print their exit codes',
    load: () => import('./commands/wait.ts'),
  },
  {
    name: 'logs',
    also: 'container logs',
    group: 'containers',
    bundle: 'containers',
    failure: 1,
    files: true,
    summary: 'show what a container wrote',
    load: () => import('./commands/logs.ts'),
  },
  {
    name: 'exec',
    also: 'container exec',
    group: 'containers',
    bundle: 'containers',
    failure: 125,
    files: true,
    summary: 'run a command in a container that runs',
    load: () => import('./commands/exec.ts'),
  },
  {
    name: 'container cleanup',
    group: 'containers',
    bundle: 'containers',
    failure: 1,
    files: true,
    summary: 'clean up after containers whose monitor was killed',
    load: () => import('./commands/container-cleanup.ts'),
  },
  {
    name: 'spec',
    group: 'containers',
    bundle: 'containers',
    failure: 1,
    summary: 'write the bundle of a container for an OCI runtime',
    load: () => import('./commands/spec.ts'),
  },
  {
    name: 'login',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: 'log in to a registry',
    load: () => import('./commands/login.ts'),
  },
  {
    name: 'logout',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: 'forget the credentials for a registry',
    load: () => import('./commands/logout.ts'),
  },
  {
    name: 'tags',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: "list the tags of an image's repository",
    load: () => import('./commands/tags.ts'),
  },
  {
    name: 'referrers',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: 'list signatures, bills of materials and the like',
    load: () => import('./commands/referrers.ts'),
  },
  {
    name: 'manifest inspect',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: 'show the manifest or index of an image in a registry',
    load: () => import('./commands/manifest-inspect.ts'),
  },
  {
    name: 'manifest delete',
    group: 'registries',
    bundle: 'registries',
    failure: 1,
    summary: 'delete a manifest from a registry',
    load: () => import('./commands/manifest-delete.ts'),
  },
  {
    name: 'cache',
    group: 'plimsoll',
    summary: 'show or clear what is kept of targets that were read before',
    load: () => import('./commands/cache.ts'),
  },
  {
    name: 'completion',
    group: 'plimsoll',
    summary: 'print a completion script for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
];
