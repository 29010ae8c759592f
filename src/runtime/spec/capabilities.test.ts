import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { allCapabilities, dockerCapabilities } from '../../host/capabilities.ts';
import { capabilitiesOf, capabilitySets } from './capabilities.ts';

const plain = {
  capAdd: [],
  capDrop: [],
  privileged: false,
  available: new Set(allCapabilities),
  uid: 0,
};

test('capabilities are added to and dropped from the default set', () => {
  const check = (
    change: Partial<Parameters<typeof capabilitiesOf>[0]>,
    expected: readonly string[],
  ): void =>
    assert.deepEqual([...capabilitiesOf({ ...plain, ...change })].sort(), [...expected].sort());
  check({}, dockerCapabilities);
  check({ capAdd: ['net_admin'] }, [...dockerCapabilities, 'CAP_NET_ADMIN']);
  check({ capDrop: ['ALL'] }, []);
  check({ capDrop: ['all'], capAdd: ['CAP_CHOWN', 'kill'] }, ['CAP_CHOWN', 'CAP_KILL']);
  check(
    { capAdd: ['ALL'], capDrop: ['SYS_ADMIN'] },
    allCapabilities.filter((name) => name !== 'CAP_SYS_ADMIN'),
  );
  check({ capAdd: ['CHOWN'], capDrop: ['CHOWN'] }, dockerCapabilities);
  check({ privileged: true }, allCapabilities);
  check({ privileged: true, available: new Set(['CAP_CHOWN', 'CAP_MKNOD']) }, [
    'CAP_CHOWN',
    'CAP_MKNOD',
  ]);
});

test('a process that is not root has them in its bounding set only', () => {
  const { bounding, effective, permitted } = capabilitySets({ ...plain, uid: 33 });
  assert.deepEqual([bounding.length, effective, permitted], [dockerCapabilities.length, [], []]);
});

test('a name that is none is refused with the nearest one', () => {
  assert.throws(
    () => capabilitiesOf({ ...plain, capAdd: ['SYS_ADMN'] }),
    (error) =>
      error instanceof PlimsollError &&
      error.code === 'PL0802' &&
      error.diagnostic.help === 'did you mean SYS_ADMIN?',
  );
});
