import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDestination } from './destination.ts';

const redis = { domain: 'docker.io', path: 'library/redis' };
const fault = (text: string): { readonly fault: string } => ({ fault: text });

const cases: readonly (readonly [text: string, expected: object])[] = [
  ['redis', { kind: 'store', name: { ...redis, tag: 'latest' } }],
  ['docker://redis:8', { kind: 'registry', name: { ...redis, tag: '8' } }],
  ['oci:a/b', { kind: 'oci-dir', path: 'a/b' }],
  ['oci:a/b:tag', { kind: 'oci-dir', path: 'a/b', tag: 'tag' }],
  ['oci-archive:x.tar:localhost/a:1', { kind: 'oci-archive', path: 'x.tar', tag: 'localhost/a:1' }],
  ['oci-archive:-', { kind: 'oci-archive', path: '-' }],
  ['docker-archive:x.tar', { kind: 'docker-archive', path: 'x.tar' }],
  [
    'docker-archive:x.tar:redis',
    { kind: 'docker-archive', path: 'x.tar', name: { ...redis, tag: 'latest' } },
  ],
  [
    'docker-legacy:x.tar:redis:8',
    { kind: 'docker-legacy', path: 'x.tar', name: { ...redis, tag: '8' } },
  ],
  ['dir:a:b', { kind: 'docker-dir', path: 'a:b' }],
  ['docker:redis', fault('expected // after docker:')],
  ['oci:', fault('expected a path after oci:')],
  ['oci:a:', fault('the name after the last colon is empty')],
  ['./image.tar', fault('./image.tar says no form')],
  ['docker-daemon:redis:8', fault('docker-daemon: is nothing that images are copied to')],
  [
    'docker-archive:x.tar:Redis',
    fault("the repository of an image is written in lower case, found 'library/Redis'"),
  ],
];

for (const [text, expected] of cases) {
  test(`destination ${text}`, () => {
    const found = parseDestination(text);
    assert.partialDeepStrictEqual(found, expected);
    if ('kind' in expected) assert.deepEqual(found, expected);
  });
}
