// A need is one thing that a user space asks of what lies below it, with the evidence for it.
import type { Machine } from '../formats/elf-facts.ts';
import type { Guard } from '../formats/script-guards.ts';
import type { Abi } from '../kernel/abi.ts';
import type { Certainty, Evidence, Software, UserSpace } from './user-space.ts';

/** What the program does when the answer is that errno. */
export type Reaction = 'falls-back' | 'fails' | 'degrades' | 'unknown';

/** Reactions by errno; an errno that is not listed is 'unknown'. */
export interface OnMissing {
  readonly ENOSYS?: Reaction;
  readonly EPERM?: Reaction;
  readonly EINVAL?: Reaction;
}

interface NeedBase {
  readonly certainty: Certainty;
  readonly evidence: readonly Evidence[];
  /** True when what starts needs it; false when only some file of the image does; undefined when it cannot be told. */
  readonly onStartPath?: boolean;
}

export type Need = NeedBase &
  (
    | {
        readonly kind: 'architecture';
        readonly machine: Machine;
        readonly bits: 32 | 64;
        readonly x32: boolean;
      }
    | {
        readonly kind: 'kernel';
        readonly minimum: string;
        readonly by: 'program' | 'loader' | 'library' | 'runtime';
        readonly who: string;
        /** Of run-times: whether they stop on an older kernel, or are only not made for it. */
        readonly enforced?: boolean;
      }
    /** Level names: x86-64-v2, x86-64-v3, x86-64-v4, power8, power9, power10, z13, z14, armv8.1-a, armv8.2-a. `by` is who stops on it. */
    | {
        readonly kind: 'cpu-level';
        readonly level: string;
        readonly by: 'loader' | 'program';
        readonly who: string;
      }
    /** Feature words as /proc/cpuinfo has them: avx, avx2, sse4_2, atomics … */
    | { readonly kind: 'cpu-feature'; readonly feature: string; readonly who: string }
    | {
        readonly kind: 'page-size';
        readonly maximum: number;
        readonly by: 'segments' | 'allocator';
        readonly who: string;
      }
    | {
        readonly kind: 'interpreter';
        readonly path: string;
        readonly present: boolean;
        readonly for: string;
      }
    /** A library, or a symbol version of it, that the loader will not find in the tree; one that it finds makes no need. */
    | {
        readonly kind: 'library';
        readonly name: string;
        readonly version?: string;
        readonly for: string;
      }
    | { readonly kind: 'executable-stack'; readonly path: string; readonly library: boolean }
    /** A system call with what happens when it is missing; `by` is who calls it: "glibc 2.36 pthread_create". */
    | {
        readonly kind: 'syscall';
        readonly name: string;
        /** The ABI, where it is not that of most of the user space: i386 programs on x86-64. */
        readonly abi?: Abi;
        readonly by: string;
        readonly onMissing: OnMissing;
        readonly effect: string;
        readonly fallback?: string;
        /** Found in the code of what starts, with its chain; absent: told from packages, imports and tables. */
        readonly fromCode?: true;
      }
    /** A flag, option or command of a call that is older than it, by the symbol of the headers: RENAME_EXCHANGE. */
    | {
        readonly kind: 'flag';
        readonly symbol: string;
        readonly call: string;
        readonly by: string;
        readonly reaction: 'fails' | 'degrades';
        /** The program compares the kernel's release itself: what a distribution added does not help. */
        readonly byRelease?: true;
        readonly effect: string;
        readonly symptom: string;
        /** What goes without the flag. */
        readonly instead: string;
        readonly references: readonly string[];
      }
    | { readonly kind: 'vsyscall'; readonly who: string }
    | {
        readonly kind: 'file-capability';
        readonly path: string;
        readonly permitted: readonly string[];
        readonly effective: boolean;
      }
    | { readonly kind: 'setuid'; readonly path: string }
    /** A hard-coded path under /proc, /sys or /dev. */
    | { readonly kind: 'path'; readonly path: string; readonly who: string }
    /** A command that a script of the image runs: "modprobe tun", "sysctl -w vm.max_map_count=262144". */
    | {
        readonly kind: 'command';
        readonly command: string;
        readonly text: string;
        readonly who: string;
      }
    /** A facility that the source of an interpreted program names: src/formats/source-uses.ts. */
    | { readonly kind: 'source-use'; readonly use: string; readonly who: string }
    /** What a script on the way to the start checks of the host before it goes on. */
    | { readonly kind: 'guard'; readonly guard: Guard; readonly who: string }
    | { readonly kind: 'environment'; readonly name: string; readonly value: string }
    | { readonly kind: 'software'; readonly software: Software }
    /** The user space goes beside the system call layer or runs code that the image does not hold. */
    | {
        readonly kind: 'unbounded';
        readonly reason:
          | 'shell'
          | 'interpreter'
          | 'no-entrypoint'
          | 'nothing-to-run'
          | 'incomplete';
        readonly who: string;
      }
    | { readonly kind: 'privileged-tool'; readonly tool: string; readonly goesBeside: string }
  );

/** The kinds of needs. */
export type NeedKind = Need['kind'];
/** A need of one kind. */
export type NeedOf<K extends NeedKind> = Extract<Need, { readonly kind: K }>;

/** Values that others derive from the same needs, kept beside them in the cache. */
export interface DerivedValues {
  get(name: string): Uint8Array | undefined;
  put(name: string, value: Uint8Array): void;
}

/** Everything that a check looks at on the image's side. */
export interface Needs {
  readonly userSpace: UserSpace;
  readonly all: readonly Need[];
  of<K extends NeedKind>(kind: K): readonly NeedOf<K>[];
  /** Absent where nothing is kept of the target. */
  readonly derived?: DerivedValues;
}
