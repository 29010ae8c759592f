// Summaries of the code of large files, as a ratio to `objdump -d` over the same files, in processor time of the same
// run: other work on the machine then counts on neither side. Each file once, cold, in the order given.
// Usage: node bench/syscalls.ts [FILE...]
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { summariseCode } from '../src/needs/code/summarise.ts';

const given = process.argv.slice(2);
const files =
  given.length > 0
    ? given
    : [
        '/lib/x86_64-linux-gnu/libc.so.6',
        '/usr/lib/x86_64-linux-gnu/libcrypto.so.3',
        '/usr/lib/x86_64-linux-gnu/libstdc++.so.6',
        '/bin/bash',
        '/usr/bin/busybox',
        '/usr/bin/git',
        '/usr/bin/curl',
      ];

function processorMs(work: () => void): number {
  const before = process.resourceUsage();
  work();
  const after = process.resourceUsage();
  return (
    (after.userCPUTime - before.userCPUTime + after.systemCPUTime - before.systemCPUTime) / 1000
  );
}

let ours = 0;
let theirs = 0;
for (const path of files) {
  const bytes = readFileSync(path);
  const mine = processorMs(() => summariseCode(bytes));
  const timed = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time objdump -d "$0" > /dev/null', path],
    {
      encoding: 'utf8',
    },
  );
  const [user = 0, system = 0] = timed.stderr.trim().split(' ').map(Number);
  const other = (user + system) * 1000;
  ours += mine;
  theirs += other;
  console.log(
    `${path}: ${mine.toFixed(0)} ms, objdump -d ${other.toFixed(0)} ms, ratio ${(mine / other).toFixed(2)}`,
  );
}
console.log(
  `all: ${ours.toFixed(0)} ms, objdump -d ${theirs.toFixed(0)} ms, ratio ${(ours / theirs).toFixed(2)}`,
);
