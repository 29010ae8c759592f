import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIndexType, parseReferences } from './manifest-references.ts';

const blob = (letter: string): Record<string, unknown> => ({
  mediaType: 'application/octet-stream',
  digest: `sha256:${letter.repeat(64)}`,
  size: 1,
});

const cases: readonly {
  readonly title: string;
  readonly value: unknown;
  readonly expected: unknown;
}[] = [
  {
    title: 'an image',
    value: { schemaVersion: 2, config: blob('a'), layers: [blob('b'), blob('c')] },
    expected: { manifests: [], config: blob('a'), layers: [blob('b'), blob('c')] },
  },
  {
    title: 'an index',
    value: { schemaVersion: 2, manifests: [blob('a'), blob('b')] },
    expected: { manifests: [blob('a'), blob('b')], layers: [] },
  },
  {
    title: 'an artifact of any type',
    value: { schemaVersion: 2, config: { ...blob('a'), mediaType: 'application/x' }, layers: [] },
    expected: { manifests: [], config: { ...blob('a'), mediaType: 'application/x' }, layers: [] },
  },
  {
    title: 'an artifact manifest',
    value: { mediaType: 'application/vnd.oci.artifact.manifest.v1+json', blobs: [blob('a')] },
    expected: { manifests: [], layers: [blob('a')] },
  },
  { title: 'a text', value: 'x', expected: { fault: 'expected a manifest object' } },
  {
    title: 'schema 1',
    value: { schemaVersion: 1, fsLayers: [] },
    expected: { fault: 'a manifest of schema 1 (before Docker 1.10) has no references by digest' },
  },
  {
    title: 'a wrong digest',
    value: { schemaVersion: 2, config: { ...blob('a'), digest: 'sha256:../x' }, layers: [] },
    expected: { fault: 'config[0]: expected a sha256 or sha512 digest, found "sha256:../x"' },
  },
];

for (const { title, value, expected } of cases) {
  test(`references of ${title}`, () => assert.deepEqual(parseReferences(value), expected));
}

test('media types of indexes', () => {
  assert.ok(isIndexType('application/vnd.oci.image.index.v1+json'));
  assert.ok(!isIndexType('application/vnd.oci.image.manifest.v1+json'));
});
