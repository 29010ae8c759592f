import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { keptFiles } from './kept-files.ts';

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

test('files are kept while there is room, the last of a name', async () => {
  const kept = keptFiles({ folder: tmpdir(), fileBytes: 8, totalBytes: 12 });
  try {
    assert.equal(await kept.read('a'), undefined);
    const [first, second] = await Promise.all([
      kept.keep('a', Buffer.from('alpha')),
      kept.keep('b', Buffer.from('beta')),
    ]);
    assert.deepEqual([first, second], [true, true]);
    assert.equal(text(await kept.read('a')), 'alpha');
    assert.equal(text(await kept.read('b')), 'beta');
    assert.equal(await kept.keep('a', Buffer.from('one')), true);
    assert.equal(text(await kept.read('a')), 'one');
    assert.equal(await kept.keep('c', Buffer.from('x'.repeat(9))), false, 'too large');
    assert.equal(await kept.keep('b', Buffer.from('x')), false, 'no room');
    assert.equal(kept.has('b'), false);
    assert.equal(await kept.read('b'), undefined);
  } finally {
    await kept.close();
  }
});

test('a folder that takes no files costs the keeping, and nothing else', async () => {
  const kept = keptFiles({ folder: '/proc/none', fileBytes: 10, totalBytes: 10 });
  assert.equal(await kept.keep('a', Buffer.from('abc')), false);
  assert.equal(await kept.read('a'), undefined);
  await kept.close();
});
