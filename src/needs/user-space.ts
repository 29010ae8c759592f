// What a target is, as far as its files tell: the facts that needs are derived from. Built from a merged FileTree
// and the per-file facts that were extracted while the layers streamed by (src/needs/scan.ts).
import type { Diagnostic } from '../diag/diagnostic.ts';
import type { ElfFacts } from '../formats/elf-facts.ts';
import type { Package } from '../formats/package.ts';
import type { FileTree } from '../image/file-tree.ts';
import type { Digest, ImageConfig, Platform, TargetKind } from '../image/image.ts';
import type { OwnerIndex } from './owners.ts';

/** An ELF file of the user space. */
export interface ElfFile {
  readonly path: string;
  readonly layer?: number;
  readonly facts: ElfFacts;
  /** Processor features that its own code was built for throughout, as /proc/cpuinfo names them. */
  readonly builtFor?: readonly string[];
}

/** A text file with a shebang, or one that the entrypoint names. */
export interface ScriptFile {
  readonly path: string;
  readonly layer?: number;
  /** The shebang split at its first blank: interpreter path and its one argument. Absent: run by /bin/sh. */
  readonly interpreter?: string;
  readonly argument?: string;
  /** External commands that the script calls, with the line: modprobe, sysctl, mknod, mount, iptables, ulimit … */
  readonly commands: readonly {
    readonly name: string;
    readonly line: number;
    readonly text: string;
  }[];
  /** Paths below /proc, /sys and /dev that it names, reads or writes. */
  readonly paths?: readonly {
    readonly path: string;
    readonly line: number;
    readonly access: 'read' | 'write' | 'named';
  }[];
  /** Facilities that the source of an interpreted program names: src/formats/source-uses.ts. */
  readonly uses?: readonly { readonly use: string; readonly line: number }[];
}

/** os-release of the user space, or what stands in for it in old ones. */
export interface OsRelease {
  /** ID: debian, rhel, alpine … */
  readonly id: string;
  readonly idLike: readonly string[];
  readonly versionId?: string;
  readonly prettyName?: string;
  readonly path: string;
}

/** The C library that dynamic programs of the user space use. */
export interface Libc {
  readonly name: 'glibc' | 'musl' | 'uclibc' | 'bionic' | 'dietlibc';
  /** Upstream version, "2.36"; absent where it could not be told. */
  readonly version?: string;
  /** The library's file; with `listed`, the file that names it. */
  readonly path: string;
  readonly package?: Package;
  /** Known from a package database or the release alone: its file is not in the tree. */
  readonly listed?: true;
}

/** A program, runtime or service that rules know by name, however it came into the image (src/needs/software/). */
export interface Software {
  readonly name: string;
  readonly version?: string;
  /** What gave it away: package, file, environment variable, label, jar, ELF mark. */
  readonly evidence: readonly Evidence[];
}

/** How sure a statement about the user space is. */
export type Certainty = 'declared' | 'observed' | 'reachable' | 'present';

/** One reason to believe something about the target. */
export interface Evidence {
  /** Absolute path in the target. */
  readonly path?: string;
  /** Short digest or position of the layer. */
  readonly layer?: string;
  /** "name version" of the package that owns it. */
  readonly package?: string;
  readonly function?: string;
  readonly line?: number;
  /** What was seen there: "imports pthread_create (GLIBC_2.34)". */
  readonly detail: string;
  /** How many further pieces like this one there were that are not kept. */
  readonly others?: number;
}

/** All that was read of a target, before anything is derived from it. */
export interface UserSpace {
  readonly target: {
    readonly kind: TargetKind;
    readonly reference: string;
    readonly digest?: Digest;
    readonly platform?: Platform;
    readonly layers: readonly string[];
  };
  readonly config?: ImageConfig;
  readonly tree: FileTree;
  readonly os?: OsRelease;
  readonly libc?: Libc;
  readonly elves: readonly ElfFile[];
  /** ELF files by the symbols that they import, where that is known without unpacking every file's imports. */
  importers?(): ReadonlyMap<string, readonly ElfFile[]>;
  readonly scripts: readonly ScriptFile[];
  readonly packages: readonly Package[];
  readonly software: readonly Software[];
  /** What starts: the chain from the image's entrypoint through scripts to the program, as far as files tell. */
  readonly start: readonly StartStep[];
  /** Text of configuration files and scripts that the scan kept, by path (src/needs/retained.ts says which). */
  text(path: string): string | undefined;
  /** Paths of all retained texts. */
  readonly texts: readonly string[];
  /** Which packages own which files (src/needs/owners.ts looks them up). */
  owners?(): OwnerIndex;
  /** What could not be read; never empty silently. */
  readonly problems: readonly Diagnostic[];
}

/** One step of what starts. */
export interface StartStep {
  /** As written: "docker-entrypoint.sh". */
  readonly argv: readonly string[];
  /** Resolved inside the tree; absent when not found. */
  readonly path?: string;
  readonly kind: 'elf' | 'script' | 'missing' | 'shell' | 'interpreter';
}

/** A user space of nothing: what tests and partial targets start from. */
export function emptyUserSpace(reference: string): UserSpace {
  return {
    target: { kind: 'directory', reference, layers: [] },
    tree: {
      stat: () => undefined,
      list: () => [],
      walk: () => [],
      read: () => Promise.resolve(undefined),
    },
    elves: [],
    scripts: [],
    packages: [],
    software: [],
    start: [],
    text: () => undefined,
    texts: [],
    problems: [],
  };
}
