import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spdxExpressionOf } from './spdx-license.ts';

for (const [text, expected] of [
  ['MIT', 'MIT'],
  ['apache-2.0', 'Apache-2.0'],
  ['MIT AND (BSD-3-Clause OR GPL-2.0-or-later)', 'MIT AND (BSD-3-Clause OR GPL-2.0-or-later)'],
  ['LGPL-2.1+ and mit', 'LGPL-2.1+ AND MIT'],
  ['GPL-2.0-only WITH Classpath-exception-2.0', 'GPL-2.0-only WITH Classpath-exception-2.0'],
  ['GPLv2+ and MIT', undefined],
  ['BSD', undefined],
  ['MIT AND', undefined],
  ['(MIT', undefined],
  ['MIT MIT', undefined],
  ['MIT WITH nothing', undefined],
  ['', undefined],
  ['constructor', undefined],
  ['('.repeat(100_000), undefined],
] as const) {
  test(`license '${text.slice(0, 60)}'`, () => assert.equal(spdxExpressionOf(text), expected));
}
