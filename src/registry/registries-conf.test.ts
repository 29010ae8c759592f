import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDaemonJson, parseRegistriesConf } from './registries-conf.ts';

test('tables, mirrors, aliases and modes are read', () => {
  const { value, problems } = parseRegistriesConf(
    `unqualified-search-registries = ["one.example", "two.example"]
short-name-mode = "enforcing"
[[registry]]
prefix = "example.com/foo"
location = "inside.example/bar"
[[registry.mirror]]
location = "mirror.example/foo"
insecure = true
[[registry.mirror]]
location = "late.example"
pull-from-mirror = "tag-only"
[[registry]]
location = "plain.example:5000"
insecure = true
[[registry]]
prefix = "*.wild.example"
blocked = true
[[registry]]
location = "digests.example"
mirror-by-digest-only = true
[[registry.mirror]]
location = "m.example"
[aliases]
"fedora" = "registry.fedoraproject.org/fedora"
"gone" = ""
`,
    'registries.conf',
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(value, {
    searched: ['one.example', 'two.example'],
    shortNameMode: 'enforcing',
    aliases: { fedora: 'registry.fedoraproject.org/fedora', gone: '' },
    registries: [
      {
        ...{ prefix: 'example.com/foo', location: 'inside.example/bar' },
        ...{ insecure: false, blocked: false },
        mirrors: [
          { location: 'mirror.example/foo', insecure: true, use: 'all' },
          { location: 'late.example', insecure: false, use: 'tag-only' },
        ],
      },
      {
        ...{ prefix: 'plain.example:5000', location: 'plain.example:5000' },
        ...{ insecure: true, blocked: false, mirrors: [] },
      },
      {
        ...{ prefix: '*.wild.example', location: '' },
        ...{ insecure: false, blocked: true, mirrors: [] },
      },
      {
        ...{ prefix: 'digests.example', location: 'digests.example' },
        ...{ insecure: false, blocked: false },
        mirrors: [{ location: 'm.example', insecure: false, use: 'digest-only' }],
      },
    ],
  });
});

test('the lists of version 1 are understood', () => {
  const { value } = parseRegistriesConf(
    `[registries.search]
registries = ["a.example"]
[registries.insecure]
registries = ["b.example"]
[registries.block]
registries = ["c.example"]`,
    'x',
  );
  assert.deepEqual(value.searched, ['a.example']);
  assert.deepEqual(
    value.registries.map(({ prefix, insecure, blocked }) => [prefix, insecure, blocked]),
    [
      ['b.example', true, false],
      ['c.example', false, true],
    ],
  );
});

test('mistakes are told with their place, and what stands beside them counts', () => {
  const cases: readonly (readonly [string, RegExp, number?])[] = [
    ['a = 1\nb = = 2\n', /expected TOML/, 2],
    ['[[registry]]\ninsecure = true\n', /needs a prefix or a location/],
    ['[[registry]]\nprefix = "a.*.example"\n', /wildcard stands before a host alone/],
    ['[[registry]]\nprefix = "*.example/foo"\n', /wildcard stands before a host alone/],
    ['[[registry]]\nlocation = "https://x.example"\n', /without https:/],
    [
      '[[registry]]\nlocation = "x.example"\n[[registry.mirror]]\ninsecure = true\n',
      /a mirror of x.example needs/,
    ],
    [`x = ${'['.repeat(100_000)}`, /expected TOML/],
  ];
  for (const [text, message, line] of cases) {
    const { problems } = parseRegistriesConf(text, 'registries.conf');
    assert.equal(problems.length, 1, text.slice(0, 80));
    assert.match(problems[0]?.message ?? '', message);
    assert.equal(problems[0]?.at?.path, 'registries.conf');
    if (line !== undefined) assert.equal(problems[0]?.at?.line, line);
  }
  const mixed = parseRegistriesConf('[[registry]]\n[[registry]]\nlocation = "x.example"\n', 'x');
  assert.equal(mixed.value.registries.length, 1);
});

test("docker's daemon.json: mirrors and registries without TLS", () => {
  const text = JSON.stringify({
    'registry-mirrors': ['https://mirror.example/', 'http://plain.example:5000', 'mirror.example'],
    'insecure-registries': ['10.0.0.0/8', 'x.example:5000', 7],
  });
  const { value, problems } = parseDaemonJson(Buffer.from(text), 'daemon.json');
  assert.deepEqual(value, {
    mirrors: [
      { location: 'mirror.example', insecure: false, use: 'all' },
      { location: 'plain.example:5000', insecure: true, use: 'all' },
    ],
    insecure: ['10.0.0.0/8', 'x.example:5000'],
  });
  assert.equal(problems.length, 1);
  assert.equal(parseDaemonJson(Buffer.from('{'), 'daemon.json').problems.length, 1);
});
