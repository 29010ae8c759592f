import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseHostFile } from './host-file.ts';
import { qualifiers } from './qualifiers.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/hosts.md'), 'utf8');

test('the page on hosts has a row for every qualifier, as help shows it', () => {
  for (const { form, says } of qualifiers) {
    const row = `| \`${form.replaceAll('|', '\\|')}\` | ${says} |`;
    assert.ok(page.includes(row), row);
  }
});

test('the host file on the page is valid', () => {
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  assert.equal(parseHostFile(example, 'docs/hosts.md').engine?.libseccomp, '2.4.3');
});
