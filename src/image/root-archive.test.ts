import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTar } from '../../test/builders/tar.ts';
import { defaultLimits } from '../lib/limits.ts';
import { budgetOf } from './budget.ts';
import { startsAsRoot } from './root-archive.ts';

const { signal } = new AbortController();
const mib = 1024 * 1024;

/** Asks of a file that begins with `head` and goes on with zeros; gives the answer and how much was read. */
async function ask(head: Uint8Array): Promise<readonly [boolean | undefined, number]> {
  let read = 0;
  const source = {
    size: 10_000 * mib,
    async *chunks() {
      yield Buffer.from(head);
      for (; read < 10_000 * mib; read += mib) yield Buffer.alloc(mib);
    },
  };
  const answer = await startsAsRoot(source, budgetOf(defaultLimits), { target: 'made' }, signal);
  return [answer, read];
}

test('the beginning of a file tells whether it is a root file system, whatever stands behind', async () => {
  const cases: readonly (readonly [string, Uint8Array, boolean | undefined])[] = [
    ['a root', makeTar([{ name: './' }, { name: './etc/passwd', body: 'x' }]), true],
    ['an image', makeTar([{ name: 'index.json', body: '{}' }]), undefined],
    ['an empty archive', makeTar([]), undefined],
    ['zeros', Buffer.alloc(512), undefined],
    ['text', Buffer.from('#!/bin/sh\n'.repeat(100)), undefined],
  ];
  for (const [title, head, expected] of cases) {
    const [answer, read] = await ask(head);
    assert.equal(answer, expected, title);
    assert.ok(read <= 8 * mib, `${title}: ${read} bytes`);
  }
});
