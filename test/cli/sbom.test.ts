// plimsoll sbom on the built program: held against the published schema of CycloneDX, the required parts of SPDX 2.3,
// and another reader of package URLs.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { PackageURL } from 'packageurl-js';
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts';
import { dockerArchive } from '../builders/oci-layout.ts';
import { makeTar } from '../builders/tar.ts';
import { root, runPlimsoll } from './run-plimsoll.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const env = {
  PLIMSOLL_CACHE_DIR: join(folder, 'cache'),
  PLIMSOLL_ROOT: join(folder, 'root'),
  SOURCE_DATE_EPOCH: '1767225600',
};

const debian = makeTar([
  { name: 'etc/os-release', body: 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n' },
  {
    name: 'var/lib/dpkg/status',
    body: [
      'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc\nVersion: 2.36-9+deb12u4\n',
      'Package: libc6\nStatus: install ok installed\nArchitecture: i386\nSource: glibc\nVersion: 2.36-9+deb12u4\n',
      'Package: libgcc-s1\nStatus: install ok installed\nArchitecture: amd64\nSource: gcc-12 (12.2.0-14)\nVersion: 1:12.2.0-14\n',
    ].join('\n'),
  },
  {
    name: 'usr/share/doc/libc6/copyright',
    body: 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: LGPL-2.1+\n\nFiles: x\nLicense: Expat\n',
  },
  { name: 'usr/share/doc/libgcc-s1', type: '2', linkName: 'gcc-12-base' },
  { name: 'usr/share/doc/gcc-12-base/copyright', body: 'Prose. License: GPL\n' },
  {
    name: 'usr/lib/node_modules/@x/y/package.json',
    body: '{"name":"@x/y","version":"1.0.0","license":"MIT OR Apache-2.0"}',
  },
  {
    name: 'usr/lib/python3/dist-packages/Foo_Bar-2.dist-info/METADATA',
    body: 'Metadata-Version: 2.1\nName: Foo_Bar\nVersion: 2\nLicense: Some words of its own\n',
  },
]);
const image = join(folder, 'image.tar');
writeFileSync(image, dockerArchive([debian], ['example.org:5000/team/app:1.0']));

/** A root file system with one database. */
function rootFs(osRelease: string, database: string, content: string | Uint8Array): string {
  const path = mkdtempSync(join(folder, 'root-'));
  for (const [file, bytes] of [
    ['etc/os-release', osRelease],
    [database, content],
  ] as const) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), bytes);
  }
  return path;
}

const alpine = rootFs(
  'ID=alpine\nVERSION_ID=3.20.1\n',
  'lib/apk/db/installed',
  'P:libcrypto3\nV:3.3.1-r0\nA:x86_64\nL:Apache-2.0\no:openssl\n\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\n\n',
);
const redHat = rootFs(
  'ID="rhel"\nVERSION_ID="9.4"\n',
  'var/lib/rpm/rpmdb.sqlite',
  gunzipSync(readFileSync(join(root, 'test/fixtures/rpm/rpmdb.sqlite.gz'))),
);

async function bill(target: string, format: string): Promise<JsonObject> {
  const { stdout, code, stderr } = await runPlimsoll(['sbom', '--format', format, target], { env });
  assert.equal(code, 0, stderr);
  const value: unknown = JSON.parse(stdout);
  assert.ok(isJsonObject(value));
  return value;
}

function objects(value: unknown): readonly JsonObject[] {
  assert.ok(Array.isArray(value));
  return value.filter(isJsonObject);
}

const schemas = join(root, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');
const schemaOf = (name: string): JsonObject =>
  JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addFormat('iri-reference', true).addFormat('idn-email', true);
ajv.addSchema(schemaOf('spdx'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json');
ajv.addSchema(schemaOf('jsf-0.82'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json');
const validate = ajv.compile(schemaOf('bom-1.6'));

/** What the JSON schema of SPDX 2.3 (spdx-spec, tag v2.3) lets these members be; it allows no others. */
const spdxPurposes = new Set(
  'OTHER INSTALL ARCHIVE FIRMWARE APPLICATION FRAMEWORK LIBRARY CONTAINER SOURCE DEVICE OPERATING_SYSTEM FILE'.split(
    ' ',
  ),
);
const spdxMembers = {
  document: new Set(
    'spdxVersion dataLicense SPDXID name documentNamespace creationInfo documentDescribes packages hasExtractedLicensingInfos relationships'.split(
      ' ',
    ),
  ),
  package: new Set(
    'SPDXID name versionInfo description supplier downloadLocation filesAnalyzed sourceInfo checksums licenseConcluded licenseDeclared copyrightText externalRefs primaryPackagePurpose'.split(
      ' ',
    ),
  ),
};

function onlyHas(value: JsonObject, members: ReadonlySet<string>): void {
  for (const member of Object.keys(value)) assert.ok(members.has(member), member);
}

for (const [name, target] of Object.entries({ image, alpine, redHat })) {
  test(`CycloneDX of ${name} is valid, its URLs are read by others`, async () => {
    const document = await bill(target, 'cyclonedx-json');
    assert.ok(validate(document), JSON.stringify(validate.errors));
    const refs = objects(document['components']).map((one) => one['bom-ref']);
    assert.equal(new Set(refs).size, refs.length);
    for (const { purl, name, version } of objects(document['components'])) {
      if (typeof purl !== 'string') continue;
      const read = PackageURL.fromString(purl);
      assert.equal(read.name, name);
      assert.ok(String(version).endsWith(String(read.version)), purl);
    }
  });

  test(`SPDX of ${name} has what 2.3 asks for`, async () => {
    const document = await bill(target, 'spdx-json');
    assert.equal(document['spdxVersion'], 'SPDX-2.3');
    assert.equal(document['dataLicense'], 'CC0-1.0');
    assert.equal(document['SPDXID'], 'SPDXRef-DOCUMENT');
    assert.match(String(document['documentNamespace']), /^https:\/\/[^#\s]+$/);
    const info = document['creationInfo'];
    assert.ok(isJsonObject(info));
    assert.equal(info['created'], '2026-01-01T00:00:00Z');
    onlyHas(document, spdxMembers.document);
    const packages = objects(document['packages']);
    assert.ok(packages.some((one) => one['primaryPackagePurpose'] === 'OPERATING_SYSTEM'));
    const ids = packages.map(({ SPDXID }) => String(SPDXID));
    assert.equal(new Set(ids).size, ids.length);
    for (const one of packages) {
      assert.match(String(one['SPDXID']), /^SPDXRef-[A-Za-z0-9.-]+$/);
      for (const field of [
        'name',
        'downloadLocation',
        'licenseConcluded',
        'licenseDeclared',
        'copyrightText',
      ])
        assert.equal(typeof one[field], 'string', field);
      assert.equal(one['filesAnalyzed'], false);
      onlyHas(one, spdxMembers.package);
      const purpose = one['primaryPackagePurpose'];
      assert.ok(purpose === undefined || spdxPurposes.has(String(purpose)), String(purpose));
    }
    const known = new Set(['SPDXRef-DOCUMENT', ...ids]);
    for (const { spdxElementId, relationshipType, relatedSpdxElement } of objects(
      document['relationships'],
    )) {
      assert.match(String(relationshipType), /^(?:DESCRIBES|CONTAINS)$/);
      assert.ok(known.has(String(spdxElementId)));
      assert.ok(known.has(String(relatedSpdxElement)));
    }
    const extracted = new Set(
      objects(document['hasExtractedLicensingInfos'] ?? []).map(({ licenseId }) => licenseId),
    );
    for (const { licenseDeclared } of packages)
      if (String(licenseDeclared).startsWith('LicenseRef-'))
        assert.ok(extracted.has(licenseDeclared));
  });
}

/** Package URL and licence of every part. */
async function partsOf(target: string): Promise<readonly string[]> {
  const document = await bill(target, 'cyclonedx-json');
  return objects(document['components'])
    .filter(({ type }) => type === 'library')
    .map(
      ({ purl, licenses }) =>
        `${purl}${licenses === undefined ? '' : ` ${JSON.stringify(licenses)}`}`,
    );
}

test('parts have the URLs that scanners look for', async () => {
  assert.deepEqual(await partsOf(image), [
    'pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=glibc [{"expression":"LGPL-2.1-or-later AND MIT"}]',
    'pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=i386&distro=debian-12&upstream=glibc [{"expression":"LGPL-2.1-or-later AND MIT"}]',
    'pkg:deb/debian/libgcc-s1@1:12.2.0-14?arch=amd64&distro=debian-12&upstream=gcc-12%4012.2.0-14',
    'pkg:npm/%40x/y@1.0.0 [{"expression":"MIT OR Apache-2.0"}]',
    'pkg:pypi/foo-bar@2 [{"license":{"name":"Some words of its own"}}]',
  ]);
  assert.deepEqual(await partsOf(alpine), [
    'pkg:apk/alpine/libcrypto3@3.3.1-r0?arch=x86_64&distro=alpine-3.20.1&upstream=openssl [{"license":{"id":"Apache-2.0"}}]',
    'pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.1 [{"license":{"id":"MIT"}}]',
  ]);
  for (const purl of await partsOf(redHat))
    assert.match(purl, /^pkg:rpm\/redhat\/[^:]+\?.*distro=rhel-9\.4/);
});

test('the subject is the image by name and digest; the same image gives the same bytes', async () => {
  const document = await bill(image, 'cyclonedx-json');
  const { metadata } = document;
  assert.ok(isJsonObject(metadata) && isJsonObject(metadata['component']));
  assert.equal(metadata['component']['name'], 'example.org:5000/team/app');
  assert.equal(metadata['component']['type'], 'container');
  assert.equal(metadata['timestamp'], '2026-01-01T00:00:00Z');
  assert.deepEqual(await bill(image, 'cyclonedx-json'), document);
  const other = await runPlimsoll(
    ['sbom', '-f', 'cyclonedx-json', '--timestamp', '2020-02-02T02:02:02Z', image],
    { env },
  );
  assert.match(other.stdout, /"timestamp": "2020-02-02T02:02:02Z"/);
});

test('the table, a file, and what is wrong', async () => {
  const table = await runPlimsoll(['image', 'sbom', alpine], { env });
  assert.equal(
    table.stdout,
    'NAME        VERSION   TYPE  LICENSE\nlibcrypto3  3.3.1-r0  apk   Apache-2.0\nmusl        1.2.5-r0  apk   MIT\n',
  );
  const file = join(folder, 'bill.json');
  const written = await runPlimsoll(['sbom', '-f', 'spdx-json', '-o', file, alpine], { env });
  assert.equal(written.stdout, '');
  assert.match(readFileSync(file, 'utf8'), /"spdxVersion": "SPDX-2\.3"/);
  for (const [code, ...args] of [
    [2, '--timestamp', 'yesterday', alpine],
    [2, '--format', 'xml', alpine],
    [1, '/bin/sh'],
    [1, './none'],
  ] as const)
    assert.equal((await runPlimsoll(['sbom', ...args], { env })).code, code, args.join(' '));
});
