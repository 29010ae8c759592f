// What an image's own headers and C library know of a system call, read from the files of a container that was never
// started.
import { constants, fstatSync, readSync } from 'node:fs';
import type { Engine } from '../../engine/engine.ts';
import { openContainerRoot } from '../../engine/files/container-root.ts';
import { openTree, type Tree } from '../../engine/files/place.ts';
import { parseElf } from '../../formats/elf.ts';
import { closeDescriptor, openAt } from '../../sys/file-calls.ts';

/** What is known there. */
export interface ImageKnowledge {
  /** The header that has a number for it; undefined: there are headers, and none has it. */
  readonly header?: string;
  readonly headersFound: boolean;
  /** File of the C library, its version where it says so, and whether it exports a function of this name. */
  readonly libc?: { readonly path: string; readonly version?: string; readonly has: boolean };
}

const headers = [
  '/usr/include/x86_64-linux-gnu/asm/unistd_64.h',
  '/usr/include/aarch64-linux-gnu/asm/unistd_64.h',
  '/usr/include/asm/unistd_64.h',
  '/usr/include/asm-generic/unistd.h',
  '/usr/include/bits/syscall.h',
];

const libraries = [
  '/lib/x86_64-linux-gnu/libc.so.6',
  '/lib/aarch64-linux-gnu/libc.so.6',
  '/lib64/libc.so.6',
  '/usr/lib64/libc.so.6',
  '/usr/lib/libc.so.6',
  '/lib/libc.so.6',
  '/lib/ld-musl-x86_64.so.1',
  '/lib/ld-musl-aarch64.so.1',
];

/** Sonames of C libraries before ".so". */
const libcNames: ReadonlySet<string> = new Set(['libc', 'libc.musl-x86_64', 'libc.musl-aarch64']);

/** A C library has a few megabytes. */
const mostBytes = 32 << 20;

function contentOf(tree: Tree, path: string): Buffer | undefined {
  const place = tree.find(path, true);
  if (place?.status === undefined) return undefined;
  // A pipe in its place must not be waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const fd = openAt(place.directory, place.name, flags);
  try {
    const { size } = fstatSync(fd);
    if (!fstatSync(fd).isFile() || size > mostBytes) return undefined;
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, readSync(fd, bytes, 0, size, 0));
  } finally {
    closeDescriptor(fd);
  }
}

function libcOf(path: string, bytes: Buffer, call: string): NonNullable<ImageKnowledge['libc']> {
  const text = bytes.toString('latin1');
  const [, glibc] = /GNU C Library [^\n]*version (\d+\.\d+)/.exec(text) ?? [];
  const [, musl] = path.includes('musl') ? (/\0(1\.\d+\.\d+)\0/.exec(text) ?? []) : [];
  const version = glibc === undefined ? musl : `glibc ${glibc}`;
  return {
    path,
    ...(version === undefined
      ? {}
      : { version: glibc === undefined ? `musl ${version}` : version }),
    has: parseElf(bytes, { exportsOf: libcNames }).value?.exports.includes(call) === true,
  };
}

/** Reads what the files of a container know. @throws PlimsollError PL0820, PL0870 */
export async function imageKnowledge(
  engine: Engine,
  id: string,
  call: string,
): Promise<ImageKnowledge> {
  const root = await openContainerRoot(engine, id);
  const tree = openTree(`/proc/self/fd/${root.fd}`);
  try {
    let headersFound = false;
    let header: string | undefined;
    for (const path of headers) {
      const content = contentOf(tree, path)?.toString('latin1');
      if (content === undefined) continue;
      headersFound = true;
      if (new RegExp(`__NR3?2?6?4?_${call}\\b`).test(content)) header ??= path;
    }
    let libc: ImageKnowledge['libc'];
    for (const path of libraries) {
      const bytes = libc === undefined ? contentOf(tree, path) : undefined;
      if (bytes !== undefined) libc = libcOf(path, bytes, call);
    }
    return {
      headersFound,
      ...(header === undefined ? {} : { header }),
      ...(libc === undefined ? {} : { libc }),
    };
  } finally {
    tree.close();
    root.close();
  }
}
