import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildElf } from '../../../test/builders/elf.ts';
import type { MemoryFile } from '../../../test/builders/memory-tree.ts';
import { needsOf } from '../../../test/builders/user-space.ts';
import type { Need } from '../need.ts';

const loader = '/lib64/ld-linux-x86-64.so.2';
const glibc: Readonly<Record<string, MemoryFile>> = {
  '/lib64/ld-linux-x86-64.so.2': buildElf({
    type: 'shared-library',
    soname: 'ld-linux-x86-64.so.2',
    abiNote: '3.2.0',
  }),
  '/lib64/libc.so.6': buildElf({
    type: 'shared-library',
    soname: 'libc.so.6',
    abiNote: '3.2.0',
    needed: ['ld-linux-x86-64.so.2'],
    defines: ['GLIBC_2.2.5', 'GLIBC_2.17', 'GLIBC_2.28'],
  }),
};
const program = (needed: readonly string[], more: Parameters<typeof buildElf>[0] = {}) =>
  buildElf({ interpreter: loader, needed: [...needed, 'libc.so.6'], ...more });

/** What one kind of need says, in a line each. */
async function check(
  kind: Need['kind'],
  files: Readonly<Record<string, MemoryFile>>,
  config: Parameters<typeof needsOf>[1],
  show: (need: Need) => string,
  expected: readonly string[],
): Promise<void> {
  const needs = await needsOf(files, config);
  assert.deepEqual(needs.of(kind).map(show), expected);
  for (const { evidence } of needs.all) assert.ok(evidence.length > 0);
}

const line =
  (...keys: readonly string[]) =>
  (need: Need) =>
    keys.map((key) => String((need as unknown as Record<string, unknown>)[key])).join(' ');

test('libraries are found as the loader finds them; only what is missing makes a need', async () => {
  const library = (soname: string) => buildElf({ type: 'shared-library', soname });
  const show = line('name', 'version', 'for', 'onStartPath');
  const start = { cmd: ['/app'] };
  await check('library', { ...glibc, '/app': program([]) }, start, show, []);
  await check('library', { ...glibc, '/app': program(['libx.so.1']) }, start, show, [
    'libx.so.1 undefined /app true',
  ]);
  await check(
    'library',
    { ...glibc, '/app': program(['libx.so.1']), '/opt/libx.so.1': library('libx.so.1') },
    start,
    show,
    ['libx.so.1 undefined /app true'],
  );
  await check(
    'library',
    {
      ...glibc,
      '/app': program(['libx.so.1'], { runpath: '$ORIGIN/opt' }),
      '/opt/libx.so.1': library('libx.so.1'),
    },
    start,
    show,
    [],
  );
  await check(
    'library',
    { ...glibc, '/app': program(['libx.so.1']), '/opt/libx.so.1': library('libx.so.1') },
    { ...start, env: { LD_LIBRARY_PATH: '/opt' } },
    show,
    [],
  );
  await check(
    'library',
    {
      ...glibc,
      '/app': program(['libx.so.1']),
      '/opt/libx.so.1': library('libx.so.1'),
      '/etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\n',
      '/etc/ld.so.conf.d/opt.conf': '# here\n/opt\n',
    },
    start,
    show,
    [],
  );
  await check(
    'library',
    {
      ...glibc,
      '/app': program(['libx.so.1']),
      '/usr/lib/x86_64-linux-gnu/libx.so.1': buildElf({
        type: 'shared-library',
        soname: 'libx.so.1',
        machine: 'aarch64',
      }),
    },
    start,
    show,
    ['libx.so.1 undefined /app true'],
  );
  const newer = program([], {
    imports: [{ name: 'f', version: 'GLIBC_2.34', library: 'libc.so.6' }],
  });
  await check('library', { ...glibc, '/app': newer }, start, show, [
    'libc.so.6 GLIBC_2.34 /app true',
  ]);
  await check('library', { ...glibc, '/app': program([]), '/usr/bin/other': newer }, start, show, [
    'libc.so.6 GLIBC_2.34 /usr/bin/other false',
  ]);
});

test('interpreters of programs and scripts, there or not', async () => {
  const show = line('path', 'present', 'for');
  await check('interpreter', { ...glibc, '/app': program([]) }, {}, show, [`${loader} true /app`]);
  await check('interpreter', { '/app': program([]), '/run.sh': '#!/bin/bash\n' }, {}, show, [
    `${loader} false /app`,
    '/bin/bash false /run.sh',
  ]);
});

test('minimum kernels of the loader, programs and libraries', async () => {
  const show = line('minimum', 'by', 'who', 'onStartPath');
  const qt = buildElf({
    type: 'shared-library',
    soname: 'libQt5Core-195a14c9.so.5',
    abiNote: '3.17.0',
  });
  const files = {
    ...glibc,
    '/opt/wheel.libs/libQt5Core-195a14c9.so.5.15.18': qt,
    '/app': program([], { abiNote: '3.2.0' }),
  };
  await check('kernel', files, { cmd: ['/app'] }, show, [
    '3.2.0 program /app true',
    `3.2.0 loader ${loader} true`,
    '3.17.0 library /opt/wheel.libs/libQt5Core-195a14c9.so.5.15.18 false',
  ]);
  await check(
    'kernel',
    { '/app': buildElf({ type: 'executable', go: { version: 'go1.24.1' } }) },
    { cmd: ['/app'] },
    show,
    ['3.2 runtime Go 1.24.1 true'],
  );
});

test('where nothing says what starts, the shell and an only program count as if they did', async () => {
  const show = line('minimum', 'who', 'onStartPath');
  const old = program([], { abiNote: '3.2.0' });
  const other = { '/bin/other': program([]) };
  const shell = { '/bin/busybox': old, '/bin/sh': { link: 'busybox' } };
  await check('kernel', { '/bin/app': old }, null, show, ['3.2.0 /bin/app true']);
  await check('kernel', { '/bin/app': old, ...other }, null, show, ['3.2.0 /bin/app undefined']);
  await check('kernel', { ...shell, ...other }, null, show, ['3.2.0 /bin/busybox true']);
});

test('processor levels: declared by files, or the baseline of the distribution', async () => {
  const show = line('level', 'by', 'who');
  const release = (id: string, version: string) => ({
    '/etc/os-release': `ID="${id}"\nVERSION_ID="${version}"\n`,
  });
  await check('cpu-level', glibc, {}, show, []);
  await check('cpu-level', { ...glibc, ...release('rhel', '9.4') }, {}, show, [
    'x86-64-v2 loader /lib64/libc.so.6',
  ]);
  await check('cpu-level', { ...glibc, ...release('rocky', '10.0') }, {}, show, [
    'x86-64-v3 loader /lib64/libc.so.6',
  ]);
  await check('cpu-level', { ...glibc, ...release('debian', '12') }, {}, show, []);
  const level = (isaNeeded: 2 | 3) =>
    buildElf({ type: 'shared-library', soname: 'libc.so.6', isaNeeded, defines: ['GLIBC_2.39'] });
  await check(
    'cpu-level',
    { ...glibc, ...release('almalinux', '10.0'), '/lib64/libc.so.6': level(2) },
    {},
    show,
    ['x86-64-v2 loader /lib64/libc.so.6'],
  );
  await check(
    'cpu-level',
    {
      ...glibc,
      '/usr/lib/glibc-hwcaps/x86-64-v3/libz.so.1': buildElf({
        type: 'shared-library',
        soname: 'libz.so.1',
        isaNeeded: 3,
      }),
    },
    {},
    show,
    [],
  );
  await check('cpu-level', { '/app': buildElf({ isaNeeded: 3 }) }, {}, show, [
    'x86-64-v3 program /app',
  ]);
});

test('architecture, stacks, pages, setuid, capabilities, environment', async () => {
  const show = line('machine', 'bits', 'onStartPath');
  await check(
    'architecture',
    {
      '/app': buildElf({ machine: 'aarch64' }),
      '/old': buildElf({ machine: 'i386' }),
      '/x.o': buildElf({ type: 'relocatable', machine: 's390x' }),
    },
    { cmd: ['/app'] },
    show,
    ['aarch64 64 true', 'i386 32 false'],
  );
  await check(
    'executable-stack',
    {
      '/lib/libx.so': buildElf({
        type: 'shared-library',
        soname: 'libx.so',
        executableStack: true,
      }),
      '/app': buildElf({ executableStack: false }),
    },
    {},
    line('path', 'library'),
    ['/lib/libx.so true'],
  );
  await check(
    'page-size',
    {
      '/app': buildElf({ machine: 'aarch64', alignment: 4096 }),
      '/intel': buildElf({ alignment: 4096 }),
      '/wide': buildElf({ machine: 'aarch64', alignment: 65536 }),
    },
    {},
    line('by', 'who'),
    ['segments /app'],
  );
  await check(
    'setuid',
    { '/bin/su': { content: 'x', mode: 0o4755 }, '/data': { content: 'x', mode: 0o4644 } },
    {},
    line('path'),
    ['/bin/su'],
  );
  const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
  await check(
    'file-capability',
    { '/bin/ping': { content: 'x', xattrs: { 'security.capability': capability } } },
    {},
    line('path', 'permitted', 'effective'),
    ['/bin/ping CAP_NET_RAW true'],
  );
  await check(
    'environment',
    {},
    { env: { PATH: '/bin', NVIDIA_REQUIRE_CUDA: 'cuda>=12.4' } },
    line('name', 'value'),
    ['NVIDIA_REQUIRE_CUDA cuda>=12.4'],
  );
  await check(
    'privileged-tool',
    { '/usr/bin/tcpdump': buildElf(), '/usr/share/bash-completion/completions/nmap': 'x' },
    {},
    line('tool'),
    ['tcpdump'],
  );
});

test('commands and kernel paths of scripts, with their lines', async () => {
  const files = {
    '/entrypoint.sh':
      '#!/bin/sh\nmodprobe tun\nlimit=$(cat /sys/fs/cgroup/memory/memory.limit_in_bytes)\nexec "$@"\n',
    '/bin/sh': buildElf(),
  };
  const config = { entrypoint: ['/entrypoint.sh'] };
  await check('command', files, config, line('command', 'text', 'who', 'onStartPath'), [
    'modprobe modprobe tun /entrypoint.sh true',
  ]);
  await check('path', files, config, line('path', 'onStartPath'), [
    '/sys/fs/cgroup/memory/memory.limit_in_bytes true',
  ]);
});

test('evidence is capped, and counted', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 50 }, (_, at) => [`/bin/p${at}`, buildElf()]),
  );
  const [need] = (await needsOf(files)).of('architecture');
  assert.equal(need?.evidence.length, 20);
  assert.equal(need?.evidence.at(-1)?.others, 30);
});

test('calls of the C library, with what happens when they are missing', async () => {
  const libc = buildElf({
    type: 'shared-library',
    soname: 'libc.so.6',
    defines: ['GLIBC_2.34', 'GLIBC_2.35'],
  });
  const threads = program([], {
    imports: [{ name: 'pthread_create', version: 'GLIBC_2.34', library: 'libc.so.6' }],
  });
  const files = { ...glibc, '/lib64/libc.so.6': libc, '/app': threads };
  const needs = await needsOf(files, { cmd: ['/app'] });
  const clone3 = needs.of('syscall').find(({ name }) => name === 'clone3');
  assert.equal(clone3?.by, 'glibc 2.35 pthread_create');
  assert.deepEqual([clone3?.onMissing.ENOSYS, clone3?.onMissing.EPERM], ['falls-back', 'fails']);
  assert.deepEqual([clone3?.certainty, clone3?.onStartPath], ['reachable', true]);
  const old = await needsOf({ ...glibc, '/app': threads }, { cmd: ['/app'] });
  assert.equal(
    old.of('syscall').find(({ name }) => name === 'clone3'),
    undefined,
  );
  const plain = program([], {
    imports: [{ name: 'fspick', version: 'GLIBC_2.36', library: 'libc.so.6' }],
  });
  const plainly = (await needsOf({ ...glibc, '/app': plain })).of('syscall');
  assert.deepEqual(
    plainly.filter(({ name }) => name === 'fspick').map(({ by }) => by),
    ['/app'],
  );
});

test('programs of a second architecture have calls of their own, with the numbers of 32 bits', async () => {
  const narrow = { machine: 'i386' } as const;
  const files = {
    ...glibc,
    '/app': program([]),
    '/lib/ld-linux.so.2': buildElf({ ...narrow, type: 'shared-library', soname: 'ld-linux.so.2' }),
    '/lib/i386-linux-gnu/libc.so.6': buildElf({
      ...narrow,
      type: 'shared-library',
      soname: 'libc.so.6',
      defines: ['GLIBC_2.34', 'GLIBC_2.35'],
    }),
    '/opt/old': buildElf({
      ...narrow,
      interpreter: '/lib/ld-linux.so.2',
      needed: ['libc.so.6'],
      imports: [{ name: 'clock_gettime', version: 'GLIBC_2.34', library: 'libc.so.6' }],
    }),
  };
  const calls = (await needsOf(files, { cmd: ['/app'] })).of('syscall');
  const wide = calls.find(({ name }) => name === 'clock_gettime64');
  assert.deepEqual(
    [wide?.abi, wide?.onStartPath, wide?.evidence[0]?.path],
    ['i386', false, '/opt/old'],
  );
  assert.match(wide?.by ?? '', /^glibc 2\.35 clock_gettime.* \(i386\)$/);
  const { '/opt/old': _, ...libraries } = files;
  const without = (await needsOf(libraries, { cmd: ['/app'] })).of('syscall');
  assert.ok(without.every(({ abi }) => abi === undefined));
});

test('kernel headers tell their release', async () => {
  const files = {
    '/usr/include/linux/version.h':
      '#define LINUX_VERSION_CODE 393533\n#define KERNEL_VERSION(a,b,c) 0\n',
  };
  const { software } = (await needsOf(files)).userSpace;
  assert.deepEqual(
    software.map(({ name, version }) => `${name} ${version}`),
    ['linux-headers 6.1.61'],
  );
});

test('jemalloc asks for the pages that it was built for', async () => {
  const strings = ['<jemalloc>: Unsupported system page size'];
  const files = {
    '/redis': buildElf({ machine: 'aarch64', alignment: 65536, strings }),
    '/intel': buildElf({ alignment: 65536, strings }),
  };
  await check('page-size', files, {}, line('maximum', 'by', 'who'), ['4096 allocator /redis']);
});
