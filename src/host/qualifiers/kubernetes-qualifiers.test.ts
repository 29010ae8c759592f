import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findHost } from '../find-host.ts';
import type { Offer } from '../offer.ts';
import { bundledWith } from './kubernetes-qualifiers.ts';

const find = (name: string): Promise<Offer> =>
  findHost(name, {
    readFile: () => Promise.reject(new Error('no files here')),
    probe: () => Promise.reject(new Error('no probe here')),
  });

const bundled: readonly (readonly [release: string, containerd: string | undefined])[] = [
  ['1.28.2', '1.7.6'],
  ['v1.28.4+k3s2', '1.7.7'],
  ['1.28', '1.7.17'],
  ['1.28.0', undefined],
  ['1.31.5', '1.7.23'],
  ['1.31', '2.0.4'],
  ['1.3', undefined],
  ['1.22.1', undefined],
];

test('a release of k3s has the containerd of its release notes, or an unknown one', () => {
  for (const [release, containerd] of bundled)
    assert.equal(bundledWith(release)?.[1], containerd, release);
});

const pods: readonly (readonly [host: string, seccomp: string | undefined, engine: string])[] = [
  ['debian:12+k3s:1.31.4', 'unconfined', 'containerd 1.7.23'],
  ['debian:12+k3s:1.31.4+seccomp:default', 'default', 'containerd 1.7.23'],
  ['debian:12+k3s:1.22', 'unconfined', 'containerd undefined'],
  ['rhel:9+rke2:1.33.1', 'unconfined', 'containerd 2.0.5'],
  ['debian:12+cri-o:1.28+k8s', 'unconfined', 'cri-o 1.28'],
  ['eks:1.33', 'unconfined', 'containerd 2.2.4'],
  ['eks:1.33+seccomp:default', 'default', 'containerd 2.2.4'],
  ['gke:1.30', 'unconfined', 'containerd 1.7.19'],
  ['aks:1.34', 'unconfined', 'containerd 1.7.30'],
  ['bottlerocket:1.26-k8s-1.31', 'unconfined', 'containerd 1.7.22'],
  ['bottlerocket:1.26-ecs-2', 'default', 'docker 25.0.6'],
  ['openshift:4.16', 'default', 'cri-o 1.29'],
  ['talos:1.10', 'default', 'containerd 2.0.7'],
  ['debian:12', 'default', 'docker 20.10.24'],
];

test('pods have no filter unless somebody asks for it', async () => {
  for (const [name, seccomp, engine] of pods) {
    const offer = await find(name);
    assert.equal(offer.engine?.seccomp?.mode, seccomp, name);
    assert.equal(`${offer.engine?.name} ${offer.engine?.version}`, engine, name);
  }
  await assert.rejects(find('debian:12+docker+k3s:1.31'), /both say what the engine is/);
});
