// Findings from code: a reached call, the host's answer, and what the program does with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '../../host/offer.ts';
import { withCode } from '../../needs/code/code-needs.ts';
import type { ReportedCall, SyscallsReport } from '../../needs/code/syscall-report.ts';
import { makeNeeds } from '../../needs/make-needs.ts';
import type { Need, OnMissing } from '../../needs/need.ts';
import { emptyUserSpace } from '../../needs/user-space.ts';
import { check } from '../check.ts';

const program = '/usr/bin/server';

type Reactions = ReportedCall['onMissing'];

const falls: Reactions = { ENOSYS: 'falls-back', EPERM: 'fails', EINVAL: 'unknown' };
const fails: Reactions = { ENOSYS: 'fails', EPERM: 'fails', EINVAL: 'unknown' };
const unknown: Reactions = { ENOSYS: 'unknown', EPERM: 'unknown', EINVAL: 'unknown' };

function reportOf(onMissing: Reactions, onRequest: boolean): SyscallsReport {
  const chain = [
    { path: program, function: 'main' },
    { path: program, function: 'copy' },
    { path: '/lib/libc.so.6', function: 'statx' },
  ];
  const evidence = {
    program,
    path: '/lib/libc.so.6',
    function: 'statx',
    address: '0x10',
    chain,
    root: 'the entry point',
    ...(onRequest ? { onRequest } : {}),
  };
  return {
    schema: 'plimsoll.syscalls/1',
    target: 'made',
    abi: 'x86_64',
    programs: [{ path: program, files: [program], syscalls: ['statx'] }],
    paths: [],
    unresolved: [],
    syscalls: [
      {
        name: 'statx',
        number: 332,
        abi: 'x86_64',
        certainty: 'reachable',
        onMissing,
        onMissingFrom: 'code',
        reactions: [],
        arguments: {},
        evidence: [evidence],
      },
    ],
  };
}

const old: Partial<Offer> = { kernel: { kind: 'linux', release: '4.4.0' } };
const present: Partial<Offer> = { kernel: { kind: 'linux', release: '6.1.0' } };
const declared: Need = {
  kind: 'architecture',
  machine: 'x86_64',
  bits: 64,
  x32: false,
  certainty: 'declared',
  evidence: [],
  onStartPath: true,
};
const fromTables = (onMissing: OnMissing): Need => ({
  kind: 'syscall',
  name: 'statx',
  by: 'glibc 2.36 statx',
  onMissing,
  effect: 'gets the errno',
  certainty: 'present',
  evidence: [{ path: program, detail: 'imports statx' }],
  onStartPath: true,
});

/** "severity code" of what the call leads to. */
function checked(
  title: string,
  onMissing: Reactions,
  parts: Partial<Offer>,
  expected: readonly string[],
  others: readonly Need[] = [],
  onRequest = false,
): void {
  test(title, () => {
    const userSpace = {
      ...emptyUserSpace('made'),
      start: [{ argv: ['server'], path: program, kind: 'elf' as const }],
    };
    const needs = withCode(
      makeNeeds(userSpace, [declared, ...others]),
      reportOf(onMissing, onRequest),
    );
    const offer: Offer = { schema: 'plimsoll.host/1', name: 'made', machine: 'x86_64', ...parts };
    const findings = check(needs, [offer], { today: '2026-11-22' }).hosts[0]?.findings ?? [];
    const found = findings.filter(({ rule }) => rule.startsWith('syscall'));
    assert.deepEqual(
      found.map(({ severity, code }) => `${severity} ${code}`),
      expected,
    );
    // What does not keep the program from starting leaves the verdict as it is.
    for (const { severity, reach } of found)
      if (severity === 'degraded') assert.equal(reach, 'file');
    if (onRequest) return;
    for (const { title: text, evidence } of found.filter(({ severity }) => severity === 'fatal')) {
      assert.match(text, /server/);
      assert.ok(evidence.some(({ detail }) => /main → copy → statx/.test(detail)));
    }
  });
}

checked('a missing call that the program cannot do without', fails, old, ['fatal PL1004']);
checked('a missing call that it falls back from', falls, old, []);
checked('a missing call with an unknown reaction', unknown, old, ['unknown PL1004']);
checked('a call that is there', fails, present, []);
checked(
  'tables that know nothing are silent where the code does',
  falls,
  old,
  [],
  [fromTables({})],
);
checked(
  'one finding where tables and code agree',
  fails,
  old,
  ['fatal PL1004'],
  [fromTables({ ENOSYS: 'fails' })],
);
checked(
  'what the code leaves open adds nothing to the tables',
  unknown,
  old,
  [],
  [fromTables({ ENOSYS: 'falls-back' })],
);
checked(
  'a filter that says EPERM where ENOSYS is waited for',
  falls,
  { ...present, engine: { name: 'docker', version: '1.13.1' } },
  ['fatal PL3001'],
);
checked(
  'a missing call behind a table of functions does not keep the program from starting',
  fails,
  old,
  ['degraded PL1004'],
  [],
  true,
);
checked(
  'tables that say worse speak for the code',
  fails,
  old,
  ['fatal PL1004'],
  [fromTables({ ENOSYS: 'fails' })],
  true,
);

test('code that was left out is told', () => {
  const report = reportOf(falls, false);
  const unresolved = ['/lib/a.so', '/lib/b.so'].map((detail) => ({
    kind: 'file-left-out' as const,
    program,
    detail,
  }));
  const needs = withCode(makeNeeds(emptyUserSpace('made'), []), { ...report, unresolved });
  assert.deepEqual(
    needs.userSpace.problems.map(({ code, message }) => [code, message]),
    [
      [
        'PL0107',
        'the code of /lib/a.so and 1 more was not read, there is much of it: --deep reads all',
      ],
    ],
  );
});
