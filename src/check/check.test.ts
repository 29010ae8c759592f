import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Offer } from '../host/offer.ts';
import { makeNeeds } from '../needs/make-needs.ts';
import type { Need } from '../needs/need.ts';
import { emptyUserSpace, type UserSpace } from '../needs/user-space.ts';
import { check } from './check.ts';
import { checkJsonSchema, checkResultSchema, matrixJsonSchema } from './result-schema.ts';

const seen = { certainty: 'declared', evidence: [{ path: '/bin/app', detail: 'seen' }] } as const;
const started = { ...seen, onStartPath: true } as const;

function offer(parts: Partial<Offer>): Offer {
  return { schema: 'plimsoll.host/1', name: 'made', machine: 'x86_64', ...parts };
}

interface Case {
  readonly title: string;
  readonly needs: readonly Need[];
  readonly offer: Partial<Offer>;
  readonly userSpace?: Partial<UserSpace>;
  /** "severity code" of every finding. */
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  { title: 'nothing asked, nothing said', needs: [], offer: {}, expected: [] },
  {
    title: 'a foreign program that starts is fatal',
    needs: [{ kind: 'architecture', machine: 'aarch64', bits: 64, x32: false, ...started }],
    offer: {},
    expected: ['fatal PL2001'],
  },
  {
    title: 'with an emulator it is a note',
    needs: [{ kind: 'architecture', machine: 'aarch64', bits: 64, x32: false, ...started }],
    offer: { emulation: { by: 'qemu-user', machines: ['aarch64'] } },
    expected: ['note PL2001'],
  },
  {
    title: 'a machine that is not named is a question for images of rare machines',
    needs: [{ kind: 'architecture', machine: 's390x', bits: 64, x32: false, ...started }],
    offer: { machine: undefined },
    expected: ['unknown PL2001'],
  },
  {
    title: 'foreign files beside what starts are one note',
    needs: [
      { kind: 'architecture', machine: 'x86_64', bits: 64, x32: false, ...started },
      { kind: 'architecture', machine: 'arm', bits: 32, x32: false, ...seen, onStartPath: false },
      { kind: 'architecture', machine: 's390x', bits: 64, x32: false, ...seen, onStartPath: false },
    ],
    offer: {},
    expected: ['note PL2001'],
  },
  {
    title: 'IA32 off',
    needs: [{ kind: 'architecture', machine: 'i386', bits: 32, x32: false, ...started }],
    offer: { ia32: false },
    expected: ['fatal PL2003'],
  },
  {
    title: 'an ABI note newer than the kernel, where nothing is known of the C library',
    needs: [{ kind: 'kernel', minimum: '4.4.0', by: 'loader', who: '/lib/ld.so', ...seen }],
    offer: { kernel: { release: '3.10.0-1160.el7' } },
    expected: ['fatal PL1001'],
  },
  {
    title: 'glibc 2.36 compares no note any more',
    needs: [{ kind: 'kernel', minimum: '4.4.0', by: 'library', who: '/lib/libx.so', ...seen }],
    offer: { kernel: { release: '3.10.0-1160.el7' } },
    userSpace: { libc: { name: 'glibc', version: '2.36', path: '/lib/libc.so.6' } },
    expected: [],
  },
  {
    title: 'a level that the host does not state',
    needs: [{ kind: 'cpu-level', level: 'x86-64-v3', by: 'loader', who: 'glibc', ...seen }],
    offer: {},
    expected: ['unknown PL2005'],
  },
  {
    title: 'a level by the words of /proc/cpuinfo',
    needs: [{ kind: 'cpu-level', level: 'x86-64-v2', by: 'loader', who: 'glibc', ...seen }],
    offer: { cpu: { features: ['sse', 'sse2', 'pni'] } },
    expected: ['fatal PL2005'],
  },
  {
    title: 'vsyscall=none from the boot options',
    needs: [{ kind: 'vsyscall', who: 'glibc 2.12', ...seen }],
    offer: { kernel: { commandLine: 'quiet vsyscall=none' } },
    expected: ['fatal PL1008'],
  },
  {
    title: 'addresses of the vsyscall page in some library are a note',
    needs: [{ kind: 'vsyscall', who: 'libjvm.so', ...seen, certainty: 'present' }],
    offer: { vsyscall: 'none' },
    expected: ['note PL1008'],
  },
  {
    title: 'segments for 4 KiB on 64 KiB pages',
    needs: [
      { kind: 'architecture', machine: 'aarch64', bits: 64, x32: false, ...started },
      { kind: 'page-size', maximum: 4096, by: 'segments', who: '/bin/app', ...started },
    ],
    offer: { machine: 'aarch64', pageSize: 65536 },
    expected: ['fatal PL2007'],
  },
  {
    title: 'an x86-64 host has 4 KiB pages',
    needs: [{ kind: 'page-size', maximum: 4096, by: 'segments', who: '/bin/app', ...started }],
    offer: {},
    expected: [],
  },
  {
    title: 'missing interpreter of what starts, of a program on the PATH, of documentation',
    needs: [
      {
        kind: 'interpreter',
        path: '/lib/ld-musl-x86_64.so.1',
        present: false,
        for: '/app',
        ...started,
      },
      {
        kind: 'interpreter',
        path: '/bin/ksh',
        present: false,
        for: '/usr/bin/tool',
        ...seen,
        onStartPath: false,
      },
      {
        kind: 'interpreter',
        path: '/bin/tcsh',
        present: false,
        for: '/usr/share/doc/examples/x',
        ...seen,
        onStartPath: false,
      },
    ],
    offer: {},
    expected: ['fatal PL2011', 'degraded PL2011'],
  },
  {
    title: 'a tool of the host against an old C library',
    needs: [],
    offer: { container: { injectedTools: [{ path: '/__e/node', needsGlibc: 'GLIBC_2.28' }] } },
    userSpace: { libc: { name: 'glibc', version: '2.17', path: '/lib64/libc.so.6' } },
    expected: ['fatal PL3012'],
  },
  {
    title: 'a call that the kernel lacks and its caller needs, seen from two callers',
    needs: ['a', 'b'].map((by) => ({
      kind: 'syscall',
      name: 'memfd_create',
      by,
      onMissing: { ENOSYS: 'fails' },
      effect: 'it stops',
      ...started,
    })),
    offer: { kernel: { release: '3.10.108', base: '3.10' } },
    expected: ['fatal PL1004'],
  },
  {
    title: 'a caller that falls back says nothing',
    needs: [
      {
        kind: 'syscall',
        name: 'statx',
        by: 'x',
        onMissing: { ENOSYS: 'falls-back' },
        effect: '',
        ...started,
      },
    ],
    offer: { kernel: { release: '3.10.108', base: '3.10' } },
    expected: [],
  },
  {
    title: 'sudo under no-new-privileges',
    needs: [{ kind: 'setuid', path: '/usr/bin/sudo', ...seen }],
    offer: { container: { noNewPrivileges: true } },
    expected: ['degraded PL5007'],
  },
  {
    title: 'a shell at the start is said to be unbounded',
    needs: [{ kind: 'unbounded', reason: 'shell', who: '/bin/sh', ...started }],
    offer: {},
    expected: ['note PL7001'],
  },
];

for (const { title, needs, offer: parts, userSpace, expected } of cases) {
  test(title, () => {
    const result = check(
      makeNeeds({ ...emptyUserSpace('made'), ...userSpace }, needs),
      [offer(parts)],
      {
        today: '2026-01-15',
      },
    );
    const found = result.hosts[0]?.findings.map(({ severity, code }) => `${severity} ${code}`);
    assert.deepEqual(found, expected);
    assert.deepEqual(
      checkResultSchema.parse(JSON.parse(JSON.stringify(result))),
      JSON.parse(JSON.stringify(result)),
    );
  });
}

test('the published schemas are current', () => {
  for (const [name, current] of [
    ['check', checkJsonSchema()],
    ['matrix', matrixJsonSchema()],
  ] as const) {
    const file = join(import.meta.dirname, `../../schemas/${name}.schema.json`);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(current), name);
  }
});
