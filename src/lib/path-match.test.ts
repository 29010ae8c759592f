import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathPattern } from './path-match.ts';

test('patterns match as in Go', () => {
  for (const [pattern, text, expected] of [
    ['redis', 'redis', true],
    ['redis', 'redis:8', false],
    ['redis*', 'redis:8', true],
    ['*', 'a/b', false],
    ['*/*', 'a/b', true],
    ['**', 'abc', true],
    ['r?dis', 'redis', true],
    ['a?b', 'a/b', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[^a]', '/', false],
    ['a.b', 'axb', false],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['(a+)+$', '(a+)+$', true],
  ] as const)
    assert.equal(pathPattern(pattern)?.test(text), expected, `${pattern} ${text}`);
  for (const pattern of ['[', '[a', 'a\\', '[z-a]'])
    assert.equal(pathPattern(pattern), undefined, pattern);
});

test('a pattern of many stars takes no time', () => {
  const started = performance.now();
  pathPattern(`${'*'.repeat(40)}b`)?.test('a'.repeat(5000));
  assert.ok(performance.now() - started < 1000);
});
