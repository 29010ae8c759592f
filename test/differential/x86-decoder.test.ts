// Every instruction of real programs, as objdump splits them: lengths must agree, and what objdump cannot decode
// must be invalid here. Data between functions is where the two may choose differently, so it is counted apart.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { test } from 'node:test';
import { decode, makeInsn } from '../../src/isa/x86-64/decode.ts';

const files = ['/bin/bash', '/lib/x86_64-linux-gnu/libm.so.6', '/usr/bin/objdump'];

for (const file of files) {
  test(`instructions of ${file} have objdump's lengths`, () => {
    const { stdout, status } = spawnSync('objdump', ['-d', '-w', '-z', realpathSync(file)], {
      encoding: 'latin1',
      maxBuffer: 2 ** 30,
    });
    assert.equal(status, 0);
    const insn = makeInsn();
    const wrong: string[] = [];
    let seen = 0;
    for (const [, hex = '', text = ''] of stdout.matchAll(
      /^ +[0-9a-f]+:\t((?:[0-9a-f]{2} )+) *\t(.*)$/gm,
    )) {
      // objdump joins fwait with the instruction that it waits for; the processor sees two.
      const bytes = Buffer.from(hex.replaceAll(' ', '').replace(/^9b(?=.)/, ''), 'hex');
      const length = decode(bytes, 0, bytes.length, insn);
      seen++;
      if (text.includes('(bad)') ? insn.valid : length !== bytes.length)
        wrong.push(`${hex}: ${text}, here ${length}`);
    }
    assert.ok(seen > 10_000, `only ${seen} instructions seen`);
    assert.deepEqual(wrong, []);
  });
}
