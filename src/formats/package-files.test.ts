import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type PackageFiles,
  parseApkFiles,
  parseDpkgList,
  parseMd5sums,
  parsePacmanFiles,
} from './package-files.ts';
import { readRpmFiles } from './rpm-header.ts';

type Parse = (bytes: Uint8Array, path: string) => readonly PackageFiles[];
type Case = readonly [Parse, path: string, text: string, expected: readonly PackageFiles[]];

const digest = 'd41d8cd98f00b204e9800998ecf8427e';

const cases: Readonly<Record<string, Case>> = {
  'dpkg, with the architecture in its name': [
    parseDpkgList,
    '/var/lib/dpkg/info/libc6:amd64.list',
    '/.\n/lib\n/lib/x86_64-linux-gnu/libc.so.6\n',
    [{ name: 'libc6:amd64', paths: ['/lib', '/lib/x86_64-linux-gnu/libc.so.6'] }],
  ],
  'checksums of an image without dpkg': [
    parseMd5sums,
    '/var/lib/dpkg/status.d/libssl3.md5sums',
    `${digest}  usr/lib/libssl.so.3\n${digest}  ./usr/lib/a b\nno line of it\n`,
    [{ name: 'libssl3', paths: ['/usr/lib/libssl.so.3', '/usr/lib/a b'] }],
  ],
  'apk, with a package without files and a file at the top': [
    parseApkFiles,
    '/lib/apk/db/installed',
    'C:x\nP:musl\nV:1.2.5-r0\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\nF:usr\nF:usr/lib\nR:libc.so\n\n' +
      'P:empty\nV:1-r0\n\nP:top\nV:2-r1\nF:\nR:file\n',
    [
      {
        name: 'musl',
        version: '1.2.5-r0',
        paths: ['/lib/ld-musl-x86_64.so.1', '/usr/lib/libc.so'],
      },
      { name: 'top', version: '2-r1', paths: ['/file'] },
    ],
  ],
  pacman: [
    parsePacmanFiles,
    '/var/lib/pacman/local/gcc-libs-14.1.1+r58-1/files',
    '%FILES%\nusr/\nusr/lib/\nusr/lib/libstdc++.so\n\n%BACKUP%\netc/x\tabc\n',
    [{ name: 'gcc-libs', version: '14.1.1+r58-1', paths: ['/usr/lib/libstdc++.so'] }],
  ],
  'pacman, cut short': [parsePacmanFiles, '/var/lib/pacman/local/a-1-1/files', 'usr/lib', []],
};

for (const [title, [parse, path, text, expected]] of Object.entries(cases)) {
  test(title, () => {
    assert.deepEqual(parse(Buffer.from(text), path), expected);
  });
}

/** An rpm header with a file list: tags 1116 to 1118 (rpmtag.h). */
function header(folders: readonly string[], files: readonly (readonly [number, string])[]): Buffer {
  const indexes = Buffer.alloc(4 * files.length);
  for (const [at, [folder]] of files.entries()) indexes.writeUInt32BE(folder, 4 * at);
  const names = Buffer.from(files.map(([, name]) => `${name}\0`).join(''));
  const data = Buffer.concat([indexes, names, Buffer.from(folders.map((n) => `${n}\0`).join(''))]);
  const index = Buffer.alloc(8 + 3 * 16);
  index.writeUInt32BE(3, 0);
  index.writeUInt32BE(data.length, 4);
  for (const [at, entry] of [
    [1116, 4, 0, files.length],
    [1117, 8, indexes.length, files.length],
    [1118, 8, indexes.length + names.length, folders.length],
  ].entries()) {
    for (const [part, value] of entry.entries()) index.writeUInt32BE(value, 8 + 16 * at + 4 * part);
  }
  return Buffer.concat([index, data]);
}

test('rpm joins directories and names', () => {
  const bytes = header(
    ['/usr/bin/', '/usr/lib64/'],
    [
      [0, 'bash'],
      [1, 'libc.so.6'],
      [0, 'sh'],
      [7, 'nowhere'],
    ],
  );
  assert.deepEqual(readRpmFiles(bytes), ['/usr/bin/bash', '/usr/lib64/libc.so.6', '/usr/bin/sh']);
});

test('an rpm header that is cut anywhere gives no more than it holds', () => {
  const bytes = header(['/usr/bin/'], [[0, 'bash']]);
  for (let length = 0; length < bytes.length; length++)
    assert.deepEqual(readRpmFiles(bytes.subarray(0, length)), []);
});
