import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { printable } from '../lib/printable.ts';
import { openDirectoryTree } from './directory-tree.ts';

const signal = new AbortController().signal;

test('a directory on disk: links stay inside, hard links share their fact, bytes are read by any name', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-tree-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  writeFileSync(join(root, 'usr/bin/tool'), 'bytes', { mode: 0o755 });
  linkSync(join(root, 'usr/bin/tool'), join(root, 'usr/bin/twin'));
  symlinkSync('usr/bin', join(root, 'bin'));
  symlinkSync('/bin/tool', join(root, 'absolute'));
  symlinkSync('../../../../etc/passwd', join(root, 'escape'));
  symlinkSync('loop', join(root, 'loop'));
  const seen: string[] = [];
  const tree = await openDirectoryTree(root, {
    signal,
    inspect: ({ node }) => {
      seen.push(node.path);
      return node.path.length;
    },
  });
  assert.deepEqual(seen, ['/usr/bin/tool']);
  assert.equal(tree.stat('/absolute')?.path, '/usr/bin/tool');
  assert.equal(tree.stat('/absolute', { follow: false })?.type, 'symlink');
  assert.equal(tree.stat('/escape'), undefined);
  assert.equal(tree.stat('/loop'), undefined);
  assert.equal(tree.payload('/bin/twin'), '/usr/bin/tool'.length);
  assert.deepEqual(tree.list('/bin'), ['tool', 'twin']);
  assert.deepEqual(
    [...tree.walk()].map(({ path }) => path),
    [
      '/',
      '/absolute',
      '/bin',
      '/escape',
      '/loop',
      '/usr',
      '/usr/bin',
      '/usr/bin/tool',
      '/usr/bin/twin',
    ],
  );
  assert.equal(Buffer.from((await tree.read('/absolute', 100)) ?? []).toString(), 'bytes');
  assert.equal(await tree.read('/escape', 100), undefined);
  await assert.rejects(tree.read('/usr/bin/tool', 4), { code: 'PL0107' });
  assert.deepEqual(tree.problems, []);
});

test('limits and Ctrl-C end the reading', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-tree-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (let i = 0; i < 600; i++) writeFileSync(join(root, `f${i}`), '');
  const inspect = () => undefined;
  await assert.rejects(openDirectoryTree(root, { signal, inspect, limits: { entries: 100 } }), {
    code: 'PL0107',
  });
  const stopped = new AbortController();
  stopped.abort();
  await assert.rejects(openDirectoryTree(root, { signal: stopped.signal, inspect }), {
    name: 'AbortError',
  });
});

test('names that are not UTF-8 stay apart, and their files are read', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-tree-'));
  t.after(() => rmSync(root, { recursive: true }));
  const at = (hex: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(hex, 'hex')]);
  // d\xff/ with the files \xe4 and \xe5, and a link to one of them.
  mkdirSync(at('64ff'));
  writeFileSync(at('64ff2fe4'), 'first', { mode: 0o755 });
  writeFileSync(at('64ff2fe5'), 'second');
  symlinkSync(Buffer.from('64ff2fe5', 'hex'), at('6c'));
  const tree = await openDirectoryTree(root, {
    signal,
    inspect: async (entry) => Buffer.from(await entry.read()).toString(),
  });
  const shown = [...tree.walk()].map(({ path }) => [printable(path), tree.payload(path)]);
  assert.deepEqual(shown, [
    ['/', undefined],
    ['/d\\xff', undefined],
    ['/d\\xff/\\xe4', 'first'],
    ['/d\\xff/\\xe5', 'second'],
    ['/l', 'second'],
  ]);
  assert.equal(Buffer.from((await tree.read('/l', 100)) ?? []).toString(), 'second');
});
