// Marks: texts in the read-only data of ELF files that rules and the software catalogue ask about. A mark's value is
// the text around it, or the part of it that `value` captures. All are looked for in one pass (src/formats/text-search.ts),
// but for those shorter than seven bytes, each of which costs a pass of its own.

/** Bytes that are looked for in read-only data. */
export interface Mark {
  /** What rules call it. */
  readonly id: string;
  /** The whole text that must stand there. */
  readonly text: string;
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
  },
  { id: 'tcmalloc', text: 'TCMALLOC_' },
  // Its newer form with tags in addresses: internal/system_allocator of google/tcmalloc.
  { id: 'tcmalloc-aligned', text: 'MmapAligned() failed' },
  { id: 'mimalloc', text: 'mimalloc: ' },
  // glibc built for a higher baseline: sysdeps/{x86,powerpc,s390}/…, "CPU does not support x86-64-v%d",
  // "CPU lacks ISA 3.00 support (POWER9 or later required)", "CPU lacks VXE support (z14 or later required)".
  {
    id: 'glibc-cpu-refusal',
    text: 'Fatal glibc error: CPU ',
  },
  { id: 'glibc-kernel-refusal', text: 'FATAL: kernel too old' },
  {
    id: 'glibc-version',
    text: 'GNU C Library (',
    value: /release version (\d+(?:\.\d+)+)/,
  },
  { id: 'musl', text: 'musl libc (' },
  { id: 'uclibc', text: 'uClibc' },
  // Sanitizer run-times, whose shadow memory has fixed addresses. Linked into programs by clang; the shared
  // libraries of GCC's have the same texts and say nothing about any program.
  { id: 'sanitizer', text: 'FATAL: ThreadSanitizer', programsOnly: true },
  { id: 'sanitizer', text: 'FATAL: MemorySanitizer', programsOnly: true },
  {
    id: 'sanitizer',
    text: 'Shadow memory range interleaves',
    programsOnly: true,
  },
  { id: 'io_uring', text: 'io_uring_' },
  // Libraries of the NVIDIA driver that programs open when they run, by what the container toolkit calls their capability.
  { id: 'nvidia-video', text: 'libnvcuvid.so' },
  { id: 'nvidia-video', text: 'libnvidia-encode.so' },
  { id: 'nvidia-video', text: 'libnvidia-opticalflow.so' },
  { id: 'nvidia-graphics', text: 'libnvoptix.so' },
  { id: 'nvidia-graphics', text: 'libGLX_nvidia.so' },
  { id: 'nvidia-graphics', text: 'libEGL_nvidia.so' },
  { id: 'libbpf', text: 'libbpf: ' },
  { id: 'docker-client', text: 'DOCKER_API_VERSION' },
  { id: 'pyinstaller', text: '_MEIPASS' },
  // A FIPS build of OpenSSL 1.x, which checks itself against a file beside it (fips_premain.c of Red Hat's).
  { id: 'fips-selftest', text: 'FATAL FIPS SELFTEST FAILURE' },
  // Rust crates by the paths of their sources, which panics carry.
  { id: 'rust-io-uring', text: '/io-uring-0.' },
  { id: 'rust-io-uring', text: '/tokio-uring-0.' },
  // OCaml's eio, by the name of its module for Linux.
  { id: 'eio-linux', text: 'Eio_linux' },
  // What `bun build --compile` writes ends so; Bun's own texts have its version.
  { id: 'bun', text: '---- Bun! ----' },
  { id: 'bun', text: 'Bun has crashed. This indicates a bug in Bun' },
  { id: 'bun', text: 'CPU lacks AVX support. Please consider upgrading' },
  // The stub that UPX puts before what it packed names its own version.
  { id: 'upx', text: '$Id: UPX ', value: /\$Id: UPX (\d+\.\d+)/ },
  // ONNX Runtime's crate, which links the prebuilt static library unless told otherwise.
  { id: 'rust-ort', text: '/ort-2.0.0-', value: /\/ort-(\d[\w.-]*)\// },
  // Programs of Yandex's build system ask the processor at their start: util/system/cpu_id.cpp.
  {
    id: 'compiled-for',
    text: 'This program was compiled for ',
    value: /compiled for ([A-Z0-9_.]+) which is not supported/,
  },
  // GraalVM's native-image: its version stands in the image's own property.
  {
    id: 'native-image',
    text: 'com.oracle.svm.core.VM=GraalVM ',
    value: /com\.oracle\.svm\.core\.VM=GraalVM (\d+\.\d+)/,
  },
  // Programs that unpack themselves: Nuitka's onefile, staticx, Node's pkg.
  { id: 'nuitka-onefile', text: 'NUITKA_ONEFILE_PARENT' },
  { id: 'staticx', text: 'STATICX_PROG_PATH' },
  { id: 'vercel-pkg', text: 'pkg/prelude/bootstrap.js' },
  { id: 'openresty', text: 'openresty/1.', value: /openresty\/(\d+(?:\.\d+)+)/ },
  { id: 'busybox', text: 'BusyBox v', value: /BusyBox v(\d+(?:\.\d+)+)/ },
  {
    id: 'openssl',
    text: 'OpenSSL ',
    value: /OpenSSL (\d+\.\d+\.\d+[a-z]*)[ -]/,
  },
];
