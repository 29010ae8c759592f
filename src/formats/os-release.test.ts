import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuMs } from '../../test/builders/cpu-time.ts';
import { parseOsRelease } from './os-release.ts';

const cases: readonly (readonly [string, string, string | undefined, string | undefined])[] = [
  [
    '/etc/os-release',
    'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    'debian',
    '12',
  ],
  ['/usr/lib/os-release', "ID='alpine'\nVERSION_ID=3.20.1\n# x\n", 'alpine', '3.20.1'],
  ['/etc/os-release', 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n', 'arch', undefined],
  ['/etc/os-release', 'NAME=X\n', 'linux', undefined],
  ['/etc/os-release', '', undefined, undefined],
  ['/etc/redhat-release', 'CentOS release 6.10 (Final)\n', 'centos', '6.10'],
  ['/etc/redhat-release', 'CentOS Linux release 7.9.2009 (Core)\n', 'centos', '7.9.2009'],
  [
    '/etc/redhat-release',
    'Red Hat Enterprise Linux Server release 5.11 (Tikanga)\n',
    'rhel',
    '5.11',
  ],
  [
    '/etc/redhat-release',
    'Red Hat Enterprise Linux AS release 4 (Nahant Update 9)\n',
    'rhel',
    '4.9',
  ],
  ['/etc/system-release', 'Amazon Linux AMI release 2018.03\n', 'amzn', '2018.03'],
  ['/etc/debian_version', '7.11\n', 'debian', '7'],
  ['/etc/debian_version', 'trixie/sid\n', 'debian', undefined],
  ['/etc/alpine-release', '3.4.6\n', 'alpine', '3.4.6'],
  [
    '/etc/SuSE-release',
    'SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n',
    'sles',
    '11.4',
  ],
  [
    '/etc/SuSE-release',
    'openSUSE 13.2 (x86_64)\nVERSION = 13.2\nCODENAME = Harlequin\n',
    'opensuse',
    '13.2',
  ],
  [
    '/etc/lsb-release',
    'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_CODENAME=lucid\nDISTRIB_DESCRIPTION="Ubuntu 10.04.4 LTS"\n',
    'ubuntu',
    '10.04',
  ],
];
for (const [path, text, id, version] of cases) {
  test(`${path}: ${text.split('\n', 1)[0]}`, () => {
    const { value } = parseOsRelease(Buffer.from(text), path);
    assert.equal(value?.id, id);
    assert.equal(value?.versionId, version);
  });
}

test('os-release: quotes and escapes as in a shell, names from outside are only data', () => {
  const text = 'ID="rhel"\nID_LIKE="fedora centos"\nPRETTY_NAME="a \\"b\\" \\$c"\n__proto__=x\n';
  const { value } = parseOsRelease(Buffer.from(text), '/etc/os-release');
  assert.equal(value?.prettyName, 'a "b" $c');
  assert.deepEqual(value?.idLike, ['fedora', 'centos']);
  assert.ok(Object.hasOwn(value?.fields ?? {}, '__proto__'));
});

test('a value of blanks alone takes no longer than others', () => {
  const took = cpuMs(() =>
    parseOsRelease(Buffer.from(`ID=a${' '.repeat(65_000)}b`), '/etc/os-release'),
  );
  assert.ok(took < 500, `${took} ms`);
});
