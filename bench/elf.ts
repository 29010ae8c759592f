// Reading every ELF file under /usr/bin, /usr/sbin and /usr/lib into facts, as a ratio to `readelf -Wa` over the same
// files in the same run. Files are read once before, so that both find them in the page cache.
// Usage: node bench/elf.ts [MEGABYTES]
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { parseElf } from '../src/formats/elf.ts';
import { isElf } from '../src/formats/elf-layout.ts';

const limit = Number(process.argv[2] ?? 300) * 1e6;
const files: string[] = [];
let total = 0;
const seen = new Set<string>();
for (const path of globSync(['/usr/bin/*', '/usr/sbin/*', '/usr/lib/x86_64-linux-gnu/**/*'])) {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file?.isFile() || file.size > 50e6 || total + file.size > limit) continue;
  const real = realpathSync(path);
  if (seen.has(real) || !isElf(readFileSync(real))) continue;
  seen.add(real);
  files.push(real);
  total += file.size;
}
console.log(`${files.length} ELF files, ${(total / 1e6).toFixed(0)} MB`);

function milliseconds(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

const times: { parse: number; all: number; readelf: number }[] = [];
for (let run = 0; run < 3; run++) {
  let parse = 0;
  const all = milliseconds(() => {
    for (const path of files) {
      const bytes = readFileSync(path);
      parse += milliseconds(() => parseElf(bytes));
    }
  });
  const readelf = milliseconds(() => {
    spawnSync('readelf', ['-Wa', ...files], { stdio: 'ignore' });
  });
  times.push({ parse, all, readelf });
}
const best = (of: 'parse' | 'all' | 'readelf'): number =>
  Math.min(...times.map((time) => time[of]));
console.log(
  `parseElf:              ${best('parse').toFixed(0)} ms, ${(total / 1e6 / best('parse')).toFixed(2)} GB/s`,
);
console.log(`reading and parseElf:  ${best('all').toFixed(0)} ms`);
console.log(`readelf -Wa:           ${best('readelf').toFixed(0)} ms`);
console.log(`ratio to readelf:      ${(best('all') / best('readelf')).toFixed(3)}`);
