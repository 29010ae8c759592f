import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { formatImageName } from '../image/image-name.ts';
import { noConfiguration, type RegistryConfiguration } from './configuration.ts';
import { endpointsOf, isLoopback, nameOrThrow, namesMeant } from './endpoints.ts';
import { parseRegistriesConf } from './registries-conf.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function configured(
  text: string,
  more: Partial<RegistryConfiguration> = {},
): RegistryConfiguration {
  const { value, problems } = parseRegistriesConf(text, 'test');
  assert.deepEqual(problems, []);
  const { registries, searched = [], aliases } = value;
  return {
    ...noConfiguration,
    registries,
    searched,
    aliases: new Map(Object.entries(aliases)),
    ...more,
  };
}

/** "host/path", with ! for a place whose certificates need not be good, and ~ for this machine. */
function places(
  text: string,
  configuration: RegistryConfiguration,
  writing = false,
): readonly string[] {
  return endpointsOf(nameOrThrow(text), configuration, { writing }).map(
    ({ host, path, insecure, loopback }) =>
      `${host}/${path}${insecure ? '!' : ''}${loopback ? '~' : ''}`,
  );
}

const manual = configured(`
[[registry]]
prefix = "example.com/foo"
location = "internal.example/bar"
[[registry.mirror]]
location = "mirror-0.local/mirror-for-foo"
[[registry.mirror]]
location = "mirror-1.local/mirrors/foo"
insecure = true
[[registry]]
location = "registry.com"
[[registry.mirror]]
location = "mirror.registry.com"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "tags.registry.com"
pull-from-mirror = "tag-only"
[[registry]]
prefix = "*.wild.example"
insecure = true
[[registry.mirror]]
location = "wild-mirror.example/w"
[[registry]]
prefix = "docker.io/library"
location = "hub.example/library"
[[registry]]
prefix = "bad.example"
blocked = true
[[registry]]
prefix = "bad.example/good"
`);

test('places are mirrors in their order, then the registry', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['redis:8', ['hub.example/library/redis']],
    ['bitnami/redis', ['registry-1.docker.io/bitnami/redis']],
    [
      'example.com/foo/image:latest',
      [
        'mirror-0.local/mirror-for-foo/image',
        'mirror-1.local/mirrors/foo/image!',
        'internal.example/bar/image',
      ],
    ],
    // Only whole components are a prefix.
    ['example.com/foobar/image', ['example.com/foobar/image']],
    ['registry.com/x:1', ['tags.registry.com/x', 'registry.com/x']],
    [`registry.com/x@${digest}`, ['mirror.registry.com/x', 'registry.com/x']],
    ['a.b.wild.example/x', ['wild-mirror.example/w/x', 'a.b.wild.example/x!']],
    ['wild.example/x', ['wild.example/x']],
    ['evil-wild.example/x', ['evil-wild.example/x']],
    ['bad.example/good/x', ['bad.example/good/x']],
    ['localhost:5000/x', ['localhost:5000/x~']],
  ];
  for (const [text, expected] of cases) assert.deepEqual(places(text, manual), expected, text);
  assert.throws(
    () => places('bad.example/x', manual),
    (error) =>
      error instanceof PlimsollError && error.code === 'PL0607' && /blocked/.test(error.message),
  );
});

test('nothing is written to mirrors', () => {
  assert.deepEqual(places('example.com/foo/image', manual, true), ['internal.example/bar/image']);
});

test("docker's own mirrors are for docker.io, and give way to registries.conf", () => {
  const dockerMirrors = [{ location: 'm.example', insecure: false, use: 'all' as const }];
  const plain = { ...noConfiguration, dockerMirrors };
  assert.deepEqual(places('redis', plain), [
    'm.example/library/redis',
    'registry-1.docker.io/library/redis',
  ]);
  assert.deepEqual(places('ghcr.io/a/b', plain), ['ghcr.io/a/b']);
  const both = configured(
    '[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "n.example"\n',
    { dockerMirrors },
  );
  assert.deepEqual(places('redis', both), [
    'n.example/library/redis',
    'registry-1.docker.io/library/redis',
  ]);
});

test('what may do without good certificates is what is listed', () => {
  const insecure = {
    ...noConfiguration,
    insecure: ['10.0.0.0/8', 'x.example:5000', 'fd00::/8', '1.2.3.4/99', 'x/8'],
  };
  const cases: Readonly<Record<string, boolean>> = {
    '10.1.2.3:5000/a': true,
    '11.1.2.3/a': false,
    'x.example:5000/a': true,
    'x.example/a': false,
    '[fd00::1]:5000/a': true,
    '[fe00::1]:5000/a': false,
    '1.2.3.4/a': false,
    'y.example/a': false,
  };
  for (const [text, expected] of Object.entries(cases)) {
    assert.equal(places(text, insecure)[0]?.includes('!'), expected, text);
    const [forced] = endpointsOf(nameOrThrow(text), insecure, { writing: false, tlsVerify: true });
    assert.equal(forced?.insecure, false, text);
    const [off] = endpointsOf(nameOrThrow(text), insecure, { writing: false, tlsVerify: false });
    assert.equal(off?.insecure, true, text);
  }
});

test('this machine is 127.0.0.0/8, ::1 and localhost, and nothing that only looks like it', () => {
  const local = ['localhost', 'localhost:5000', '127.0.0.1', '127.9.9.9:80', '[::1]:5000'];
  const other = [
    '127.0.0.1.example',
    '127.example.com:80',
    'localhost.example',
    '10.0.0.1',
    '[::2]',
  ];
  for (const domain of local) assert.equal(isLoopback(domain), true, domain);
  for (const domain of other) assert.equal(isLoopback(domain), false, domain);
});

test('short names: alias, searched registries, docker.io', () => {
  const configuration = configured(`
unqualified-search-registries = ["one.example", "docker.io"]
[aliases]
"fedora" = "registry.fedoraproject.org/fedora"
"team/app" = "quay.io/team/app"
`);
  const cases: readonly (readonly [string, RegistryConfiguration, readonly string[]])[] = [
    ['redis:8', noConfiguration, ['docker.io/library/redis:8']],
    ['fedora:40', configuration, ['registry.fedoraproject.org/fedora:40']],
    [`team/app@${digest}`, configuration, [`quay.io/team/app@${digest}`]],
    ['redis:8', configuration, ['one.example/redis:8', 'docker.io/library/redis:8']],
    ['x.example/redis', configuration, ['x.example/redis']],
    ['localhost/redis', configuration, ['localhost/redis']],
  ];
  for (const [text, given, expected] of cases)
    assert.deepEqual(namesMeant(text, given).map(formatImageName), expected, text);
  for (const text of ['Redis', 'a b', '', '../etc'])
    assert.throws(
      () => namesMeant(text, configuration),
      (error) => error instanceof PlimsollError && error.code === 'PL0608',
    );
});
