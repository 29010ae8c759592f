// What is done inside of a box by a process that is there for a moment (box-helper.ts), as plain data.
import type { MountObject } from '../sys/mount-objects.ts';
import type { SocketRequest } from '../sys/sockets.ts';

/** A mount and the place for it in the box. */
export interface BoxMount extends MountObject {
  /** Absolute; directories that are not there are made. At '/' it takes the place of the root file system. */
  readonly target: string;
}

/** One job. */
export type BoxJob =
  | {
      readonly kind: 'mount';
      /** A process whose mounts are those of the machine. */
      readonly keeper: number;
      /** A process of the box. */
      readonly member: number;
      /** Begin with an empty root file system. */
      readonly emptyRoot: boolean;
      readonly mounts: readonly BoxMount[];
    }
  | { readonly kind: 'socket'; readonly request: SocketRequest }
  | {
      readonly kind: 'open';
      readonly member: number;
      readonly path: string;
      readonly flags: number;
      readonly mode: number;
    };

/** What came of it; a descriptor stays open in the helper until it is told that it was taken. */
export type BoxAnswer =
  | { readonly done: true; readonly pid: number; readonly descriptor?: number }
  | { readonly done: false; readonly code: string; readonly message: string };
