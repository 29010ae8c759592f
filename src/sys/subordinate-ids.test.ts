import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mappedIds, mappingsOf, parseSubordinateIds } from './subordinate-ids.ts';

const user = { uid: 1000, gid: 1000, name: 'ada' };

test('ranges of a user, by name and by number', () => {
  const text =
    'root:1:5\nada:100000:65536\n# x\n1000:300000:10\nada:x:1\nada:5\nadam:7:7\nada:4294967295:9\n';
  assert.deepEqual(parseSubordinateIds(text, user), [
    { start: 100_000, count: 65_536 },
    { start: 300_000, count: 10 },
  ]);
  assert.deepEqual(parseSubordinateIds(text, { uid: 5, gid: 5 }), []);
  assert.deepEqual(parseSubordinateIds('', user), []);
});

test('the user is root inside, the ranges follow', () => {
  assert.deepEqual(mappingsOf(1000, parseSubordinateIds('ada:100:5\nada:900:3', user)), [
    { inside: 0, outside: 1000, count: 1 },
    { inside: 1, outside: 100, count: 5 },
    { inside: 6, outside: 900, count: 3 },
  ]);
});

test('how many ids a map has', () => {
  assert.equal(mappedIds('         0          0 4294967295\n'), 4_294_967_295);
  assert.equal(
    mappedIds('         0       1000          1\n         1     100000      65536\n'),
    65_537,
  );
});
