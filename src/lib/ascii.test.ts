import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAsciiLocale, toAscii } from './ascii.ts';

test('signs of reports in ASCII', () => {
  for (const [text, expected] of [
    ['✓ works', '+ works'],
    ['✗ fails', 'x fails'],
    ['a → b', 'a -> b'],
    ['…/long/path', '~/long/path'],
    ['one, two … (12)', 'one, two ... (12)'],
    ['reading …', 'reading ...'],
    ['Zürich 日', 'Zurich ?'],
    ['\x1b[1mplain\x1b[22m', '\x1b[1mplain\x1b[22m'],
  ] as const)
    assert.equal(toAscii(text), expected);
});

test('which locales have ASCII only', () => {
  for (const [environment, expected] of [
    [{}, false],
    [{ LANG: '' }, false],
    [{ LANG: 'C' }, true],
    [{ LANG: 'C.UTF-8' }, false],
    [{ LANG: 'de_DE.utf8' }, false],
    [{ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }, true],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, false],
    [{ LANG: 'de_DE@euro' }, true],
  ] as const)
    assert.equal(isAsciiLocale(environment), expected, JSON.stringify(environment));
});
