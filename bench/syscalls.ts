// Summaries of the code of all ELF files below a directory, on threads as `plimsoll syscalls` makes them, as a ratio to
// `objdump -d` printing the same files with as many processes. Cold: nothing is kept. Processor time of the same run
// counts, so that other work on the machine counts on neither side.
// Usage: node bench/syscalls.ts [DIRECTORY|FILE...] [--every N] [--threads N]
import { spawnSync } from 'node:child_process';
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { summaryWorkers } from '../src/needs/code/summary-workers.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
  },
});
const threads = Number(values.threads);
const tops = positionals.length > 0 ? positionals : ['/usr/bin', '/usr/sbin', '/usr/lib'];

function isElf(path: string): boolean {
  const head = Buffer.alloc(20);
  const fd = openSync(path, 'r');
  try {
    // EM_X86_64 or EM_AARCH64, ET_EXEC or ET_DYN.
    return (
      readSync(fd, head) === 20 &&
      head.readUInt32BE(0) === 0x7f454c46 &&
      [62, 183].includes(head.readUInt16LE(18)) &&
      [2, 3].includes(head.readUInt16LE(16))
    );
  } finally {
    closeSync(fd);
  }
}

function* filesBelow(path: string): Generator<string> {
  const stats = lstatSync(path);
  if (stats.isDirectory())
    for (const name of readdirSync(path).sort()) yield* filesBelow(join(path, name));
  else if (stats.isFile() && stats.size > 64 && isElf(path)) yield path;
}

const every = Number(values.every);
const files = tops.flatMap((top) => [...filesBelow(top)]).filter((_path, at) => at % every === 0);
const bytes = files.reduce((sum, path) => sum + lstatSync(path).size, 0);
console.log(`${files.length} files, ${(bytes / 1e6).toFixed(0)} MB`);

const seconds = ({ userCPUTime, systemCPUTime }: NodeJS.ResourceUsage): number =>
  (userCPUTime + systemCPUTime) / 1e6;

const before = process.resourceUsage();
const started = performance.now();
const workers = summaryWorkers({ threads, signal: new AbortController().signal });
let none = 0;
let packed = 0;
await Promise.all(
  files.map(async (path) => {
    const summary = await workers.summarise(() =>
      Promise.resolve(Uint8Array.from(readFileSync(path))),
    );
    if (summary === undefined || summary.length === 0) none++;
    packed += summary?.length ?? 0;
  }),
);
await workers.close();
const ours = seconds(process.resourceUsage()) - seconds(before);
const wall = (performance.now() - started) / 1000;
const peak = process.resourceUsage().maxRSS / 1024;

const timed = spawnSync(
  'bash',
  ['-c', `TIMEFORMAT="%U %S %R"; time xargs -0 -P ${threads} -n 8 objdump -d > /dev/null 2>&1`],
  { encoding: 'utf8', input: files.join('\0') },
);
const [user = 0, system = 0, real = 0] = timed.stderr.trim().split(' ').map(Number);
const theirs = user + system;
console.log(
  `summaries: ${ours.toFixed(1)} s of processor time, ${wall.toFixed(1)} s by the clock, ${peak.toFixed(0)} MB, ${(packed / 1e6).toFixed(1)} MB of summaries; ${none} files without one`,
);
console.log(
  `objdump -d: ${theirs.toFixed(1)} s of processor time, ${real.toFixed(1)} s by the clock`,
);
console.log(`ratio ${(ours / theirs).toFixed(2)} (processor), ${(wall / real).toFixed(2)} (clock)`);
