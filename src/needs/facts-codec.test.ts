import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseElf } from '../formats/elf.ts';
import type { IndexedEntry } from '../image/merge.ts';
import { decodeEntries, decodeFacts, encodeEntries, encodeFacts } from './facts-codec.ts';
import type { FileFacts } from './scan/file-facts.ts';

test('facts come back as they went, imports and all', () => {
  const elf = parseElf(readFileSync(process.execPath)).value;
  assert.ok(elf !== undefined && elf.imports.length > 100);
  const facts = new Map<string, FileFacts>([
    ['/bin/node', { elf }],
    ['/etc/a.conf', { text: 'a = ü\n' }],
    [
      '/x',
      {
        elf: { ...elf, imports: [] },
        problems: [{ code: 'PL0201', severity: 'warning', message: 'm' }],
      },
    ],
  ]);
  const back = decodeFacts(encodeFacts(facts));
  assert.deepEqual(
    JSON.parse(JSON.stringify([...(back ?? [])])),
    JSON.parse(JSON.stringify([...facts])),
  );
});

test('what is no kept value is absent', () => {
  assert.equal(decodeFacts(undefined), undefined);
  assert.equal(decodeFacts(new Uint8Array([1, 2])), undefined);
  assert.equal(decodeEntries(new TextEncoder().encode('{'), 0), undefined);
});

test('entries of a layer come back with all that nodes have', () => {
  const common = { mode: 0o644, uid: 0, gid: 7, size: 0, mtime: 1_700_000_000, layer: 3 };
  const entries: IndexedEntry<never>[] = [
    { node: { ...common, path: '/', type: 'directory', mode: 0o1777 } },
    {
      node: {
        ...common,
        path: '/bin/ping',
        type: 'file',
        size: 9,
        xattrs: { 'security.capability': new Uint8Array([1, 0, 255]) },
      },
    },
    { node: { ...common, path: '/bin/sh', type: 'symlink', linkTarget: 'dash' } },
    { node: { ...common, path: '/dev/null', type: 'character', device: { major: 1, minor: 3 } } },
    { node: { ...common, path: '/hard', type: 'file', mode: 0o4755 }, hardLinkTo: '/bin/ping' },
    { node: { ...common, path: '/gone', type: 'file' }, whiteout: 'whiteout' },
    { node: { ...common, path: '/opaque', type: 'directory' }, whiteout: 'opaque' },
  ];
  assert.deepEqual(decodeEntries(encodeEntries(entries), 3), entries);
  assert.deepEqual(decodeEntries(encodeEntries([]), 0), []);
});
