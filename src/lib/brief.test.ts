import assert from 'node:assert/strict';
import { test } from 'node:test';
import { briefTitle, firstWay } from './brief.ts';

test('titles in few words', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['the filter refuses x (a, b) to y', 'the filter refuses x to y'],
    ['a (b (c) d) e', 'a e'],
    ['a (b', 'a (b'],
    ['logins fail: the login UID cannot be set', 'logins fail: the login UID cannot be set'],
    ['mariadb 11 goes back to libaio: the call answers EPERM', 'mariadb 11 goes back to libaio'],
    ['host debian:12 lacks x', 'host debian:12 lacks x'],
    ['(all)', '(all)'],
    ['', ''],
  ];
  for (const [text, expected] of cases) assert.equal(briefTitle(text), expected);
});

test('the first way out', () => {
  assert.equal(firstWay('upgrade Docker; else a profile'), 'upgrade Docker');
  assert.equal(firstWay('--cap-add X (if trusted); or switch it off'), '--cap-add X');
  assert.equal(firstWay('stop it; then start it'), 'stop it; then start it');
});
