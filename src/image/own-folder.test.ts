import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCache } from '../needs/cache.ts';
import { whyNotOwn } from './own-folder.ts';

const us = process.geteuid?.() ?? 0;

test('folders of others, and those that others can write to, are refused', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-own-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const fresh = join(folder, 'a/b');
  assert.equal(whyNotOwn(fresh, us), undefined);
  assert.equal(statSync(fresh).mode & 0o777, 0o700);
  assert.match(whyNotOwn(fresh, us + 1) ?? '', /belongs to user/);
  const open = join(folder, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  assert.match(whyNotOwn(open, us) ?? '', /everybody/);
  const link = join(folder, 'link');
  symlinkSync(fresh, link);
  assert.equal(whyNotOwn(link, us), undefined);
  assert.match(whyNotOwn('/tmp', us) ?? '', /everybody|belongs/);
});

test('where no folder can be made, it says so and comes back', () => {
  assert.throws(() => whyNotOwn('/proc/nowhere/a/b', us), { syscall: 'mkdir' });
  assert.throws(() => whyNotOwn('/dev/null/a', us), { syscall: 'mkdir' });
});

test('a cache in such a folder is not used, and says so', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-own-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const cache = openCache(folder, { now: () => 0, user: us + 1 });
  cache.put([['a', Buffer.from('x')]]);
  assert.equal(cache.get('a'), undefined);
  assert.match(cache.problems[0]?.message ?? '', /not used: .* belongs to user/);
  cache.close();
});
