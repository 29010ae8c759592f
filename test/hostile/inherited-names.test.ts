// Names that every JavaScript object answers to ("constructor", "__proto__") stand wherever an image or a host file may
// put a word. Nothing throws, and no table answers with what it inherits.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { check } from '../../src/check/check.ts';
import { answerTo } from '../../src/host/answer.ts';
import { findHost } from '../../src/host/find-host.ts';
import type { Offer } from '../../src/host/offer.ts';
import { needsOf } from '../builders/user-space.ts';

const names = [
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__proto__',
  '__defineGetter__',
];
const busybox = readFileSync(execFileSync('sh', ['-c', 'command -v busybox']).toString().trim());
const sources = {
  readFile: () => Promise.reject(new Error('no file is read')),
  probe: () => Promise.reject(new Error('nothing is probed')),
};
const named = await Promise.all(
  ['rhel:7.9', 'debian:12', 'gvisor'].map((name) => findHost(name, sources)),
);

for (const name of names) {
  const own = Object.fromEntries([[name, name]]);
  const host: Offer = {
    schema: 'plimsoll.host/1',
    name,
    machine: name,
    kernel: { kind: 'linux', release: '5.10', config: own },
    engine: { name: 'docker', version: name, runtime: { name, version: name } },
    emulation: { by: 'qemu-user', machines: [name] },
    cpu: { level: name, features: [name] },
    sysctls: own,
    modules: [name],
    services: [name],
    distribution: { id: name, version: name },
  };

  test(`an image and a host full of ${name}`, async () => {
    const needs = await needsOf(
      {
        '/bin/sh': busybox,
        [`/usr/bin/${name}`]: `#!/bin/sh\nexec ${name} --${name}=1 "$${name}"\n`,
        '/etc/os-release': `ID=${name}\nVERSION_ID=${name}\n${name}=${name}\n`,
        '/var/lib/dpkg/status': `Package: ${name}\nStatus: install ok installed\nVersion: ${name}\nArchitecture: ${name}\n`,
        [`/${name}/${name}`]: { link: name },
      },
      {
        platform: { os: 'linux', architecture: name, variant: name },
        entrypoint: [name],
        cmd: [name],
        env: own,
        labels: own,
        user: name,
      },
    );
    assert.equal(needs.userSpace.os?.id, name.toLowerCase());
    const result = check(needs, [host, ...named], { today: '2026-11-22' });
    assert.equal(result.hosts.length, 4);
    assert.doesNotMatch(JSON.stringify(result), /\[native code\]|\[object /);
  });

  test(`a call named ${name}`, () => {
    for (const offer of [host, ...named]) {
      const { outcome, why } = answerTo(offer, { name });
      assert.ok(outcome === 'unknown' || outcome === 'errno', `${offer.name}: ${outcome}`);
      assert.doesNotMatch(why, /\[native code\]|\[object /);
    }
  });
}
