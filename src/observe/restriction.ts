import type { ContainerSettings } from '../engine/container.ts';

/** Who owns what stands in the way. */
export type Component =
  | 'image'
  | 'seccomp filter'
  | 'capabilities'
  | 'engine options'
  | 'Linux security module'
  | 'network'
  | 'cgroup limits'
  | 'imitated host'
  | 'kernel or image';

/** One restriction of a container, which can be lifted for a try. */
export interface Restriction {
  readonly id: string;
  /** What stands in the way: "the read-only root file system". */
  readonly what: string;
  readonly component: Component;
  /** The settings without it; undefined where it is not in force. */
  lift(settings: ContainerSettings): ContainerSettings | undefined;
  /** What in the output, the command or the exit code speaks for it. */
  readonly hint: RegExp;
  /** The change that keeps the container as shut in as can be. */
  readonly fix: string;
  /** The change that works at once. */
  readonly workAround: string;
  /** The restriction in parts, to find which of them it is. */
  parts?(settings: ContainerSettings): readonly Restriction[];
}
