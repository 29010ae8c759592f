import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as texts from './engine-texts.ts';

test('what programs print as their version', () => {
  for (const [printed, version] of [
    ['Docker version 28.2.2, build e6534b4\n', '28.2.2'],
    ['Docker version 18.09.1, build 4c52b90\n', '18.09.1'],
    ['podman version 4.3.1\n', '4.3.1'],
    ['containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+b1\n', '1.6.20'],
    ['containerd containerd.io 1.7.28 b98a3aace656320842a23f4a392a33f46af97866\n', '1.7.28'],
    ['runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1\nspec: 1.0.2-dev\n', '1.1.5'],
    ['runc version 1.0.0-rc93\n', '1.0.0-rc93'],
    ['crun version 1.8.1\ncommit: f8a096be060b22ccd3d5f3ebe44108517fbf6c30\n', '1.8.1'],
    ['crio version 1.28.2\n', '1.28.2'],
    ['nothing of the kind\n', undefined],
  ] as const) {
    assert.equal(texts.parseProgramVersion(printed), version, printed);
  }
  const runc =
    'runc version 1.1.12\ncommit: v1.1.12-0-g51d5e946\nspec: 1.0.2-dev\ngo: go1.21.10\nlibseccomp: 2.5.4\n';
  assert.equal(texts.parseRuncLibseccomp(runc), '2.5.4');
});

test('upstream versions of packages', () => {
  for (const [full, upstream] of [
    ['5:24.0.7-1~ubuntu.22.04~jammy', '24.0.7'],
    ['2.5.4-1+deb12u1', '2.5.4'],
    ['1.0.0~rc93+ds1-5+deb11u5', '1.0.0-rc93'],
    ['0.50.1+ds1-4', '0.50.1'],
    ['2:1.13.1-209.git7d71120.el7_9', '1.13.1'],
    ['unknown', undefined],
  ] as const) {
    assert.equal(texts.upstreamVersion(full), upstream);
  }
});

test("docker's own answers", () => {
  const version = JSON.stringify({
    Client: { Version: '29.0.0' },
    Server: {
      Platform: { Name: 'Docker Desktop 4.42.0 (192140)' },
      Components: [
        { Name: 'Engine', Version: '28.2.2' },
        { Name: 'runc', Version: '1.2.5' },
      ],
      Version: '28.2.2',
      ApiVersion: '1.50',
      MinAPIVersion: '1.24',
    },
  });
  assert.deepEqual(texts.parseDockerVersion(version), {
    version: '28.2.2',
    api: { minimum: '1.24', maximum: '1.50' },
    runtime: { name: 'runc', version: '1.2.5' },
    platform: 'Docker Desktop 4.42.0 (192140)',
  });
  assert.equal(texts.parseDockerVersion('{"Client":{"Version":"28"},"Server":null}'), undefined);
  assert.equal(texts.parseDockerVersion('Cannot connect'), undefined);
  const info =
    '{"Driver":"overlay2","SecurityOptions":["name=apparmor","name=seccomp,profile=builtin","name=cgroupns"]}';
  assert.deepEqual(texts.parseDockerInfo(info), {
    storageDriver: 'overlay2',
    rootless: false,
    seccomp: 'default',
  });
  const rootless =
    '{"Driver":"vfs","SecurityOptions":["name=seccomp,profile=unconfined","name=rootless"]}';
  assert.deepEqual(texts.parseDockerInfo(rootless), {
    storageDriver: 'vfs',
    rootless: true,
    seccomp: 'unconfined',
  });
});
