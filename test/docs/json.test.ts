// Every command that writes JSON says which form it has, and docs/json.md lists that form.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, runPlimsoll } from '../cli/run-plimsoll.ts';

const page = readFileSync(join(root, 'docs/json.md'), 'utf8');
const shell = '/bin/sh';

for (const [line, schema, fields] of [
  [['check', shell, '--host', 'debian:12'], 'plimsoll.check/1', ['target', 'hosts', 'problems']],
  [['matrix', shell, '--host', 'debian:12'], 'plimsoll.matrix/1', ['results']],
  [['host', 'list'], 'plimsoll.hosts/1', ['hosts', 'others', 'qualifiers']],
  [['host', 'show', 'debian:12'], 'plimsoll.host/1', ['name', 'kernel']],
  [['host', 'diff', 'debian:11', 'debian:12'], 'plimsoll.host-diff/1', ['parts', 'calls']],
  [['host', 'probe'], 'plimsoll.host/1', ['name', 'kernel']],
  [['kernel', 'list'], 'plimsoll.kernels/1', ['kernels']],
  [['kernel', 'diff', '5.4', '6.1'], 'plimsoll.kernel-diff/1', ['abi', 'onlyA', 'onlyB']],
  [['syscall', 'clone3'], 'plimsoll.syscall/1', ['facts', 'numbers', 'filters', 'callers']],
  [['syscalls', shell], 'plimsoll.syscalls/1', ['abi', 'programs', 'unresolved', 'syscalls']],
  [['cache', 'info'], 'plimsoll.cache/1', ['path', 'bytes', 'entries', 'limit']],
] as const) {
  test(`${line.join(' ')} writes ${schema}, which is documented`, async () => {
    const { stdout } = await runPlimsoll([...line, '--format', 'json']);
    const value: unknown = JSON.parse(stdout);
    assert.ok(typeof value === 'object' && value !== null);
    assert.equal('schema' in value && value.schema, schema);
    for (const field of fields) assert.ok(field in value, field);
    assert.ok(page.includes(`\`${schema}\``), `docs/json.md names ${schema}`);
    for (const field of fields) assert.match(page, new RegExp(`\\b${field}\\b`), field);
  });
}
