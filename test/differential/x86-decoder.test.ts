// Every instruction of real programs, as objdump splits them. `node scripts/prove-decoding.ts` compares whole systems.
import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { test } from 'node:test';
import { compareFile, nothingCompared } from './decoding.ts';

const files = ['/bin/bash', '/lib/x86_64-linux-gnu/libm.so.6', '/usr/bin/objdump'];

for (const file of files) {
  test(`instructions of ${file} have objdump's lengths`, async () => {
    const compared = nothingCompared();
    await compareFile(realpathSync(file), 'x86_64', compared);
    assert.ok(compared.instructions > 10_000, `only ${compared.instructions} instructions seen`);
    assert.deepEqual(compared.examples, []);
  });
}
