import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseElf } from '../../formats/elf.ts';
import { builtFor } from './built-for.ts';

const sum =
  'double a[99],b[99];int main(int c,char**v){for(int i=0;i<99;i++)a[i]+=b[i]*c;return a[c]>1;}';
const asking = `${sum} int ask(void){return __builtin_cpu_supports("avx");}`;

/** Compiler flags, source, and the features that the program was built for; this machine's own architecture. */
const cases: readonly [string, readonly string[], string, readonly string[]][] = [
  ['for the baseline', ['-O2'], sum, []],
  ['with AVX', ['-O2', '-mavx'], sum, ['avx']],
  ['with AVX2 and FMA', ['-O3', '-mavx2', '-mfma'], sum, ['avx', 'avx2']],
  ['with AVX, but it asks the processor', ['-O2', '-mavx'], asking, []],
  ["for the baseline, statically, with glibc's own variants", ['-O2', '-static'], sum, []],
];

test('what programs were built for', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-built-for-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [title, flags, source, expected] of cases) {
    await t.test(title, () => {
      const program = join(folder, 'program');
      const made = spawnSync('gcc', [...flags, '-x', 'c', '-', '-o', program], {
        input: source,
        encoding: 'utf8',
      });
      assert.equal(made.status, 0, made.stderr);
      const bytes = readFileSync(program);
      const facts = parseElf(bytes).value;
      assert.ok(facts !== undefined);
      assert.deepEqual(builtFor(bytes, facts), expected);
    });
  }
});

test("glibc's mathematical library chooses at run time", () => {
  const bytes = readFileSync('/lib/x86_64-linux-gnu/libm.so.6');
  const facts = parseElf(bytes).value;
  assert.ok(facts !== undefined);
  assert.deepEqual(builtFor(bytes, facts), []);
});
