import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '../../host/offer.ts';
import type { NeedOf, Needs } from '../../needs/need.ts';
import { lifeCycleOf, supportState } from './life-cycle.ts';
import { lifeCycleRule } from './life-cycle-rule.ts';
import { policyRule, shippedPolicies } from './policy-rule.ts';

const states: readonly [string, string, string, string, string | undefined][] = [
  ['debian', '12', '2026-01-01', '', 'standard'],
  ['debian', '11', '2026-01-01', '', 'extended'],
  ['debian', '9', '2026-01-01', '', 'ended'],
  ['alpine', '3.19.1', '2026-01-01', '', 'ended'],
  ['ubuntu', '24.04', '2026-01-01', '', 'standard'],
  ['rhel', '8.10', '2026-01-01', '', 'standard'],
  ['rhel', '7.9', '2026-01-01', '', 'extended'],
  ['centos', '8', '2023-01-01', 'CentOS Linux 8', 'ended'],
  ['centos', '8', '2023-01-01', 'CentOS Stream 8', 'standard'],
  ['amzn', '2023', '2026-01-01', '', 'standard'],
  ['arch', '', '2026-01-01', '', undefined],
  ['nosuch', '1', '2026-01-01', '', undefined],
];
for (const [id, version, today, name, state] of states) {
  test(`${name || id} ${version} on ${today}: ${state ?? 'nothing known'}`, () => {
    const cycle = lifeCycleOf(id, version, today, name);
    assert.equal(cycle === undefined ? undefined : supportState(cycle, today), state);
  });
}

function needsOf(id: string, versionId: string, tools: readonly string[] = []): Needs {
  const privileged = tools.map((tool) => ({ kind: 'privileged-tool', tool }));
  return {
    userSpace: { os: { id, versionId, idLike: [], path: '/etc/os-release' } },
    all: [],
    of: (kind: string) =>
      (kind === 'privileged-tool' ? privileged : []) as unknown as NeedOf<never>[],
  } as unknown as Needs;
}

const host = (id: string, version: string): Offer => ({
  schema: 'plimsoll.host/1',
  name: `${id}:${version}`,
  distribution: { id, version },
});

test('life cycles are notes on image and host', () => {
  const found = [...lifeCycleRule('2026-11-22').run(needsOf('debian', '9'), host('rhel', '7.9'))];
  assert.deepEqual(
    found.map(({ code, severity }) => [code, severity]),
    [
      ['PL8001', 'note'],
      ['PL8002', 'note'],
    ],
  );
  assert.match(found[0]?.help ?? '', /Debian 13/);
  assert.deepEqual(
    [...lifeCycleRule('2026-01-01').run(needsOf('debian', '13'), host('rhel', '9.6'))],
    [],
  );
});

const pairs: readonly [string, string, string, string, RegExp | undefined, (readonly string[])?][] =
  [
    ['rhel', '9.4', 'rhel', '7.9', /is not supported/],
    ['rhel', '9.4', 'rhel', '8.10', undefined],
    ['rhel', '6.10', 'rhel', '9.3', /is not supported/],
    ['rhel', '10.0', 'rhel', '8.8', /is not supported/],
    ['rhel', '8.9', 'rhel', '8.8', undefined, ['tcpdump']],
    ['rhel', '7.9', 'rhel', '9.3', /not for tcpdump/, ['tcpdump']],
    ['rhel', '9.4', 'debian', '12', /supported by nobody/],
    ['debian', '12', 'rhel', '9.3', /supported by nobody/],
    ['debian', '12', 'debian', '12', undefined],
  ];
for (const [image, imageVersion, id, version, title, tools] of pairs) {
  test(`${image} ${imageVersion} on ${id} ${version}${tools ? ` with ${tools}` : ''}`, () => {
    const rule = policyRule(shippedPolicies);
    const found = [...rule.run(needsOf(image, imageVersion, tools), host(id, version))];
    if (title === undefined) assert.deepEqual(found, []);
    else assert.match(found[0]?.title ?? '', title);
    assert.ok(found.every(({ severity }) => severity === 'note'));
  });
}
