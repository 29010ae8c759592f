import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseElf } from '../../src/formats/elf.ts';
import { buildElf, type ElfSpec } from './elf.ts';
import { machines } from './elf-parts.ts';

const declared = {
  interpreter: '/lib/ld.so',
  needed: ['libc.so.6', 'libm.so.6'],
  soname: 'libx.so.1',
  runpath: '/opt/x:$ORIGIN',
  abiNote: '4.11.0',
  alignment: 0x10000,
  executableStack: true,
  imports: [
    { name: 'pow', version: 'GLIBC_2.29', library: 'libm.so.6' },
    { name: 'maybe', weak: true },
  ],
} satisfies ElfSpec;

for (const machine of Object.keys(machines) as (keyof typeof machines)[]) {
  test(`a built ${machine} file reads back, with and without section headers`, () => {
    for (const sections of [true, false]) {
      const { value, problems } = parseElf(buildElf({ ...declared, machine, sections }));
      assert.deepEqual(problems, []);
      assert.equal(value?.machine, machine === 'x32' ? 'x86_64' : machine);
      assert.equal(value?.x32, machine === 'x32');
      assert.equal(value?.abiNote, '4.11.0');
      assert.equal(value?.interpreter, '/lib/ld.so');
      assert.deepEqual(value?.needed, declared.needed);
      assert.deepEqual(value?.runpath, ['/opt/x', '$ORIGIN']);
      assert.deepEqual(value?.versionsNeeded, { 'libm.so.6': ['GLIBC_2.29'] });
      assert.deepEqual(value?.imports, [
        { name: 'pow', version: 'GLIBC_2.29', library: 'libm.so.6', weak: false },
        { name: 'maybe', weak: true },
      ]);
      assert.equal(value?.loadAlignment, 0x10000);
      assert.equal(value?.maxPageSize, 0x10000);
      assert.equal(value?.executableStack, true);
    }
  });
}

test('a library built with symbol versions defines them', () => {
  const defines = ['GLIBC_2.2.5', 'GLIBC_2.34'];
  for (const machine of ['x86_64', 'arm', 's390x'] as const) {
    const { value } = parseElf(
      buildElf({ machine, type: 'shared-library', soname: 'libc.so.6', defines }),
    );
    assert.deepEqual(value?.versionsDefined, defines);
  }
});

test('readelf agrees with what was built', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-elf-'));
  try {
    const path = join(folder, 'x');
    writeFileSync(path, buildElf({ ...declared, isaNeeded: 3, properties: ['ibt'] }));
    const text = execFileSync('readelf', ['-Wldn', path], { encoding: 'utf8', stdio: 'pipe' });
    for (const line of [
      /Requesting program interpreter: \/lib\/ld\.so/,
      /NEEDED.*\[libm\.so\.6\]/,
      /RUNPATH.*\[\/opt\/x:\$ORIGIN\]/,
      /OS: Linux, ABI: 4\.11\.0/,
      /Properties: x86 feature: IBT/,
      /x86 ISA needed: x86-64-baseline, x86-64-v2, x86-64-v3/,
      /GNU_STACK.*RWE/,
    ]) {
      assert.match(text, line);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
