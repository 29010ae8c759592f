// What `plimsoll check` costs on a Debian image, against `gunzip | tar x` of the same layer in the same run; cold, and
// again on the unchanged image. Wanted: cold at most one second more than unpacking; again under 300 ms; at most
// 400 MB of memory. Usage: node bench/check.ts [RUNS]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianImage } from '../scripts/fixtures/debian-image.ts';

const root = join(import.meta.dirname, '..');
const runs = Number(process.argv[2] ?? 5);
const bundle = join(root, 'dist/plimsoll.js');
const { layer, layout, ociArchive, dockerArchive } = await debianImage();
const work = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
const cache = join(work, 'cache');
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;

interface Measured {
  readonly ms: number;
  readonly megabytes: number;
}

/** Runs a command under GNU time's reckoning: /proc has no peak of a finished child. */
function measure(command: string, args: readonly string[]): Measured {
  const started = process.hrtime.bigint();
  const { status, stderr } = spawnSync(
    '/usr/bin/env',
    ['time', '-f', 'peak %M', command, ...args],
    {
      env: { ...environment, PLIMSOLL_CACHE_DIR: cache, NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    },
  );
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  if (status === null || status > 1) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return { ms, megabytes: Number(/peak (\d+)/.exec(stderr)?.[1] ?? Number.NaN) / 1024 };
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function unpack(): Measured {
  const target = join(work, 'unpacked');
  const result = measure('sh', [
    '-c',
    `mkdir ${target} && gunzip -c ${layer} | tar xf - -C ${target} --no-same-owner`,
  ]);
  rmSync(target, { recursive: true, force: true });
  return result;
}

const check = (reference: string) =>
  measure(process.execPath, [
    bundle,
    'check',
    reference,
    '--host',
    'rhel:7.9',
    '--host',
    'debian:12',
    '--format',
    'json',
  ]);

let good = true;
function show(name: string, all: readonly Measured[], wanted?: { readonly ms: number }): void {
  const ms = median(all.map((each) => each.ms));
  const peak = Math.max(...all.map(({ megabytes }) => megabytes));
  const fits = wanted === undefined || (ms <= wanted.ms && peak <= 400);
  good &&= fits;
  const limit =
    wanted === undefined
      ? ''
      : ` at most ${wanted.ms.toFixed(0)} ms, 400 MB: ${fits ? 'good' : 'missed'}`;
  console.log(
    `${name.padEnd(30)} ${ms.toFixed(0).padStart(6)} ms ${peak.toFixed(0).padStart(5)} MB${limit}`,
  );
}

try {
  console.log(`layer: ${(statSync(layer).size / 1e6).toFixed(0)} MB compressed`);
  const measured = new Map<string, Measured[]>();
  const add = (name: string, value: Measured) =>
    measured.set(name, [...(measured.get(name) ?? []), value]);
  const targets = {
    layout: `oci:${layout}`,
    'OCI archive': ociArchive,
    'docker archive': dockerArchive,
  };
  unpack();
  for (let at = 0; at < runs; at++) {
    add('unpack', unpack());
    for (const [name, reference] of Object.entries(targets)) {
      rmSync(cache, { recursive: true, force: true });
      add(`${name}, cold`, check(reference));
      add(`${name}, again`, check(reference));
    }
  }
  const base = median((measured.get('unpack') ?? []).map(({ ms }) => ms));
  show('gunzip | tar x', measured.get('unpack') ?? []);
  for (const name of Object.keys(targets)) {
    show(`${name}, cold`, measured.get(`${name}, cold`) ?? [], { ms: base + 1000 });
    show(`${name}, again`, measured.get(`${name}, again`) ?? [], { ms: 300 });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = good ? 0 : 1;
