import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeNeeds } from './make-needs.ts';
import type { Need } from './need.ts';
import { emptyUserSpace } from './user-space.ts';

test('of() gives the needs of one kind, in their order, and nothing for a kind that is not there', () => {
  const base = { certainty: 'declared', evidence: [] } as const;
  const list: Need[] = [
    { ...base, kind: 'setuid', path: '/bin/su' },
    { ...base, kind: 'vsyscall', who: 'glibc 2.12' },
    { ...base, kind: 'setuid', path: '/bin/mount' },
  ];
  const needs = makeNeeds(emptyUserSpace('x'), list);
  assert.deepEqual(
    needs.of('setuid').map((need) => need.path),
    ['/bin/su', '/bin/mount'],
  );
  assert.deepEqual(needs.of('command'), []);
  assert.equal(needs.all, list);
});
