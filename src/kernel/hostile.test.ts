// Names, versions and profiles come from host files, images and command lines: whatever they hold, nothing throws or hangs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cpuMs } from '../../test/builders/cpu-time.ts';
import { compareVersions, satisfies } from '../lib/version.ts';
import { distributionNamed } from './distributions.ts';
import { libcCalls } from './fallbacks.ts';
import { defaultFilter, evaluateFilter, parseOciProfile } from './filters.ts';
import { gvisorCall } from './gvisor.ts';
import { kernelNamed, kernelsNear } from './kernel-subject.ts';
import { libseccompKnows } from './libseccomp.ts';
import { compareReleases, parseRelease } from './release.ts';
import { syscallNamed } from './syscalls.ts';

const part = fc.constantFrom(
  '1',
  '2.6',
  '10',
  '.',
  '-',
  'rc',
  'el7',
  'v',
  ' ',
  '<',
  '>=',
  '||',
  '__proto__',
  ':',
  'x',
);
const text = fc.oneof(
  fc.string(),
  fc.array(part).map((parts) => parts.join('')),
);

test('orders are orders', () => {
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      for (const compare of [compareVersions, compareReleases]) {
        assert.equal(Math.sign(compare(a, b)), -Math.sign(compare(b, a)) + 0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) assert.ok(compare(a, c) <= 0);
      }
    }),
    { numRuns: 500 },
  );
});

test('look-ups take any text', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      parseRelease(a);
      satisfies(a, b);
      distributionNamed(a);
      kernelNamed(a, 'x86_64');
      kernelsNear(a);
      libcCalls('glibc', a);
      defaultFilter('docker', a);
      defaultFilter('podman', a, b);
      assert.equal(typeof libseccompKnows(a, b, 'x86_64'), 'boolean');
      assert.ok(gvisorCall(a, 'x86_64'));
      if (a === '__proto__') assert.equal(syscallNamed(a), undefined);
    }),
    { numRuns: 300 },
  );
});

test('any JSON is a profile', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.jsonValue()), (json, syscalls) => {
      for (const profile of [json, { defaultAction: 'SCMP_ACT_ERRNO', syscalls }]) {
        const action = evaluateFilter(parseOciProfile(profile), {
          abi: 'x86_64',
          syscall: 'read',
          args: [1n, undefined],
          capabilities: new Set(),
        });
        assert.ok(action.why.length > 0);
      }
    }),
    { numRuns: 300 },
  );
});

test('long texts take no time', () => {
  for (const long of [
    '1.'.repeat(50_000),
    '9'.repeat(100_000),
    '>=1 '.repeat(20_000),
    `>=${' '.repeat(50_000)}`,
    '-'.repeat(100_000),
  ]) {
    const took = cpuMs(() => {
      compareVersions(long, long);
      compareReleases(long, '5.4');
      satisfies('1.2', long);
      kernelsNear(long);
    });
    assert.ok(took < 2000, `${took} ms`);
  }
});
