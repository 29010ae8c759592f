// What a box is asked for, and how it is told of to another program.
import type { ProcessIdentity } from '../sys/process-identity.ts';
import type { BoxMount } from './box-jobs.ts';

/** Kinds of namespaces, after namespaces(7). That of processes is always the box's own: it ends them all at once. */
export type BoxNamespace = 'user' | 'mount' | 'net' | 'ipc' | 'uts' | 'cgroup';

/** Whether a box has a namespace of its own, the one of its maker, or one that a file stands for. */
export type BoxNamespaceChoice = 'new' | 'host' | { readonly path: string };

/** What a box is made with. */
export interface BoxOptions {
  /** Letters, digits, _ . -; default: a random one. */
  readonly name?: string;
  /** Default: host for each, but of an ordinary user a new user namespace. */
  readonly namespaces?: Readonly<Partial<Record<BoxNamespace, BoxNamespaceChoice>>>;
  /** Mounted at once, in this order. */
  readonly mounts?: readonly BoxMount[];
  /** The first process has a terminal instead of three pipes. */
  readonly terminal?: boolean;
  /** It stays when it is closed, and when the program that made it dies: until `destroy`. */
  readonly keep?: boolean;
  /** PATH in it is where unshare, nsenter and sh are looked for; default: where systems keep them. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Told of what is less than was asked for. */
  readonly onNote?: (note: string) => void;
}

/** A box as plain data, by which another program opens it. */
export interface BoxHandle {
  readonly name: string;
  /** Ends everything when it ends. */
  readonly keeper: ProcessIdentity;
  /** The first process, or what waits to become it. */
  readonly member: ProcessIdentity;
  /** Options of nsenter for the namespaces that are the box's own. */
  readonly entrance: readonly string[];
  readonly ownMounts: boolean;
  /** Folders of its cgroups. */
  readonly cgroups: readonly string[];
}
