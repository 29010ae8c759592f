// What `plimsoll check` costs on a Debian image, against `gunzip | tar x` of the same layer in the same run; cold, and
// again on the unchanged image for one host, three, thirty, and this machine; the code of what it starts (redis-server) is
// read, as it is by default. Wanted: cold at most one second more than
// unpacking; again under 300 ms for up to three hosts and for this machine; at most 400 MB of memory.
//
// Other work on the machine slows down whatever runs: so each round runs everything once, and what counts is the least
// time of all rounds on both sides. The median and the processor time (user and system) stand beside it.
// Usage: node bench/check.ts [ROUNDS]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianImage } from '../scripts/fixtures/debian-image.ts';
import { allNames } from '../src/host/named/names.ts';

const root = join(import.meta.dirname, '..');
const rounds = Number(process.argv[2] ?? 7);
const bundle = join(root, 'dist/plimsoll.js');
const { layer, layout, ociArchive, dockerArchive } = await debianImage();
const work = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
const cache = join(work, 'cache');
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;

interface Measured {
  readonly wallMs: number;
  /** User and system time. */
  readonly processorMs: number;
  readonly megabytes: number;
}

/** Runs a command under GNU time's reckoning: /proc has no peak of a finished child. */
function measure(command: string, args: readonly string[]): Measured {
  const started = process.hrtime.bigint();
  const { status, stderr } = spawnSync(
    '/usr/bin/env',
    ['time', '-f', 'cost %U %S %M', command, ...args],
    {
      env: { ...environment, PLIMSOLL_CACHE_DIR: cache, NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    },
  );
  const wallMs = Number(process.hrtime.bigint() - started) / 1e6;
  if (status === null || status > 1) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  const [user = 0, system = 0, peak = 0] = (/cost (.*)/.exec(stderr)?.[1] ?? '')
    .split(' ')
    .map(Number);
  return { wallMs, processorMs: (user + system) * 1000, megabytes: peak / 1024 };
}

function unpack(): Measured {
  const target = join(work, 'unpacked');
  const result = measure('sh', [
    '-c',
    `mkdir ${target} && gunzip -c ${layer} | tar xf - -C ${target} --no-same-owner`,
  ]);
  rmSync(target, { recursive: true, force: true });
  return result;
}

function check(reference: string, hosts: readonly string[]): Measured {
  const named = hosts.flatMap((host) => ['--host', host]);
  return measure(process.execPath, [bundle, 'check', reference, ...named]);
}

const targets = {
  layout: `oci:${layout}`,
  'OCI archive': ociArchive,
  'docker archive': dockerArchive,
};
const hostSets = {
  'one host': ['rhel:7.9'],
  'three hosts': ['rhel:7.9', 'debian:12', 'gvisor'],
  'this machine': ['this'],
  'thirty hosts': allNames().slice(0, 30),
};

const measured = new Map<string, Measured[]>();
function add(name: string, value: Measured): void {
  measured.set(name, [...(measured.get(name) ?? []), value]);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const leastWall = (name: string): number =>
  Math.min(...(measured.get(name) ?? []).map(({ wallMs }) => wallMs));

let good = true;
/** One line; `atMostMs` is what is wanted of the least time, where anything is. */
function show(name: string, atMostMs?: number): void {
  const all = measured.get(name) ?? [];
  const least = leastWall(name);
  const peak = Math.max(...all.map(({ megabytes }) => megabytes));
  const fits = atMostMs === undefined || (least <= atMostMs && peak <= 400);
  good &&= fits;
  const columns = [
    least.toFixed(0),
    median(all.map(({ wallMs }) => wallMs)).toFixed(0),
    Math.min(...all.map(({ processorMs }) => processorMs)).toFixed(0),
    peak.toFixed(0),
  ].map((text) => text.padStart(9));
  const wanted =
    atMostMs === undefined
      ? ''
      : `  ${atMostMs.toFixed(0)} ms, 400 MB: ${fits ? 'good' : 'missed'}`;
  console.log(`${name.padEnd(30)}${columns.join('')}${wanted}`);
}

try {
  console.log(`layer: ${(statSync(layer).size / 1e6).toFixed(0)} MB compressed, ${rounds} rounds`);
  // Fills the compile cache, which lies beside the facts that each cold run does without.
  check(targets.layout, hostSets['one host']);
  for (let round = 0; round < rounds; round++) {
    add('gunzip | tar x', unpack());
    for (const [name, reference] of Object.entries(targets)) {
      for (const suffix of ['', '-wal', '-shm'])
        rmSync(join(cache, `analysis.db${suffix}`), { force: true });
      add(`${name}, cold`, check(reference, hostSets['one host']));
      for (const [set, hosts] of Object.entries(hostSets))
        add(`${name}, ${set}`, check(reference, hosts));
    }
  }
  console.log(
    `${''.padEnd(30)}${['least', 'median', 'user+sys', 'peak'].map((text) => text.padStart(9)).join('')}  wanted of the least`,
  );
  console.log(
    `${''.padEnd(30)}${['ms', 'ms', 'least ms', 'MB'].map((text) => text.padStart(9)).join('')}`,
  );
  show('gunzip | tar x');
  for (const name of Object.keys(targets)) {
    show(`${name}, cold`, leastWall('gunzip | tar x') + 1000);
    for (const set of Object.keys(hostSets))
      show(`${name}, ${set}`, set === 'thirty hosts' ? undefined : 300);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = good ? 0 : 1;
