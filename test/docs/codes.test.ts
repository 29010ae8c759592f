// Every code has a page, every page a code; pages have the parts that `plimsoll explain` promises.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findingCodes } from '../../src/check/finding-codes.ts';
import { operationCodes } from '../../src/diag/operation-codes.ts';

const folder = join(import.meta.dirname, '../../docs/codes');
const titles: Readonly<Record<string, string>> = { ...operationCodes, ...findingCodes };

test('codes and pages are the same set', () => {
  const pages = readdirSync(folder).map((name) => name.replace(/\.md$/, ''));
  assert.deepEqual(pages.sort(), Object.keys(titles).sort());
});

for (const [code, title] of Object.entries(titles)) {
  test(`${code}: title, wild, fix`, () => {
    const page = readFileSync(join(folder, `${code}.md`), 'utf8');
    assert.equal(page.split('\n')[0], `# ${code}: ${title}`);
    const [means = '', seen = '', help = ''] = page
      .split(/^## (?:Seen in the wild|What to do)$/m)
      .map((part) => part.trim());
    assert.ok(means.split(title).join('').length > 40, 'says what it means');
    assert.ok(seen.length > 30, 'says where it was seen');
    assert.match(help, /^- /, 'says what to do');
    assert.ok(page.length < 3000, 'is short');
  });
}
