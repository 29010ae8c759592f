import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
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
