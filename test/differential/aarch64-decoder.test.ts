// Every A64 instruction of real libraries as objdump shows it: where it leads, and which general registers it writes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareFile, nothingCompared } from './decoding.ts';

const tools = join(import.meta.dirname, '../../scripts/test-tools.sh');
assert.equal(spawnSync(tools, ['aarch64'], { stdio: 'inherit' }).status, 0);

/** The cross compiler's C library, mathematics and C++: compiled code and assembly. */
const files = ['libc.so.6', 'libm.so.6', 'libgcc_s.so.1', 'ld-linux-aarch64.so.1'];

for (const file of files) {
  test(`instructions of AArch64's ${file}`, async () => {
    const compared = nothingCompared();
    await compareFile(join('/usr/aarch64-linux-gnu/lib', file), 'aarch64', compared);
    assert.ok(compared.instructions > 10_000, `only ${compared.instructions} instructions seen`);
    assert.deepEqual(compared.examples, []);
  });
}
