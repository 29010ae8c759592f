// A program alone, whose C library is not part of the target: what its symbol versions say of that library's kernel.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildElf } from '../../../test/builders/elf.ts';
import { needsOf } from '../../../test/builders/user-space.ts';
import { makeNeeds } from '../../needs/make-needs.ts';
import { kernelReleaseRule } from './kernel-release.ts';

async function said(versions: readonly string[], base: string): Promise<readonly string[]> {
  const program = buildElf({
    interpreter: '/lib64/ld-linux-x86-64.so.2',
    needed: ['libc.so.6'],
    imports: versions.map((version) => ({ name: 'f', library: 'libc.so.6', version })),
    abiNote: '3.2.0',
  });
  const { userSpace, of } = await needsOf({ '/app': program }, { cmd: ['/app'] });
  const needs = makeNeeds(userSpace, of('kernel'));
  const offer = { schema: 'plimsoll.host/1', name: 'h', kernel: { release: base, base } } as const;
  return [...kernelReleaseRule.run(needs, offer)].map(
    ({ rule, severity, worst }) => `${severity} ${worst ?? ''} ${rule}`,
  );
}

const cases: readonly (readonly [string, readonly string[], string, readonly string[]])[] = [
  [
    'a glibc that may look',
    ['GLIBC_2.2.5', 'GLIBC_2.34'],
    '2.6.32',
    ['unknown fatal libc-outside-minimum'],
  ],
  ['one that does not look', ['GLIBC_2.38'], '2.6.32', ['degraded  libc-outside-minimum']],
  ['an old one', ['GLIBC_2.2.5'], '2.6.32', []],
  ['a newer kernel', ['GLIBC_2.34'], '3.10.0', []],
];
for (const [name, versions, base, expected] of cases)
  test(`a C library outside of the target: ${name}`, async () => {
    assert.deepEqual(await said(versions, base), expected);
  });
