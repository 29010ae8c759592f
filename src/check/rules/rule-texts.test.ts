// The words of rules in code: every name that a rule in code gives its findings has some. That their codes are right is
// held against the findings of all incidents (test/incidents/harness).
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { codeRuleNames, codeRuleWords } from './rule-texts.ts';

/** Names as the sources write them; what is filled in becomes one word. */
function writtenNames(): readonly string[] {
  const folder = join(import.meta.dirname, '..');
  return globSync('{rules,support}/*.ts', { cwd: folder })
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const source = readFileSync(join(folder, file), 'utf8');
      // Up to the end of the property; the name may stand in a conditional, beside what it is asked of.
      return [...source.matchAll(/\brule: ([^,;]*)/g)].flatMap(([, value = '']) =>
        [...value.replace(/.*\?/, '').matchAll(/['`]([a-z][^'`]*)['`]/g)].map(
          ([, name = '']) => name,
        ),
      );
    });
}

const filled: Readonly<Record<string, readonly string[]>> = {
  'device-': ['device-i2c', 'device-spi'],
  'script-checks-': ['sysctl', 'limit', 'cpu', 'module', 'device'].map(
    (kind) => `script-checks-${kind}`,
  ),
};

test('every rule in code has words', () => {
  const names = writtenNames();
  assert.ok(names.length > 40, `only ${names.length} names were found`);
  for (const written of names) {
    const start = written.split('${')[0] ?? '';
    const asked = written === start ? [written] : (filled[start] ?? [`${start}x`]);
    for (const name of asked) assert.notEqual(codeRuleWords(name), undefined, name);
  }
});

test('other names have none, families none without a member', () => {
  for (const name of ['', 'syscall-', 'device-none', 'redis', 'toString'])
    assert.equal(codeRuleWords(name), undefined, name);
  assert.equal(new Set(codeRuleNames).size, codeRuleNames.length);
});
