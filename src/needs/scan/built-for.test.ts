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

const loop =
  'float a[4096],b[4096];int main(int c,char**v){for(int k=0;k<9;k++)for(int i=0;i<4000;i++)a[i]=a[i]*b[i]+b[i+k]*c;return a[c];}';
const half =
  '_Float16 q[64];int main(int c,char**v){for(int i=0;i<64;i++)q[i]=q[(i+c)%64]*(_Float16)2.0+(_Float16)c;return q[c];}';
const askingSve = `${loop} unsigned long getauxval(unsigned long);int ask(void){return getauxval(16)>>22;}`;
const halfStored =
  '__fp16 q[64];int main(int c,char**v){for(int i=0;i<64;i++)q[i]=q[(i+c)%64]*2.0f+c;return q[c];}';

const ofAarch64: typeof cases = [
  ['for ARMv8.0', ['-O2'], loop, []],
  ['with SVE', ['-O3', '-march=armv8.2-a+sve'], loop, ['sve']],
  ['with SVE, but it asks the kernel', ['-O3', '-march=armv8.2-a+sve'], askingSve, []],
  ['with arithmetic of half precision', ['-O2', '-march=armv8.2-a+fp16'], half, ['fphp']],
  ['storing half precision, as ARMv8.0 can', ['-O2'], halfStored, []],
];

test('what programs were built for', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-built-for-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const all = [
    ...cases.map((row) => ['gcc', row] as const),
    ...ofAarch64.map((row) => ['aarch64-linux-gnu-gcc', row] as const),
  ];
  for (const [compiler, [title, flags, source, expected]] of all) {
    await t.test(`${compiler}: ${title}`, (t) => {
      const program = join(folder, 'program');
      const made = spawnSync(compiler, [...flags, '-x', 'c', '-', '-o', program], {
        input: source,
        encoding: 'utf8',
      });
      if (made.error !== undefined) return t.skip(`no ${compiler} here`);
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
