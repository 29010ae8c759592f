import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseApk } from '../../src/formats/apk.ts';
import { parseFileCapabilities } from '../../src/formats/capability.ts';
import { parseDpkg } from '../../src/formats/dpkg.ts';
import { parseLanguagePackage } from '../../src/formats/language-packages.ts';
import { parseOsRelease } from '../../src/formats/os-release.ts';
import { parsePacman } from '../../src/formats/pacman.ts';
import { parseRpm } from '../../src/formats/rpm.ts';
import type { FuzzTarget } from './target.ts';

const fixtures = join(import.meta.dirname, '../fixtures/rpm');

export const target: FuzzTarget = {
  name: 'packages',
  seeds: () => [
    ...['Packages', 'rpmdb.sqlite'].map((name) =>
      gunzipSync(readFileSync(join(fixtures, `${name}.gz`))),
    ),
    Buffer.from(
      'Package: a\nStatus: install ok installed\nVersion: 1:2-3\nSource: b (4)\n c\n\nPackage: d\nVersion: 5\n',
    ),
    Buffer.from('P:musl\nV:1.2.5-r0\nA:x86_64\no:musl\n\nP:busybox\nV:1.36\n'),
    Buffer.from('%NAME%\na\n\n%VERSION%\n1-1\n'),
    Buffer.from(
      'ID="debian"\nVERSION_ID=12\nPRETTY_NAME="a \\"b\\""\nCentOS release 6.10 (Final)\nVERSION = 11\n',
    ),
    // A jar with one empty stored entry.
    Buffer.from(
      '504b03040a00000000000000000000000000000000000000000005000000782e6a6172' +
        '504b01020a000a00000000000000000000000000000000000000000005000000000000000000000000000000000000782e6a6172' +
        '504b0506000000000100010033000000230000000000',
      'hex',
    ),
    Buffer.from('0100000300200000002000000000000000000000a0860100', 'hex'),
  ],
  run(bytes) {
    parseRpm(bytes, 'x');
    // The text readers take any bytes; the large seeds are not for them.
    if (bytes.length > 8192) return;
    parseDpkg(bytes, 'x');
    parseApk(bytes, 'x');
    parsePacman(bytes, 'x');
    for (const name of [
      'os-release',
      'lsb-release',
      'redhat-release',
      'SuSE-release',
      'debian_version',
    ]) {
      parseOsRelease(bytes, `/etc/${name}`);
    }
    for (const name of ['a.jar', 'a.dist-info/METADATA', 'node_modules/a/package.json']) {
      parseLanguagePackage(bytes, `/x/${name}`);
    }
    parseFileCapabilities(bytes);
  },
};
