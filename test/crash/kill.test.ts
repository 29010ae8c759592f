// A sample of scripts/kill-test.ts: kills at random moments of pull, load, import, push, copy, rmi and prune.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchFolder } from '../builders/stored-image.ts';
import { startRegistry } from '../support/real-registry.ts';
import { killRun } from './kill-run.ts';

test('after a kill -9 at any moment the store is whole and nothing complete is lost', async (context) => {
  const registry = await startRegistry();
  context.after(() => registry.close());
  const { kills, byCommand } = await killRun({
    kills: 20,
    seed: 4,
    folder: scratchFolder(context),
    pushTo: registry.host,
  });
  assert.ok(kills >= 20, `${kills} kills`);
  assert.ok((byCommand['pull'] ?? 0) > 0, 'pulls were killed');
});
