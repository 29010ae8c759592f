import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchFolder } from '../../test/builders/stored-image.ts';
import { openStore } from './open-store.ts';

const { signal } = new AbortController();

test('layers that were committed shortly before the machine was last seen are forgotten when it starts anew', async (context) => {
  const root = scratchFolder(context);
  const start = Date.now();
  const open = (bootId: string, afterMs: number) =>
    openStore(root, { signal, now: () => start + afterMs, bootId });
  const first = await open('one', 0);
  const rows = first.snapshotRows;
  const add = (key: string, parent: string | undefined, committedMs: number) => {
    const id = rows.insert({
      driver: 'vfs',
      key: `${key}-active`,
      kind: 'active',
      createdMs: 1,
      ...(parent === undefined ? {} : { parent }),
    });
    rows.update(id ?? 0, { key, kind: 'committed' });
    first.database.run('UPDATE snapshot SET committed_ms = ? WHERE key = ?', committedMs, key);
  };
  add('old', undefined, start - 600_000);
  add('young', 'old', start - 1000);
  add('on young', 'young', start - 600_000);
  add('young, of a container', 'old', start - 1000);
  rows.insert({
    driver: 'vfs',
    key: 'container',
    kind: 'active',
    createdMs: 1,
    parent: 'young, of a container',
  });
  first.close();
  const known = (store: Awaited<ReturnType<typeof open>>) =>
    store.snapshotRows
      .list()
      .filter(({ detail }) => detail !== 'removing')
      .map(({ key }) => key);
  const all = ['old', 'young', 'on young', 'young, of a container', 'container'];
  const again = await open('one', 1000);
  assert.deepEqual(known(again), all, 'the same run of the machine');
  again.close();
  const anew = await open('two', 3_600_000);
  assert.deepEqual(known(anew), ['old', 'young, of a container', 'container']);
  anew.close();
});

test('layers that the machine outlived by long are kept', async (context) => {
  const root = scratchFolder(context);
  const start = Date.now();
  const open = (bootId: string, afterMs: number) =>
    openStore(root, { signal, now: () => start + afterMs, bootId });
  const first = await open('one', 0);
  const id = first.snapshotRows.insert({ driver: 'vfs', key: 'x', kind: 'active', createdMs: 1 });
  first.snapshotRows.update(id ?? 0, { key: 'layer', kind: 'committed' });
  first.close();
  (await open('one', 300_000)).close();
  const anew = await open('two', 3_600_000);
  assert.deepEqual(anew.snapshotRows.get('vfs', 'layer')?.key, 'layer');
  anew.close();
});
