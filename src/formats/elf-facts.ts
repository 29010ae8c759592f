// What one ELF file declares about what it needs: a pure function of its bytes (src/formats/elf.ts).
// Sources: System V gABI chapter 4 and 5, the x86-64 and AArch64 psABIs, Linux Extensions to gABI
// (GNU notes and properties), glibc's elf/elf.h.

import type { CargoCrate } from './elf-cargo.ts';

/** Machines by the names that the kernel's `uname -m` uses. */
export type Machine =
  | 'x86_64'
  | 'i386'
  | 'aarch64'
  | 'arm'
  | 'riscv64'
  | 'riscv32'
  | 'ppc64le'
  | 'ppc64'
  | 'ppc'
  | 's390x'
  | 's390'
  | 'mips64'
  | 'mips'
  | 'mipsel'
  | 'mips64el'
  | 'loongarch64'
  | `em-${number}`;

/** One symbol that the file imports; `version` and `library` where the file has symbol versions. */
export interface ImportedSymbol {
  readonly name: string;
  readonly version?: string;
  readonly library?: string;
  readonly weak: boolean;
}

/** What recognised build information says of a Go program. */
export interface GoBuild {
  /** As "1.22.4", without the "go" prefix; absent when the toolchain is a development build. */
  readonly version?: string;
  readonly main?: string;
  readonly modules: readonly { readonly path: string; readonly version: string }[];
  readonly settings: Readonly<Record<string, string>>;
}

/** Everything that is kept of one ELF file: a pure function of its bytes. */
export interface ElfFacts {
  readonly machine: Machine;
  readonly bits: 32 | 64;
  readonly endian: 'little' | 'big';
  /** 'other': what nobody maps to run it, such as files of separate debug information. */
  readonly type:
    | 'executable'
    | 'pie'
    | 'static-pie'
    | 'shared-library'
    | 'relocatable'
    | 'core'
    | 'other';
  /** x86-64 code in ELFCLASS32: the x32 ABI. */
  readonly x32: boolean;
  /** EI_OSABI: 0 and 3 are Linux's; 9 FreeBSD … */
  readonly osAbi: number;
  /** e_flags as they stand: ARM's float ABI and MIPS's ISA level are in them. */
  readonly flags: number;
  /** PT_INTERP. */
  readonly interpreter?: string;
  readonly soname?: string;
  readonly needed: readonly string[];
  readonly runpath: readonly string[];
  readonly rpath: readonly string[];
  /** NT_GNU_ABI_TAG for Linux: the oldest kernel release it accepts, as "3.2.0". */
  readonly abiNote?: string;
  /** x86 ISA level *needed* (1 = baseline … 4), from NT_GNU_PROPERTY: glibc from 2.33 on refuses the file on less. */
  readonly isaNeeded?: 1 | 2 | 3 | 4;
  /** x86 ISA level *used* somewhere in the file, perhaps behind a check; nobody refuses for it. */
  readonly isaUsed?: 1 | 2 | 3 | 4;
  /** x86 IBT and SHSTK, AArch64 BTI, PAC and GCS marks. */
  readonly properties: readonly ('ibt' | 'shstk' | 'bti' | 'pac' | 'gcs')[];
  /**
   * The smallest p_align of the PT_LOAD segments, in bytes; 0: no PT_LOAD. glibc before 2.35 refuses a *library*
   * whose p_align is below the host's page ("ELF load command alignment not page-aligned"); nobody else looks at it.
   */
  readonly loadAlignment: number;
  /**
   * The largest page size, in bytes, at which the segments can be mapped and keep their rights and bytes
   * (src/formats/elf-alignment.ts); 262144: any. 0: not even 4096.
   */
  readonly maxPageSize: number;
  /** PT_GNU_STACK with PF_X; undefined: no PT_GNU_STACK at all (the kernel then decides by architecture). */
  readonly executableStack?: boolean;
  readonly textRelocations: boolean;
  /** Symbol versions needed, by library: { "libc.so.6": ["GLIBC_2.34"] }. */
  readonly versionsNeeded: Readonly<Record<string, readonly string[]>>;
  /** Symbol versions defined (for libraries). */
  readonly versionsDefined: readonly string[];
  readonly imports: readonly ImportedSymbol[];
  /** Names exported by .dynsym; only kept for libraries that rules look into (libc, libseccomp, liburing …), else empty. */
  readonly exports: readonly string[];
  readonly buildId?: string;
  readonly go?: GoBuild;
  /** Crates that cargo-auditable noted in a Rust program. */
  readonly crates?: readonly CargoCrate[];
  /** Rust's compiler version, "1.75.0", where .comment or a source path of a distribution's build names it. */
  readonly rust?: string;
  /** The commit of the Rust compiler, from the source paths of its standard library: a Rust program of whatever version. */
  readonly rustCommit?: string;
  /** What made the static libc inside: a static program or a libc itself. */
  readonly staticLibc?: {
    readonly name: 'glibc' | 'musl' | 'dietlibc' | 'uclibc' | 'bionic';
    readonly version?: string;
  };
  /** .comment lines, deduplicated: compilers that built it. */
  readonly compilers: readonly string[];
  /**
   * Paths under /proc, /sys and /dev in read-only data, sorted, at most 200; printf forms as they stand. In Go
   * programs, whose strings have no end mark, the next string may stick to a path: compare beginnings.
   */
  readonly kernelPaths: readonly string[];
  /** Marks found in read-only data that rules ask about, from src/formats/marks.ts: id → value found. */
  readonly marks: Readonly<Record<string, string>>;
  /**
   * System calls whose number is loaded as a constant right before the instruction that calls the kernel;
   * by number of the file's ABI. Present in the file, not proven reachable.
   */
  readonly directSyscalls: readonly number[];
  /** The vsyscall page's addresses 0xffffffffff600000.. appear as constants in code. */
  readonly vsyscallReferences: boolean;
}
