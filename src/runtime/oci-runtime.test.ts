import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOfComplaint, readComplaint } from './oci-runtime.ts';

const cases: readonly (readonly [said: string, exitCode: 126 | 127 | undefined])[] = [
  [
    '2026-11-29T09:00:00Z: executable file `nosuch` not found in $PATH: No such file or directory',
    127,
  ],
  ['open executable: Operation not permitted', 126],
  ['open executable: Permission denied', 126],
  [
    'time="2026-11-29T09:00:00Z" level=error msg="runc create failed: unable to start container process: exec: \\"nosuch\\": executable file not found in $PATH"',
    127,
  ],
  [
    'time="2026-11-29T09:00:00Z" level=error msg="runc create failed: unable to start container process: exec: \\"/etc\\": is a directory"',
    126,
  ],
  ['exec container process `/bin/other`: Exec format error', 126],
  ['mount `tmpfs` to `tmp`: Operation not permitted', undefined],
  ['open `/nowhere/rootfs`: No such file or directory', undefined],
];

for (const [said, exitCode] of cases) {
  test(`${exitCode ?? 'the engine'} is to blame for: ${readComplaint(said)}`, () => {
    assert.equal(exitCodeOfComplaint(readComplaint(said)), exitCode);
  });
}
