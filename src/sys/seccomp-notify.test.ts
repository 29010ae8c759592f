import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serveCalls } from './seccomp-notify.ts';

test('a connection that brings no filter is taken and forgotten, and the end comes soon', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-notify-'));
  const path = join(folder, 'calls');
  const server = serveCalls(path, () => ({ passOn: true }));
  assert.ok(statSync(path).isSocket());
  await new Promise<void>((resolve) => {
    const client = connect(path, () => client.end('no descriptor'));
    client.on('close', () => resolve());
    client.resume();
  });
  assert.throws(() => serveCalls(path, () => ({ passOn: true })), { code: 'EADDRINUSE' });
  server.stop();
  await server.done;
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined);
  assert.throws(() => serveCalls(join(folder, 'x'.repeat(108)), () => ({ passOn: true })), {
    code: 'ENAMETOOLONG',
  });
  rmSync(folder, { recursive: true });
});
