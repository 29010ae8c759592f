import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeOffer, pageSizeOf } from './complete-offer.ts';
import type { Draft } from './named/draft.ts';

const sizes: readonly (readonly [string, string, number | undefined])[] = [
  ['aarch64', '6.12.47+rpt-rpi-2712', 16384],
  ['aarch64', '6.12.47+rpt-rpi-v8', 4096],
  ['aarch64', '5.14.0-427.13.1.el9_4.aarch64+64k', 65536],
  ['aarch64', '5.14.0-427.13.1.el9_4.aarch64', 4096],
  ['aarch64', '4.18.0-348.el8.aarch64', 65536],
  ['aarch64', '6.11.0-400.asahi.fc40.aarch64+16k', 16384],
  ['aarch64', '6.8.0-45-generic-64k', 65536],
  ['aarch64', '6.12.1-arm64-16k', 16384],
  ['aarch64', '6.1.0', undefined],
  ['ppc64le', '5.14.0-427.el9.ppc64le', 65536],
  ['x86_64', '6.1.0', 4096],
];
for (const [machine, release, size] of sizes)
  test(`page size of ${release} on ${machine}`, () =>
    assert.equal(pageSizeOf(machine, release), size));

function completed(part: Partial<Draft>): Draft {
  const draft: Draft = { schema: 'plimsoll.host/1', name: 'made', ...part };
  completeOffer(draft);
  return draft;
}

test('the machine stands in many release texts', () => {
  for (const [release, machine] of [
    ['3.10.0-1160.el7.x86_64', 'x86_64'],
    ['6.1.0-18-amd64', 'x86_64'],
    ['6.12.47+rpt-rpi-2712', 'aarch64'],
    ['5.14.0-427.el9.ppc64le', 'ppc64le'],
    ['5.15.0-100-generic', undefined],
  ] as const)
    assert.equal(completed({ kernel: { release } }).machine, machine, release);
});

test('a distribution without a kernel has its own; what is stated stays', () => {
  const rhel = completed({ distribution: { id: 'rhel', version: '7.9' } });
  assert.match(rhel.kernel?.release ?? '', /^3\.10\.0-1160\.el7/);
  assert.match(rhel.sources?.['kernel'] ?? '', /not stated/);
  const own = completed({
    distribution: { id: 'rhel', version: '7.9' },
    kernel: { release: '5.4.1' },
  });
  assert.equal(own.kernel?.release, '5.4.1');
  assert.equal(completed({ distribution: { id: 'nobody', version: '1' } }).kernel, undefined);
  // What a probe could not read is unknown, not usual.
  const probed = completed({
    distribution: { id: 'rhel', version: '7.9' },
    unread: [{ part: 'kernel', reason: 'denied' }],
  });
  assert.equal(probed.kernel, undefined);
});

test('a kernel that Red Hat built has its configuration, and it is said to be likely', () => {
  const release = '5.14.0-427.13.1.el9_4.x86_64';
  const found = completed({ kernel: { release } });
  assert.equal(found.kernel?.config?.['CONFIG_IO_URING'], 'y');
  assert.match(found.sources?.['kernel.config'] ?? '', /^likely: /);
  const unread = [{ part: 'kernel.config', reason: 'denied' }];
  for (const part of [
    { kernel: { release }, unread },
    { kernel: { release: '5.14.0-427.13.1.el9_4' } },
    { kernel: { release: '6.9.7-1.el9.elrepo.x86_64' } },
    { kernel: { release: '5.15.0-208.159.3.el9uek.x86_64' } },
    { kernel: { release: '6.1.0-18-amd64' } },
  ])
    assert.equal(completed(part).kernel?.config, undefined, JSON.stringify(part));
  const own = { CONFIG_IO_URING: 'n' };
  assert.deepEqual(completed({ kernel: { release, config: own } }).kernel?.config, own);
});

test("WSL 1 is known by its kernel's name", () => {
  assert.equal(completed({ kernel: { release: '4.4.0-19041-Microsoft' } }).kernel?.kind, 'wsl1');
  const wsl2 = completed({ kernel: { release: '5.15.153.1-microsoft-standard-WSL2' } });
  assert.equal(wsl2.kernel?.kind, undefined);
});
