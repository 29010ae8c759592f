import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { elfFile } from './elf-file.ts';
import { glibcFiles, writeFixture } from './fixture.ts';

function inDirectory(work: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-fixture-'));
  try {
    work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test('tar lists what a fixture holds', () => {
  inDirectory((directory) => {
    writeFixture(
      {
        os: 'debian 12',
        files: { ...glibcFiles('2.36'), '/bin/sh': { link: '/usr/bin/app' } },
        dpkg: ['libc6 2.36-9+deb12u10 glibc'],
        rpm: ['bash 5.1.8-6.el9'],
      },
      directory,
    );
    const blobs = join(directory, 'blobs/sha256');
    const largest = readdirSync(blobs)
      .map((name) => join(blobs, name))
      .sort((a, b) => readFileSync(b).length - readFileSync(a).length)[0];
    assert.ok(largest);
    const listed = execFileSync('tar', ['tvf', largest], { encoding: 'utf8' });
    for (const wanted of [
      'bin/sh -> /usr/bin/app',
      'lib/x86_64-linux-gnu/libc.so.6',
      'var/lib/dpkg/status',
      'var/lib/rpm/rpmdb.sqlite',
    ])
      assert.match(listed, new RegExp(wanted.replaceAll('.', '\\.')));
  });
});

test('readelf reads what a made ELF file declares, without a warning', () => {
  inDirectory((directory) => {
    const path = join(directory, 'made');
    for (const machine of ['x86_64', 'arm', 's390x'] as const) {
      writeFileSync(
        path,
        elfFile({
          machine,
          interpreter: '/lib/ld.so',
          abiNote: '3.17.0',
          imports: ['getrandom@GLIBC_2.25:libc.so.6'],
          executableStack: true,
        }),
      );
      const shown = execFileSync('sh', ['-c', `readelf -hlnVW ${path} 2>&1`], { encoding: 'utf8' });
      assert.doesNotMatch(shown, /warning|error/i);
      assert.match(shown, /ABI: 3\.17\.0/);
      assert.match(shown, /Name: GLIBC_2\.25/);
      assert.match(shown, /GNU_STACK.*RWE/);
    }
  });
});
