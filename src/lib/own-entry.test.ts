import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownEntry } from './own-entry.ts';

test('only what the table itself holds', () => {
  const table = { amd64: 'x86_64' };
  assert.equal(ownEntry(table, 'amd64'), 'x86_64');
  for (const name of ['arm64', 'constructor', 'toString', '__proto__', 'hasOwnProperty', ''])
    assert.equal(ownEntry(table, name), undefined, name);
  assert.equal(ownEntry(JSON.parse('{"__proto__":"own"}'), '__proto__'), 'own');
});
