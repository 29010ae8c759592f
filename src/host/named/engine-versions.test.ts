import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dockerApi, runcOf } from './engine-versions.ts';

test('the runc that an engine was released with', () => {
  const cases: readonly (readonly [engine: string, version: string, runc: string | undefined])[] = [
    ['docker', '17.06', undefined],
    ['docker', '19.03', '1.0.0-rc8'],
    ['docker', '19.03.15', '1.0.0-rc10'],
    ['docker', '20.10', '1.0.0-rc92'],
    ['docker', '20.10.9', '1.0.1'],
    ['docker', '23.0.0', '1.1.4'],
    ['docker', '24.0.9', '1.1.12'],
    ['docker', '27.0', '1.1.13'],
    ['docker', '28.5.2', '1.3.3'],
    ['containerd', '1.4.13', '1.0.3'],
    ['containerd', '1.5.0', '1.0.0-rc93'],
    ['containerd', '1.7.24', '1.2.2'],
    ['containerd', '2.0', '1.2.1'],
    ['podman', '4.9', undefined],
  ];
  for (const [engine, version, runc] of cases)
    assert.equal(runcOf(engine, version), runc, `${engine} ${version}`);
});

test('API versions of docker', () => {
  assert.deepEqual(dockerApi('1.13.1'), { minimum: '1.12', maximum: '1.26' });
  assert.deepEqual(dockerApi('24.0.7'), { minimum: '1.12', maximum: '1.43' });
  assert.deepEqual(dockerApi('29.3.1'), { minimum: '1.44', maximum: '1.54' });
  assert.equal(dockerApi('1.9'), undefined);
});
