// The page on docker's and podman's options says what the commands have.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { peerOptions, peerOptionsPage } from '../../scripts/peer-options.ts';

test('docs/docker-options.md names every option of docker and podman as it is here', async () => {
  const { page, faults } = await peerOptions();
  assert.deepEqual(faults, []);
  assert.ok((page.match(/`--[a-z-]+`/g) ?? []).length > 600);
  assert.equal(
    readFileSync(peerOptionsPage, 'utf8'),
    page,
    'write it anew: $NODE scripts/peer-options.ts',
  );
});
