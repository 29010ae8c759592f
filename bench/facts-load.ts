// What the tables cost when they are loaded: every generated table of the kernel facts, as the bundle ships it, and as
// JSON.parse of the same text; then whole commands that use them against `node -e 0`. Usage: node bench/facts-load.ts [RUNS]
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const runs = Number(process.argv[2] ?? 15);
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
const generated = globSync('src/kernel/generated/*.json', { cwd: root }).sort();
const readable = globSync('src/kernel/tables/*.tsv', { cwd: root });

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function timed(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function kilobytes(files: readonly string[]): string {
  const bytes = files.reduce((sum, file) => sum + readFileSync(join(root, file)).length, 0);
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

console.log(`readable tables ${kilobytes(readable)}, compact forms ${kilobytes(generated)}`);
let all = 0;
for (const file of generated) {
  const text = readFileSync(join(root, file), 'utf8');
  const parse = median(
    Array.from({ length: runs }, () => timed(() => JSON.parse(text) as unknown)),
  );
  all += parse;
  console.log(`${file.split('/').at(-1)?.padEnd(22)} ${parse.toFixed(2).padStart(6)} ms to parse`);
}
console.log(`all tables together    ${all.toFixed(2).padStart(6)} ms to parse`);

const bundle = join(root, 'dist/plimsoll.js');
const commands: readonly (readonly string[])[] = [
  ['-e', '0'],
  [bundle, 'syscall', 'read', '--format', 'json'],
  [bundle, 'syscall', 'clone3'],
  [bundle, 'kernel', 'diff', 'rhel:7.9', 'rhel:9.3'],
];
const times = commands.map((): number[] => []);
for (let run = 0; run <= runs; run += 1) {
  for (const [at, args] of commands.entries()) {
    const ms = timed(() => spawnSync(process.execPath, args, { env, stdio: 'ignore' }));
    // The first round fills the compile cache.
    if (run > 0) times[at]?.push(ms);
  }
}
const base = median(times[0] ?? []);
for (const [at, args] of commands.entries()) {
  const middle = median(times[at] ?? []);
  const name = args.join(' ').replace(bundle, 'plimsoll').padEnd(42);
  console.log(
    `${name} ${middle.toFixed(1).padStart(6)} ms  ${(middle / base).toFixed(2)} × node -e 0`,
  );
}
