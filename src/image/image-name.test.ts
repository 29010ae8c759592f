import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  familiarName,
  formatImageName,
  type ImageName,
  manifestReference,
  parseImageName,
  withDefaultTag,
} from './image-name.ts';
import { isFault } from './oci-json.ts';

const hex = 'a'.repeat(64);
const digest = `sha256:${hex}` as const;

function named(text: string): ImageName {
  const name = parseImageName(text);
  assert.ok(!isFault(name), `${text}: ${JSON.stringify(name)}`);
  return name;
}

test('names are completed as docker does, and shown as docker shows them', () => {
  // What is written, in full, as it is shown.
  const cases: readonly (readonly [string, string, string])[] = [
    ['redis', 'docker.io/library/redis', 'redis'],
    ['redis:8', 'docker.io/library/redis:8', 'redis:8'],
    ['bitnami/redis', 'docker.io/bitnami/redis', 'bitnami/redis'],
    ['library/redis', 'docker.io/library/redis', 'redis'],
    ['docker.io/redis', 'docker.io/library/redis', 'redis'],
    ['index.docker.io/library/redis:8', 'docker.io/library/redis:8', 'redis:8'],
    ['ghcr.io/a/b/c', 'ghcr.io/a/b/c', 'ghcr.io/a/b/c'],
    ['localhost/x', 'localhost/x', 'localhost/x'],
    ['localhost:5000/x:1', 'localhost:5000/x:1', 'localhost:5000/x:1'],
    // Without a slash there is no domain: a repository and its tag.
    ['localhost:5000', 'docker.io/library/localhost:5000', 'localhost:5000'],
    ['127.0.0.1:5000/x', '127.0.0.1:5000/x', '127.0.0.1:5000/x'],
    ['[::1]:5000/x:y', '[::1]:5000/x:y', '[::1]:5000/x:y'],
    ['[2001:db8::1]/x', '[2001:db8::1]/x', '[2001:db8::1]/x'],
    // Upper case makes it a domain.
    ['Host/x', 'Host/x', 'Host/x'],
    [`redis@${digest}`, `docker.io/library/redis@${digest}`, `redis@${digest}`],
    [`redis:8@${digest}`, `docker.io/library/redis:8@${digest}`, `redis:8@${digest}`],
    ['a__b/c-d.e---f', 'docker.io/a__b/c-d.e---f', 'a__b/c-d.e---f'],
    ['x:A_b.C-1', 'docker.io/library/x:A_b.C-1', 'x:A_b.C-1'],
    ['xn--n3h.com/x', 'xn--n3h.com/x', 'xn--n3h.com/x'],
    ['docker.io/library/a.b', 'docker.io/library/a.b', 'a.b'],
    ['docker.io/a.b/c', 'docker.io/a.b/c', 'docker.io/a.b/c'],
  ];
  for (const [text, full, familiar] of cases) {
    const name = named(text);
    assert.equal(formatImageName(name), full, text);
    assert.equal(familiarName(name), familiar, text);
    // Both forms mean the same image.
    assert.deepEqual(named(full), name, text);
    assert.deepEqual(named(familiar), name, text);
  }
});

test('what is no name is told why', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /empty/],
    ['Redis', /lower case.*did you mean redis\?/s],
    ['ghcr.io/Foo/Bar:Tag', /lower case.*did you mean ghcr\.io\/foo\/bar:Tag\?/s],
    ['redis:', /tag after the colon is empty/],
    ['redis:-x', /'-x' is no tag/],
    [`redis:${'x'.repeat(129)}`, /129 characters/],
    ['redis@sha256:abc', /64 lower-case hexadecimal.*in full/s],
    [`redis@sha256:${'A'.repeat(64)}`, /lower-case/],
    [`redis@md5:${hex}`, /sha256: or sha512:/],
    ['redis@', /after @/],
    [hex, /image ids.*NAME@sha256:/s],
    ['https://ghcr.io/a', /no https:\/\/.*did you mean ghcr\.io\/a\?/s],
    ['ghcr.io/', /no image in it/],
    ['a//b', /no name of a repository/],
    ['a/../b', /no name of a repository/],
    ['a___b', /no name of a repository/],
    ['.a', /no name of a repository/],
    ['-host.io/a', /no name of a registry/],
    ['host.io:123456/a', /no name of a registry/],
    ['[::1%eth0]:5000/x', /no name of a registry/],
    ['host.io\r\nX: y/a', /no name of a registry/],
    ['a\nb', /no name of a repository/],
    ['user:pass@host.io/x', /after @/],
    [`${'a/'.repeat(127)}abc`, /257 characters/],
  ];
  for (const [text, expected] of cases) {
    const fault = parseImageName(text);
    assert.ok(isFault(fault), `${text}: ${JSON.stringify(fault)}`);
    assert.match([fault.fault, 'help' in fault ? fault.help : ''].join('\n'), expected, text);
  }
});

test('the digest selects before the tag, latest is the default', () => {
  assert.equal(manifestReference(named('redis')), 'latest');
  assert.equal(manifestReference(named('redis:8')), '8');
  assert.equal(manifestReference(named(`redis:8@${digest}`)), digest);
  assert.equal(withDefaultTag(named('redis')).tag, 'latest');
  assert.equal(withDefaultTag(named(`redis@${digest}`)).tag, undefined);
});
