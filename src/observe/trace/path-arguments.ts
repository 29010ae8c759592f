// Which arguments of system calls are paths, and which of them says how they are used. Positions count from 1.

/** Where a call has its paths. */
export interface PathArguments {
  readonly path: number;
  readonly second?: number;
  /** Flags that decide what is done with it. */
  readonly flags?: number;
}

const groups: readonly (readonly [calls: string, where: PathArguments])[] = [
  ['open', { path: 1, flags: 2 }],
  ['openat', { path: 2, flags: 3 }],
  ['access', { path: 1, flags: 2 }],
  ['faccessat faccessat2', { path: 2, flags: 3 }],
  [
    'creat stat lstat readlink execve mkdir rmdir unlink chmod chown lchown truncate chdir chroot umount2 statfs utime ' +
      'utimes mknod swapon swapoff acct uselib setxattr lsetxattr getxattr lgetxattr listxattr llistxattr removexattr ' +
      'lremovexattr memfd_create mq_open mq_unlink',
    { path: 1 },
  ],
  [
    'openat2 newfstatat statx readlinkat execveat mkdirat unlinkat fchmodat fchmodat2 fchownat utimensat futimesat mknodat ' +
      'inotify_add_watch name_to_handle_at fspick open_tree',
    { path: 2 },
  ],
  ['fanotify_mark', { path: 5 }],
  ['rename link symlink mount pivot_root', { path: 1, second: 2 }],
  ['renameat renameat2 linkat move_mount', { path: 2, second: 4 }],
  ['symlinkat', { path: 1, second: 3 }],
];

/** By name of the call. */
export const pathArguments: ReadonlyMap<string, PathArguments> = new Map(
  groups.flatMap(([calls, where]) => calls.split(' ').map((call) => [call, where] as const)),
);
