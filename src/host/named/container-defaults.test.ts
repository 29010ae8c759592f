import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findHost } from '../find-host.ts';
import type { Offer } from '../offer.ts';

const find = (name: string): Promise<Offer> =>
  findHost(name, {
    readFile: (path) => Promise.reject(new Error(path)),
    probe: () => Promise.reject(new Error('no probe')),
  });

const million = 1048576;

const cases: readonly (readonly [
  host: string,
  nofile: readonly [soft: number, hard: number] | undefined,
  memlock: number | undefined,
  storage: string | undefined,
])[] = [
  ['rhel:7.9', [million, million], 65536, 'overlay2'],
  ['rhel:7.3', [million, million], 65536, 'devicemapper'],
  ['rhel:9.4', [million, million], 8 * million, 'overlay'],
  // containerd's unit says infinity, which is fs.nr_open: high where systemd raises it.
  ['rhel:9.4+docker:24.0', [1073741816, 1073741816], 8 * million, 'overlay2'],
  ['debian:12', [million, million], 8 * million, 'overlay2'],
  // containerd 2 leaves it to systemd.
  ['rhel:9.4+docker:29.1', [1024, 524288], 8 * million, 'overlayfs'],
  ['debian:12+containerd:2.1', [1024, 524288], 8 * million, 'overlayfs'],
  ['rhel:9.4+cri-o:1.28', [million, million], 8 * million, 'overlay'],
  ['rhel:9.4+rootless', undefined, undefined, undefined],
  ['rhel:9.4+ulimit:nofile=5:6', [5, 6], 8 * million, 'overlay'],
  ['ubuntu:20.04', [million, million], undefined, 'overlay2'],
  ['rhel:9.4+engine:none', undefined, undefined, undefined],
  ['kernel:6.1+docker:27.0', undefined, undefined, undefined],
];

test('limits and storage that an engine gives by default', async () => {
  for (const [host, nofile, memlock, storage] of cases) {
    const offer = await find(host);
    const limit = offer.limits?.['nofile'];
    assert.deepEqual(limit && [limit.soft, limit.hard], nofile, `${host}: nofile`);
    assert.equal(offer.limits?.['memlock']?.soft ?? undefined, memlock, `${host}: memlock`);
    assert.equal(offer.engine?.storageDriver, storage, `${host}: storage driver`);
  }
});

test('the default says where it is from', async () => {
  const offer = await find('rhel:9.4');
  assert.match(offer.sources?.['limits.nofile'] ?? '', /default of podman .* on rhel:9\.4/);
});

test('nodes that others put together', async () => {
  const nodes: readonly (readonly [host: string, engine: string, kernel: RegExp])[] = [
    ['openshift:4.13', 'cri-o', /^5\.14\.0-284\.el9$/],
    ['openshift:4.10', 'cri-o', /^4\.18\.0-305\.el8$/],
    ['eks:1.33', 'containerd', /^6\.12/],
    ['eks:1.23', 'docker', /^5\.4/],
    ['github-runner:24.04', 'docker', /^6\.17\.0-azure$/],
    ['docker-desktop:4.31', 'docker', /^6\.6\.31-linuxkit$/],
    ['talos:1.8', 'containerd', /-talos$/],
    ['raspios:12', 'docker', /^6\.12/],
  ];
  for (const [host, engine, kernel] of nodes) {
    const offer = await find(host);
    assert.equal(offer.engine?.name, engine, host);
    assert.match(offer.kernel?.release ?? '', kernel, host);
  }
  assert.equal((await find('openshift:4.13')).cgroup?.version, 'v1');
  assert.equal((await find('openshift:4.14')).cgroup?.version, 'v2');
  // RHEL CoreOS has RHEL's configuration, and says whose.
  const node = await find('openshift:4.16');
  assert.equal(node.kernel?.config?.['CONFIG_WIREGUARD'], 'm');
  assert.match(node.sources?.['kernel.config'] ?? '', /rhel:9\.4/);
  assert.equal((await find('eks:1.33')).lsm?.selinux, 'permissive');
  assert.equal((await find('raspios:12')).machine, 'aarch64');
  assert.equal((await find('raspios:12')).pageSize, 16384);
});

test("a guest of Kata has the guest's kernel, whatever the host has", async () => {
  const known = await find('rhel:7.9+kata:3.16');
  assert.equal(known.kernel?.release, '6.12.22');
  assert.equal(known.kernel?.config, undefined);
  assert.equal(known.sysctls?.['user.max_user_namespaces'], undefined);
  assert.equal(known.lsm, undefined);
  const unknown = await find('rhel:7.9+kata');
  assert.equal(unknown.kernel, undefined);
  assert.equal((await find('rhel:7.9+kata:2.5')).kernel, undefined);
});
