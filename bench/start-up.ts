// What starting costs, as ratios to `node -e 0` on the same Node: runs are interleaved, so that a noisy machine is
// noisy for all of them, and medians are compared. Usage: node bench/start-up.ts [RUNS]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const runs = Number(process.argv[2] ?? 31);
const node = process.execPath;
const bundle = join(root, 'dist/plimsoll.js');
const launcher = join(root, 'plimsoll');
const limit = 1.5;
// A certificate bundle costs every Node process its parsing; the launcher takes the variable away too.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

const commands: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'node -e 0': [node, '-e', '0'],
  'plimsoll --version': [node, bundle, '--version'],
  './plimsoll --version (launcher)': [launcher, '--version'],
  'plimsoll --help': [node, bundle, '--help'],
  'plimsoll explain PL3001': [node, bundle, 'explain', 'PL3001'],
  'plimsoll host show rhel:7.9': [node, bundle, 'host', 'show', 'rhel:7.9'],
  'plimsoll kernel diff 3.10 5.14': [node, bundle, 'kernel', 'diff', '3.10', '5.14'],
  'plimsoll syscall read': [node, bundle, 'syscall', 'read'],
  'plimsoll check --help': [node, bundle, 'check', '--help'],
};

function timeOf([file, ...args]: readonly [string, ...string[]]): number {
  const start = process.hrtime.bigint();
  spawnSync(file, args, { env, stdio: 'ignore' });
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
for (const command of Object.values(commands)) timeOf(command);
for (let run = 0; run < runs; run += 1) {
  for (const [name, command] of Object.entries(commands)) times.get(name)?.push(timeOf(command));
}
const base = median(times.get('node -e 0') ?? []);
for (const [name, values] of times) {
  const middle = median(values);
  console.log(
    `${name.padEnd(34)} ${middle.toFixed(1).padStart(7)} ms  ${(middle / base).toFixed(2)} ×`,
  );
}
for (const name of ['plimsoll --version', './plimsoll --version (launcher)']) {
  const ratio = median(times.get(name) ?? []) / base;
  const good = ratio <= limit;
  console.log(
    `${name}: ${ratio.toFixed(2)} × node -e 0, at most ${limit} wanted: ${good ? 'good' : 'too slow'}`,
  );
  if (!good) process.exitCode = 1;
}
