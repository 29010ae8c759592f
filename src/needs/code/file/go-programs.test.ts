// A real Go program without symbols, with and without the section headers that name its tables.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { syscallNumbered } from '../../../kernel/syscalls.ts';
import { reach } from '../program/link.ts';
import { collectCalls } from '../program/link-sites.ts';
import { summariseCode } from './summarise.ts';

const root = join(import.meta.dirname, '../../../..');
const path = join(root, 'node_modules/@esbuild/linux-x64/bin/esbuild');

function callsOf(bytes: Uint8Array) {
  const summary = summariseCode(bytes);
  assert.ok(summary?.isGo);
  const { calls, unsolved } = collectCalls(reach([{ path, summary, role: 'program' }]));
  const names = [...calls.values()].map(({ number }) => syscallNumbered('x86_64', number)?.name);
  return { names: names.sort(), unsolved, functions: Object.values(summary.names) };
}

test('calls and names of a Go program do not depend on its sections', () => {
  const bytes = new Uint8Array(readFileSync(path));
  const whole = callsOf(bytes);
  // What the runtime does in assembly, and what goes through its wrappers.
  for (const name of ['futex', 'clone', 'mmap', 'openat', 'getdents64', 'epoll_ctl'])
    assert.ok(whole.names.includes(name), name);
  assert.ok(whole.names.length < 90, `${whole.names.length} calls`);
  assert.ok(whole.functions.includes('main.main'));
  // The numbers of wrappers come from their callers, all of which are in the file.
  assert.deepEqual(
    whole.unsolved.filter(({ detail }) => detail.includes('given by the caller')),
    [],
  );
  const bare = Uint8Array.from(bytes);
  bare.fill(0, 40, 48);
  bare.fill(0, 58, 64);
  const { names, functions } = callsOf(bare);
  assert.deepEqual(
    whole.names.filter((name) => !names.includes(name)),
    [],
  );
  assert.ok(functions.includes('main.main'));
});
