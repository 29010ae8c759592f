import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PackageURL } from 'packageurl-js';
import { formatPurl, type Purl } from './purl.ts';

const cases: readonly (readonly [Purl, string])[] = [
  [
    {
      type: 'deb',
      namespace: ['debian'],
      name: 'libstdc++6',
      version: '1:12.2.0-14~deb12u1+b1',
      qualifiers: { distro: 'debian-12', arch: 'amd64', upstream: 'gcc-12@12.2.0-14' },
    },
    'pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14~deb12u1%2Bb1?arch=amd64&distro=debian-12&upstream=gcc-12%4012.2.0-14',
  ],
  [
    {
      type: 'rpm',
      namespace: ['redhat'],
      name: 'glibc',
      version: '2.34-60.el9',
      qualifiers: { arch: 'x86_64', epoch: undefined, upstream: 'glibc-2.34-60.el9.src.rpm' },
    },
    'pkg:rpm/redhat/glibc@2.34-60.el9?arch=x86_64&upstream=glibc-2.34-60.el9.src.rpm',
  ],
  [
    { type: 'npm', namespace: ['@angular'], name: 'core', version: '1.0.0' },
    'pkg:npm/%40angular/core@1.0.0',
  ],
  [
    {
      type: 'golang',
      namespace: ['github.com', 'x', ''],
      name: 'y',
      version: 'v2.0.0+incompatible',
    },
    'pkg:golang/github.com/x/y@v2.0.0%2Bincompatible',
  ],
  [{ type: 'maven', namespace: ['org.a'], name: "b'(c)" }, 'pkg:maven/org.a/b%27%28c%29'],
  [
    {
      type: 'oci',
      name: 'redis',
      version: 'sha256:0011',
      qualifiers: { repository_url: 'localhost:5000/a/redis', tag: '8' },
    },
    'pkg:oci/redis@sha256:0011?repository_url=localhost:5000%2Fa%2Fredis&tag=8',
  ],
];

for (const [purl, expected] of cases) {
  test(expected, () => {
    assert.equal(formatPurl(purl), expected);
    const read = PackageURL.fromString(expected);
    assert.equal(read.name, purl.name);
    assert.equal(read.version ?? undefined, purl.version);
    for (const [key, value] of Object.entries(purl.qualifiers ?? {}))
      assert.equal(read.qualifiers?.[key], value);
  });
}

test('what is no text in UTF-16 does not throw', () => {
  assert.equal(formatPurl({ type: 'deb', name: 'a\udcff' }), 'pkg:deb/a%EF%BF%BD');
});
