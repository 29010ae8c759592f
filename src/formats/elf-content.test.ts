// What data and code tell: Go, Rust, C libraries, marks, direct system calls; on built files, on files compiled here,
// and against objdump on this machine's own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildElf, type ElfSpec } from '../../test/builders/elf.ts';
import { parseElf } from './elf.ts';
import type { ElfFacts } from './elf-facts.ts';

function facts(spec: ElfSpec): ElfFacts {
  const { value, problems } = parseElf(buildElf(spec));
  assert.deepEqual(problems, []);
  assert.ok(value);
  return value;
}

const lines = [
  'path\texample.org/x/cmd/x',
  'mod\texample.org/x\t(devel)',
  'dep\tgithub.com/docker/docker\tv20.10.7+incompatible\th1:abc=',
  'dep\tgolang.org/x/sys\tv0.1.0',
  '=>\tgolang.org/x/sys\tv0.9.0\th1:def=',
  'build\t-compiler=gc',
  'build\t-ldflags="-s -w \\"x\\""',
  'build\tCGO_ENABLED=0',
];
for (const form of ['inline', 'pointers'] as const) {
  for (const machine of ['x86_64', 'i386', 's390x'] as const) {
    for (const sections of [true, false]) {
      test(`Go ${form}, ${machine}, ${sections ? 'with' : 'without'} sections`, () => {
        const go = { version: 'go1.22.4 X:boringcrypto', lines, form };
        assert.deepEqual(facts({ machine, sections, type: 'executable', go }).go, {
          version: '1.22.4',
          main: 'example.org/x',
          modules: [
            { path: 'example.org/x', version: '(devel)' },
            { path: 'github.com/docker/docker', version: 'v20.10.7+incompatible' },
            { path: 'golang.org/x/sys', version: 'v0.9.0' },
          ],
          settings: { '-compiler': 'gc', '-ldflags': '-s -w "x"', CGO_ENABLED: '0' },
        });
      });
    }
  }
}

test('Go before build information: the version that a string header in data points to', () => {
  // The header is placed behind the dynamic table and the pad: found wherever it stands.
  const spec: ElfSpec = { type: 'executable', strings: ['xgo1.12.17go1.9'], sections: false };
  const plain = Buffer.from(buildElf(spec));
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0x400000 + plain.indexOf('go1.12'), 0);
  header.writeUInt32LE(8, 8);
  const note = Buffer.concat([Buffer.from('040000000400000004000000476f000061626364', 'hex')]);
  const bytes = Buffer.from(
    buildElf({ ...spec, data: Buffer.concat([header, note]), buildId: '00' }),
  );
  // Turn the build id's note segment into Go's.
  bytes.write('Go\0', bytes.indexOf('GNU\0'), 'latin1');
  const text = bytes.indexOf('go1.12');
  bytes.writeUInt32LE(0x400000 + text, bytes.indexOf(header.subarray(0, 4)));
  assert.equal(parseElf(bytes).value?.go?.version, '1.12.1');
});

test('Go: a development toolchain has no number; other programs are not Go', () => {
  const built = facts({ type: 'executable', go: { version: 'devel go1.23-a1b2c3 Mon' } });
  assert.deepEqual(built.go, { modules: [], settings: {} });
  assert.equal(facts({}).go, undefined);
});

const marked: readonly (readonly [string, string, string])[] = [
  [
    'jemalloc',
    '<jemalloc>: Unsupported system page size\n',
    '<jemalloc>: Unsupported system page size',
  ],
  [
    'glibc-cpu-refusal',
    'Fatal glibc error: CPU does not support x86-64-v%d\n',
    'Fatal glibc error: CPU does not support x86-64-v%d',
  ],
  ['glibc-version', 'GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.', '2.36'],
  ['busybox', 'BusyBox v1.35.0 (Debian 1:1.35.0-4+b3)', '1.35.0'],
  ['openssl', 'OpenSSL 3.0.11 19 Sep 2023', '3.0.11'],
  [
    'sanitizer',
    'FATAL: ThreadSanitizer: unexpected memory mapping',
    'FATAL: ThreadSanitizer: unexpected memory mapping',
  ],
  ['libbpf', 'libbpf: failed to load object', 'libbpf: failed to load object'],
];
for (const [id, text, value] of marked) {
  test(`mark ${id}`, () => {
    for (const sections of [true, false]) {
      const near = ['before', text, 'after'];
      assert.equal(facts({ strings: near, sections }).marks[id], value);
    }
    // The anchor alone is no mark.
    assert.equal(facts({ strings: [text.slice(0, 7)] }).marks[id], undefined);
  });
}

test('a shared sanitizer library is no program built with one', () => {
  const strings = ['FATAL: ThreadSanitizer: unexpected memory mapping'];
  assert.equal(facts({ type: 'shared-library', strings }).marks['sanitizer'], undefined);
});

test('paths of kernel files: each once, those that every container has left out', () => {
  const strings = [
    '/sys/fs/cgroup/memory/memory.limit_in_bytes',
    'cannot open /dev/net/tun: %s',
    '/proc/%d/oom_score_adj',
    '/dev/null',
    '/usr/src/proc/x.c',
    '/proc/%d/oom_score_adj',
    '-device=/dev/kvm.',
  ];
  assert.deepEqual(facts({ strings }).kernelPaths, [
    '/dev/kvm',
    '/dev/net/tun',
    '/proc/%d/oom_score_adj',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes',
  ]);
});

test('Rust by its own line, by the commit in paths, by a version in paths', () => {
  assert.equal(facts({ comments: ['rustc version 1.75.0 (82e1608df 2023-12-21)'] }).rust, '1.75.0');
  const commit = '90c541806f23a127002de5b4038be731ba1458ca';
  assert.equal(facts({ strings: [`/rustc/${commit}/library/std/src/io.rs`] }).rustCommit, commit);
  assert.equal(facts({ strings: ['/usr/src/rustc-1.63.0/library/std/src/io.rs'] }).rust, '1.63.0');
});

const libcs: readonly (readonly [string, ElfSpec, ElfFacts['staticLibc']])[] = [
  [
    'a static program of glibc',
    { type: 'executable', strings: ['Fatal glibc error: %s', 'glibc 2.36'] },
    { name: 'glibc', version: '2.36' },
  ],
  ['an old one', { type: 'executable', strings: ['FATAL: kernel too old\n'] }, { name: 'glibc' }],
  ['of musl', { type: 'static-pie', strings: ['No error information'] }, { name: 'musl' }],
  [
    'musl itself',
    { type: 'shared-library', strings: ['musl libc (x86_64)\nVersion %s\n', '1.2.4'] },
    { name: 'musl', version: '1.2.4' },
  ],
  ['a dynamic program', { needed: ['libc.so.6'], strings: ['FATAL: kernel too old\n'] }, undefined],
];
for (const [name, spec, expected] of libcs) {
  test(`C library inside: ${name}`, () => assert.deepEqual(facts(spec).staticLibc, expected));
}

for (const machine of ['x86_64', 'aarch64'] as const) {
  test(`direct system calls, ${machine}`, () => {
    const built = facts({ machine, directSyscalls: [425, 1, 425, 59] });
    assert.deepEqual(built.directSyscalls, [1, 59, 425]);
    assert.equal(built.vsyscallReferences, false);
  });
}

test('vsyscall: only where the address is called', () => {
  assert.equal(facts({ vsyscall: true }).vsyscallReferences, true);
  // cmp $0xffffffffff600000,%rax: what debuggers do
  const code = Buffer.from('483d000060ffc3', 'hex');
  assert.equal(facts({ code }).vsyscallReferences, false);
});

test('syscall(2) and direct calls in a program compiled here', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-code-'));
  try {
    const source = join(folder, 'x.c');
    writeFileSync(
      source,
      '#include <unistd.h>\n#include <sys/syscall.h>\nint main(void) { long r; syscall(434, 1, 0); ' +
        '__asm__ volatile ("mov $332,%%eax\\n mov %%rdi,%%rsi\\n syscall" : "=a"(r) :: "rcx", "r11"); ' +
        'return syscall(425, 8, 0) + r; }\n',
    );
    for (const options of [
      ['-O2'],
      ['-O0', '-fcf-protection'],
      ['-O2', '-fno-plt'],
      ['-O2', '-no-pie'],
    ]) {
      const path = join(folder, 'x');
      execFileSync('gcc', [...options, '-o', path, source], { stdio: 'pipe' });
      assert.deepEqual(
        parseElf(readFileSync(path)).value?.directSyscalls,
        [332, 425, 434],
        options.join(' '),
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('direct system calls of this C library: nothing that objdump does not show, and nearly all that it shows', () => {
  const path = '/lib/x86_64-linux-gnu/libc.so.6';
  const found = new Set(parseElf(readFileSync(path)).value?.directSyscalls);
  const listing = execFileSync('objdump', ['-d', '--no-show-raw-insn', path], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  }).split('\n');
  const shown = new Set<number>();
  for (const [index, line] of listing.entries()) {
    if (!/\tsyscall\s*$/.test(line)) continue;
    for (let back = index - 1; back > index - 16; back--) {
      const before = listing[back] ?? '';
      const constant = /mov +\$0x([0-9a-f]+),%[er]ax/.exec(before)?.[1];
      if (constant !== undefined) shown.add(Number.parseInt(constant, 16));
      else if (/xor +%eax,%eax/.test(before)) shown.add(0);
      else if (!/>:$|\tret/.test(before)) continue;
      break;
    }
  }
  assert.deepEqual(
    [...found].filter((number) => !shown.has(number)),
    [],
  );
  assert.ok(found.size > 0.95 * shown.size, `${found.size} of ${shown.size}`);
});

test('jemalloc: the page size it was compiled for, AArch64', () => {
  // mov w0, #30; bl sysconf; cmp x0, #16, lsl #12; b.hi
  const code = Buffer.from('c0038052010000941f4040f168000054', 'hex');
  const strings = ['<jemalloc>: Unsupported system page size\n'];
  assert.equal(facts({ machine: 'aarch64', strings, code }).marks['jemalloc-page'], '65536');
  assert.equal(facts({ machine: 'aarch64', strings }).marks['jemalloc-page'], undefined);
});

test('text relocations, packed programs, AppImages', () => {
  assert.equal(facts({ textRelocations: true }).textRelocations, true);
  assert.equal(facts({}).textRelocations, false);
  const plain = Buffer.from(buildElf({ type: 'executable', sections: false }));
  assert.deepEqual(parseElf(plain).value?.marks, {});
  const packed = Buffer.from(plain);
  packed.write('UPX!', 800, 'latin1');
  assert.equal(parseElf(packed).value?.marks['upx'], 'UPX');
  const bundle = Buffer.from(plain);
  bundle.write('AI\x02', 8, 'latin1');
  assert.equal(parseElf(bundle).value?.marks['appimage'], '2');
});
