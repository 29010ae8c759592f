// There is no ZFS to test with: what is asked of its program is held against the sequence that its manual describes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { zfsDriver } from './zfs-driver.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));

test('layers are clones of snapshots, removed with them', async () => {
  const asked: string[] = [];
  const there = new Set<string>();
  const driver = zfsDriver(folder, (args) => {
    const [command, ...rest] = args;
    const subject = rest.at(-1) ?? '';
    if (command === 'list') {
      if (subject === folder) return 'tank/data\n';
      if (!there.has(subject)) throw new Error(`cannot open '${subject}'`);
      return `${subject}\n`;
    }
    if (command === 'get') return '4096\n';
    if (command === 'destroy') there.delete(subject);
    else there.add(subject);
    asked.push(args.join(' ').replaceAll(folder, 'FOLDER'));
    return '';
  });
  const one = { id: 1, kind: 'active', parents: [] } as const;
  const two = { id: 2, kind: 'active', parents: [1] } as const;
  await driver.make(one);
  await driver.seal(one);
  await driver.make(two);
  await driver.make({ id: 3, kind: 'view', parents: [1] });
  assert.deepEqual(driver.mounts({ id: 3, kind: 'view', parents: [1] }), [
    { type: 'bind', source: join(folder, '1'), options: ['ro', 'rbind'] },
  ]);
  assert.deepEqual(await driver.usage(two), { bytes: 4096, inodes: 0 });
  await driver.remove(2);
  await driver.remove(3);
  await driver.remove(1);
  assert.deepEqual(asked, [
    'create -o mountpoint=FOLDER/1 tank/data/plimsoll-1',
    'snapshot tank/data/plimsoll-1@layer',
    'set readonly=on tank/data/plimsoll-1',
    'clone -o mountpoint=FOLDER/2 tank/data/plimsoll-1@layer tank/data/plimsoll-2',
    'destroy -r tank/data/plimsoll-2',
    'destroy -r tank/data/plimsoll-1',
  ]);
});
