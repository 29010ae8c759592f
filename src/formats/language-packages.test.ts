import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { parseLanguagePackage } from './language-packages.ts';

function read(path: string, content: string | Uint8Array = ''): string[] {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return parseLanguagePackage(bytes, path).value.map((p) => `${p.manager} ${p.name} ${p.version}`);
}

/** A zip of deflated entries. */
function zip(files: Readonly<Record<string, string>>, before = ''): Buffer {
  const parts: Buffer[] = [Buffer.from(before)];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const raw = deflateRawSync(text);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(text), 10);
    fields.writeUInt32LE(raw.length, 14);
    fields.writeUInt32LE(Buffer.byteLength(text), 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), raw);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), fields, rest, Buffer.from(name));
    at += 30 + Buffer.byteLength(name) + raw.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(directory.length / 4, 8);
  end.writeUInt16LE(directory.length / 4, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}

const cases: readonly (readonly [string, string | Uint8Array, readonly string[]])[] = [
  [
    '/usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA',
    'Metadata-Version: 2.1\nName: Six_X.y\nVersion: 1.16.0\n\nName: no',
    ['pypi six-x-y 1.16.0'],
  ],
  [
    '/usr/lib/python2.7/PyYAML-3.12.egg-info',
    'Metadata-Version: 1.1\nName: PyYAML\nVersion: 3.12\n',
    ['pypi pyyaml 3.12'],
  ],
  ['/app/node_modules/@a/b/package.json', '{"name":"@a/b","version":"1.2.3"}', ['npm @a/b 1.2.3']],
  ['/app/node_modules/a/package.json', '{"type":"module"}', []],
  ['/app/src/package.json', '{"name":"x","version":"1"}', []],
  [
    '/usr/lib/ruby/gems/3.1.0/specifications/nokogiri-1.15.0-x86_64-linux.gemspec',
    '',
    ['gem nokogiri 1.15.0'],
  ],
  [
    '/usr/lib/ruby/gems/3.1.0/specifications/default/net-http-0.3.0.gemspec',
    '',
    ['gem net-http 0.3.0'],
  ],
  [
    '/opt/conda/conda-meta/numpy-1.26.0-py311_0.json',
    '{"name":"numpy","version":"1.26.0"}',
    ['conda numpy 1.26.0'],
  ],
  ['/app/guava-31.1-jre.jar', zip({ 'x.class': 'x' }), ['jar guava 31.1-jre']],
  [
    '/app/app.jar',
    zip({
      'META-INF/maven/org.x/app/pom.properties':
        '#x\nversion=2.0\ngroupId=org.x\nartifactId=my-app\n',
      'BOOT-INF/lib/netty-common-4.1.77.Final.jar': 'x',
    }),
    ['jar my-app 2.0', 'jar netty-common 4.1.77.Final'],
  ],
  [
    '/app/plain.jar',
    zip({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\r\nImplementation-Version: 7.1\r\n' }),
    ['jar plain 7.1'],
  ],
  [
    '/app/run.jar',
    zip(
      { 'META-INF/MANIFEST.MF': 'Implementation-Version: 3\n' },
      '#!/bin/sh\nexec java -jar "$0"\n',
    ),
    ['jar run 3'],
  ],
  ['/etc/passwd', 'root', []],
];
for (const [path, content, expected] of cases) {
  test(path, () => assert.deepEqual(read(path, content), expected));
}

test('damage is a problem, not an error', () => {
  for (const [path, text] of [
    ['/x/node_modules/a/package.json', '{'],
    ['/x/a.dist-info/METADATA', 'Name: only\n'],
    ['/x/some.jar', 'no zip'],
  ] as const) {
    const { value, problems } = parseLanguagePackage(Buffer.from(text), path);
    assert.deepEqual(value, []);
    assert.equal(problems[0]?.at?.path, path);
  }
});

test('an entry that unpacks to more than the limit is left alone', () => {
  const bomb = zip({
    'META-INF/maven/a/b/pom.properties': `version=1\nartifactId=a\n${' '.repeat(1 << 20)}`,
  });
  assert.deepEqual(read('/x/b-2.0.jar', bomb), ['jar b 2.0']);
});

test("the Python packages of this machine's interpreter, as it sees them", () => {
  const code =
    'import importlib.metadata as m, json\n' +
    'print(json.dumps([[str(d._path), d.read_text("METADATA") or d.read_text("PKG-INFO") or "", d.metadata["Name"], d.version] for d in m.distributions()]))';
  const listed = JSON.parse(
    execFileSync('python3', ['-c', code], { encoding: 'utf8', maxBuffer: 1 << 28 }),
  ) as [string, string, string, string][];
  for (const [folder, text, name, version] of listed) {
    const normal = name.toLowerCase().replace(/[-_.]+/g, '-');
    const file = folder.endsWith('.dist-info') ? 'METADATA' : 'PKG-INFO';
    assert.deepEqual(read(`${folder}/${file}`, text), [`pypi ${normal} ${version}`]);
  }
  assert.ok(listed.length > 0);
});
