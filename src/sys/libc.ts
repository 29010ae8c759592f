// The C library of this process, for the Linux calls that Node lacks. Loaded on first use (koffi: about 9 ms), so that
// commands that need none of it never pay. A call costs 0.3 to 0.8 µs, an fs.*Sync of Node two to ten times that.
//
// Quirks. Variadic functions are declared with fixed arguments: the calling conventions of Linux on x86-64 and AArch64
// pass integers and pointers alike either way. Calls without a wrapper in glibc 2.28 (RHEL 8, the oldest that Node 24
// runs on) or in musl go through syscall(2) by their numbers. Names are given as text or, where they are no UTF-8, as
// bytes with a NUL at the end; a NUL within a name is refused, or the call would see a shorter one.
import { createRequire } from 'node:module';
import { arch } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { encodeFileName } from '../lib/file-name.ts';
import { type SystemError, systemError } from './errno.ts';

/** A NUL-terminated name as koffi takes it. */
export type CName = string | Buffer;

/** Numbers of system calls that are called by number. */
interface Numbers {
  readonly mknodat: number;
  readonly statx: number;
  readonly getdents64: number;
}

// arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h
const numbers: Readonly<Record<string, Numbers>> = {
  x64: { mknodat: 259, statx: 332, getdents64: 217 },
  arm64: { mknodat: 33, statx: 291, getdents64: 61 },
};

/** One function of the C library. */
export type CFunction = (...args: readonly unknown[]) => number;

/** One that waits on another thread. Its error number is lost. */
export type AsyncCFunction = (...args: readonly unknown[]) => Promise<number>;

/** The library, opened. */
export interface Libc {
  /** The same as `func`, for calls that wait. */
  asyncFunc(name: string, result: string, args: readonly string[]): AsyncCFunction;
  /** Names a structure, to be used in types of arguments. */
  struct(name: string, fields: Readonly<Record<string, string>>): void;
  /** A function by its C name; `result` and `args` in koffi's names of types. */
  func(name: string, result: string, args: readonly string[]): CFunction;
  /** The error number of the last call on this thread. */
  errno(): number;
  readonly numbers: Numbers;
}

type Koffi = typeof import('koffi');

let opened: Libc | undefined;

/** Where koffi's packages for a processor have its library for glibc. */
const glibcLibraries: Readonly<Record<string, string>> = {
  x64: '@koromix/koffi-linux-x64/linux_x64/koffi.node',
  arm64: '@koromix/koffi-linux-arm64/linux_arm64/koffi.node',
};

/**
 * The library of koffi itself does all that is used here; koffi's own module around it, which looks for the right one and
 * adds names of its past, takes 5 of 6 ms. It comes to its turn where the guess was wrong: musl, other processors.
 * @throws PlimsollError PL0728
 */
function loadKoffi(): Koffi {
  const load = createRequire(join(import.meta.dirname, 'libc.js'));
  try {
    return load(glibcLibraries[arch()] ?? '') as Koffi;
  } catch {
    // It is elsewhere.
  }
  try {
    return load('koffi') as Koffi;
  } catch (cause) {
    throw new PlimsollError('PL0728', 'the package koffi could not be loaded', {
      notes: [cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)],
      help: 'install plimsoll again on this machine, with optional packages',
      cause,
    });
  }
}

function open(): Libc {
  // A static import would load it with every command whose bundle holds this module.
  const koffi = loadKoffi();
  const library = koffi.load(null);
  const known = numbers[arch()];
  if (known === undefined) throw systemError(38, 'syscall', arch());
  return {
    func: (name, result, args) => library.func(name, result, [...args]) as CFunction,
    asyncFunc: (name, result, args) => {
      const found = library.func(name, result, [...args]);
      return promisify(found.async.bind(found)) as AsyncCFunction;
    },
    struct: (name, fields) => void koffi.struct(name, { ...fields }),
    errno: () => koffi.errno(),
    numbers: known,
  };
}

/** The C library that is loaded here. */
export function libc(): Libc {
  opened ??= open();
  return opened;
}

/** A C function, looked up when it is first called. */
export function lazyFunction(
  name: string,
  result: string,
  args: readonly string[],
): (...args: readonly unknown[]) => number {
  let found: CFunction | undefined;
  return (...given) => {
    found ??= libc().func(name, result, args);
    return found(...given);
  };
}

/** Error number of the call that just failed. */
export function lastErrno(): number {
  return libc().errno();
}

/** The error of the call that just failed. */
export function lastError(syscall: string, path?: string): SystemError {
  return systemError(libc().errno(), syscall, path);
}

/** A name for the C library. @throws SystemError EINVAL for one with a NUL in it */
export function cName(name: string): CName {
  if (name.includes('\0')) throw systemError(22, 'name', name);
  if (name.isWellFormed()) return name;
  return Buffer.concat([encodeFileName(name), Buffer.of(0)]);
}
