import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { chooseDriver, type DriverFacts } from './choose-driver.ts';
import { probeDriver } from './probe-drivers.ts';
import type { DriverName } from './snapshotter.ts';

const folder = tmpdir();

/** A machine where only these work. */
const only =
  (...works: readonly DriverName[]): DriverFacts['probe'] =>
  (driver) =>
    works.includes(driver) ? { works: true } : { works: false, reason: `no ${driver}` };

const cases: readonly [DriverFacts, DriverName, why: RegExp, others: readonly DriverName[]][] = [
  [{ probe: only('overlay', 'vfs') }, 'overlay', /^it works on \w+$/, []],
  [{ probe: only('btrfs', 'vfs') }, 'btrfs', /works on/, ['overlay']],
  [
    { probe: only('fuse-overlayfs', 'vfs') },
    'fuse-overlayfs',
    /works on/,
    ['overlay', 'btrfs', 'zfs'],
  ],
  [{ probe: only('vfs') }, 'vfs', /works on/, ['overlay', 'btrfs', 'zfs', 'fuse-overlayfs']],
  [{ probe: only('overlay', 'vfs'), used: 'vfs' }, 'vfs', /begun with it/, []],
  [{ probe: only('overlay', 'vfs'), used: 'btrfs' }, 'overlay', /works on/, ['btrfs']],
  [{ probe: only('overlay', 'vfs'), used: 'overlay', asked: 'vfs' }, 'vfs', /asked for/, []],
];

test('the driver in use stays, else the best that works is taken, with reasons', () => {
  for (const [facts, driver, why, others] of cases) {
    const choice = chooseDriver(folder, facts);
    assert.equal(choice.driver, driver);
    assert.match(choice.why, why);
    assert.deepEqual(
      choice.others.map((one) => one.driver),
      others,
    );
  }
});

test('one that was asked for and does not work is an error with the reason', () => {
  assert.throws(
    () => chooseDriver(folder, { probe: only('vfs'), asked: 'zfs' }),
    (error: { code?: string; diagnostic?: { notes?: readonly string[] } }) =>
      error.code === 'PL0726' && error.diagnostic?.notes?.[0] === 'no zfs',
  );
});

test('drivers of other file systems and programs that are not there do not work', () => {
  const reason = (driver: DriverName, place: string, path = ''): string => {
    const probe = probeDriver(driver, place, path);
    return probe.works ? 'works' : probe.reason;
  };
  assert.equal(reason('vfs', '/proc'), 'works');
  assert.match(reason('btrfs', '/proc'), /^\/proc is on 0x9fa0$/);
  assert.match(reason('zfs', '/proc'), /is on/);
});
