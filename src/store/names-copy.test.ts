import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { putImage, scratchFolder, scratchStore } from '../../test/builders/stored-image.ts';
import { readNamesCopy } from './names-copy.ts';
import { storeLayout } from './store-layout.ts';

test('the copy has every target with its names, and is written once for many changes', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const target = await putImage(store, ['a:1', 'b:1'], ['x']);
  const nameless = await putImage(store, [], ['y']);
  assert.deepEqual(
    readNamesCopy(store.layout)
      .map((one) => [one.target.digest, one.names])
      .sort(),
    [
      [target.digest, ['docker.io/library/a:1', 'docker.io/library/b:1']],
      [nameless.digest, []],
    ].sort(),
  );
  const before = readFileSync(store.layout.names, 'utf8');
  assert.throws(() =>
    store.database.write(() => {
      store.images.removeTarget(target.digest);
      throw new Error('rolled back');
    }),
  );
  assert.equal(readFileSync(store.layout.names, 'utf8'), before);
  store.database.write(() => {
    store.images.removeTarget(target.digest);
    assert.equal(readFileSync(store.layout.names, 'utf8'), before, 'not yet');
  });
  assert.equal(readNamesCopy(store.layout).length, 1);
});

test('a copy of any content is read as far as it goes', (context) => {
  const root = scratchFolder(context);
  const layout = storeLayout(root);
  const schema = 'plimsoll.store-names/1';
  const target = { mediaType: 'x', digest: `sha256:${'a'.repeat(64)}`, size: 1 };
  const good = { target, names: ['a'], addedMs: 5 };
  const cases: readonly (readonly [content: string, targets: number])[] = [
    ['', 0],
    ['{', 0],
    ['[]', 0],
    ['null', 0],
    [JSON.stringify({ schema: 'other', targets: [good] }), 0],
    [JSON.stringify({ schema, targets: {} }), 0],
    [JSON.stringify({ schema, targets: [null, 5, {}, { target: {} }, good] }), 1],
    [JSON.stringify({ schema, targets: [{ ...good, names: 'x', addedMs: 'y' }] }), 1],
    [JSON.stringify({ schema, targets: [{ ...good, target: { ...target, digest: '../x' } }] }), 0],
    [JSON.stringify({ schema, targets: [{ ...good, target: { ...target, size: -1 } }] }), 0],
  ];
  for (const [content, targets] of cases) {
    writeFileSync(layout.names, content);
    assert.equal(readNamesCopy(layout).length, targets, content);
  }
  const none = storeLayout(`${root}/none`);
  assert.deepEqual(readNamesCopy(none), []);
  mkdirSync(none.names, { recursive: true });
  assert.deepEqual(readNamesCopy(none), []);
});
