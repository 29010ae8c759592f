import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allCapabilities, boundingSet, startingSet } from './capabilities.ts';
import type { Offer } from './offer.ts';

type Host = Partial<Offer>;
const offer = (host: Host): Offer => ({ schema: 'plimsoll.host/1', name: 'test', ...host });
const docker: Host = { engine: { name: 'docker' } };

/** The host, a capability, whether the container has it; undefined where it cannot be told. */
const cases: readonly (readonly [host: Host, capability: string, has: boolean | undefined])[] = [
  [docker, 'NET_RAW', true],
  [docker, 'SYS_ADMIN', false],
  [{ ...docker, container: { capabilitiesAdded: ['SYS_ADMIN'] } }, 'SYS_ADMIN', true],
  [{ ...docker, container: { capabilitiesAdded: ['ALL'] } }, 'BPF', true],
  [{ ...docker, container: { capabilitiesDropped: ['cap_net_raw'] } }, 'NET_RAW', false],
  [
    { ...docker, container: { capabilitiesDropped: ['ALL'], capabilitiesAdded: ['KILL'] } },
    'KILL',
    true,
  ],
  [
    { ...docker, container: { capabilitiesDropped: ['ALL'], capabilitiesAdded: ['KILL'] } },
    'CHOWN',
    false,
  ],
  [{ ...docker, container: { privileged: true } }, 'SYS_MODULE', true],
  [{ engine: { name: 'podman', version: '4.9.4' } }, 'NET_RAW', false],
  [{ engine: { name: 'podman', version: '1.6.4' } }, 'NET_RAW', true],
  [
    { engine: { name: 'podman', version: '4.0.2' }, distribution: { id: 'rhel' } },
    'NET_RAW',
    false,
  ],
  [
    { engine: { name: 'podman', version: '4.3.1' }, distribution: { id: 'debian' } },
    'NET_RAW',
    true,
  ],
  [{ engine: { name: 'podman', version: '4.0.2' } }, 'NET_RAW', undefined],
  [{ engine: { name: 'cri-o', version: '1.28' } }, 'SYS_CHROOT', false],
  [{ engine: { name: 'nspawn' } }, 'SYS_ADMIN', true],
  [{ engine: { name: 'other' } }, 'CHOWN', undefined],
  [{}, 'CHOWN', undefined],
  [{ container: { capabilities: ['CAP_CHOWN'] } }, 'CHOWN', true],
];

test('bounding sets', () => {
  for (const [host, capability, has] of cases) {
    const set = boundingSet(offer(host));
    assert.equal(set?.has(`CAP_${capability}`), has, `${JSON.stringify(host)} ${capability}`);
  }
  assert.equal(new Set(allCapabilities).size, 41);
});

test('another user than root starts with nothing', () => {
  for (const [user, size] of [
    ['0', 14],
    ['root:root', 14],
    ['1000:0', 0],
    ['nobody', 0],
  ] as const) {
    assert.equal(startingSet(offer({ ...docker, container: { user } }))?.size, size, user);
  }
});
