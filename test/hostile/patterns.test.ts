// The regular expressions of the shipped rules and of the software catalogue are held against texts of images. None may
// take the square of a text's length: "^\s*" does, where it stands for lines and the text is all line breaks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cpuMs } from '../builders/cpu-time.ts';

const src = join(import.meta.dirname, '../../src');
const length = 40_000;

/** Every string of a table that has a quantifier and is a regular expression; of "NAME=REGEX" what is behind the name. */
function patternsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    const text = value.replace(/^[\w/.*-]+=/, '');
    if (!/[*+]/.test(text)) return [];
    try {
      new RegExp(text, 'm');
      return [text];
    } catch {
      return [];
    }
  }
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(patternsIn)
    : [];
}

const patterns = [
  ...new Set(
    ['check/generated/data-rules.json', 'needs/generated/software.json'].flatMap((file) =>
      patternsIn(JSON.parse(readFileSync(join(src, file), 'utf8'))),
    ),
  ),
];

/** Texts that keep a pattern busy: what it may repeat, over and over, and then no match. */
function attacks(pattern: string): readonly string[] {
  const words = (pattern.replace(/\\./g, ' ').match(/[A-Za-z_]{2,}/g) ?? []).slice(0, 3);
  const repeated = [
    '\n',
    ' ',
    'a',
    '0',
    '.',
    '/',
    'a ',
    ...words,
    ...words.map((word) => `${word} `),
  ];
  return ['', ...words].flatMap((first) =>
    repeated.map((part) => `${first}${part.repeat(Math.ceil(length / part.length))}\x01`),
  );
}

test('no shipped pattern is slow on any text', () => {
  assert.ok(patterns.length > 100, `only ${patterns.length} patterns seen`);
  for (const pattern of patterns) {
    const regex = new RegExp(pattern, 'm');
    for (const text of attacks(pattern)) {
      // The garbage of others may be collected meanwhile: what is slow is slow again.
      const once = () => cpuMs(() => regex.test(text));
      const first = once();
      const took = first < 400 ? first : Math.min(first, once());
      assert.ok(took < 400, `${took} ms: ${pattern} on ${JSON.stringify(text.slice(0, 40))}`);
    }
  }
});
