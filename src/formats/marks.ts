// Marks: texts in the read-only data of ELF files that rules and the software catalogue ask about. A mark's value is
// the text around it, or the part of it that `value` captures. Each is found by an anchor of at most 7 bytes: for such
// needles Buffer.indexOf is a vectorised search for the first byte (7 to 8 GB/s here), longer ones go through
// Boyer-Moore at less than half of that. An anchor should begin with a rare byte.

export interface Mark {
  /** What rules call it. */
  readonly id: string;
  /** The whole text that must stand there. */
  readonly text: string;
  /** The bytes searched for: part of `text`. */
  readonly anchor: string;
  /** What of the text around it is the value, its first group; without a match the mark is not there. */
  readonly value?: RegExp;
  /** Not looked for in shared libraries. */
  readonly programsOnly?: boolean;
}

/** The table. Where an id stands several times, the first that is found counts. */
export const marks: readonly Mark[] = [
  // jemalloc compiled for smaller pages than the host's: pages.c, pages_boot.
  {
    id: 'jemalloc',
    text: '<jemalloc>: Unsupported system page size',
    anchor: '<jemall',
  },
  { id: 'tcmalloc', text: 'TCMALLOC_', anchor: 'TCMALLO' },
  { id: 'mimalloc', text: 'mimalloc: ', anchor: 'mimallo' },
  // glibc built for a higher baseline: sysdeps/{x86,powerpc,s390}/…, "CPU does not support x86-64-v%d",
  // "CPU lacks ISA 3.00 support (POWER9 or later required)", "CPU lacks VXE support (z14 or later required)".
  {
    id: 'glibc-cpu-refusal',
    text: 'Fatal glibc error: CPU ',
    anchor: 'Fatal g',
  },
  { id: 'glibc-kernel-refusal', text: 'FATAL: kernel too old', anchor: 'FATAL: ' },
  {
    id: 'glibc-version',
    text: 'GNU C Library (',
    anchor: 'GNU C L',
    value: /release version (\d+(?:\.\d+)+)/,
  },
  { id: 'musl', text: 'musl libc (', anchor: 'musl li' },
  { id: 'uclibc', text: 'uClibc', anchor: 'uClibc' },
  // Sanitizer run-times, whose shadow memory has fixed addresses. Linked into programs by clang; the shared
  // libraries of GCC's have the same texts and say nothing about any program.
  { id: 'sanitizer', text: 'FATAL: ThreadSanitizer', anchor: ': Threa', programsOnly: true },
  { id: 'sanitizer', text: 'FATAL: MemorySanitizer', anchor: ': Memor', programsOnly: true },
  {
    id: 'sanitizer',
    text: 'Shadow memory range interleaves',
    anchor: 'Shadow ',
    programsOnly: true,
  },
  { id: 'io_uring', text: 'io_uring_', anchor: 'io_urin' },
  { id: 'libbpf', text: 'libbpf: ', anchor: 'libbpf:' },
  { id: 'docker-client', text: 'DOCKER_API_VERSION', anchor: 'DOCKER_' },
  { id: 'pyinstaller', text: '_MEIPASS', anchor: '_MEIPAS' },
  { id: 'busybox', text: 'BusyBox v', anchor: 'BusyBox', value: /BusyBox v(\d+(?:\.\d+)+)/ },
  {
    id: 'openssl',
    text: 'OpenSSL ',
    anchor: 'OpenSSL',
    value: /OpenSSL (\d+\.\d+\.\d+[a-z]*)[ -]/,
  },
];
