// How long `run --rm --network none IMAGE true` takes, beside podman and the bare runtimes, taken in turns in one run.
// As root, with podman, crun and runc installed. Prints medians in milliseconds; `bench/run.ts ROUNDS`.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEngineLab } from '../test/engine/engine-lab.ts';

const rounds = Number(process.argv[2] ?? 15);
const lab = openEngineLab();
const program = join(import.meta.dirname, '../dist/plimsoll.js');

/** A bundle of what plimsoll gives the runtime for this image. */
function bareBundle(): string {
  const id = lab.ok('run', '-d', '--network', 'none', 'box:1', 'sleep', '100');
  const spec = JSON.parse(readFileSync(join(lab.runFolder, id, 'config.json'), 'utf8'));
  lab.ok('rm', '-f', id);
  const folder = join(lab.folder, 'bare');
  mkdirSync(folder);
  spec.process.args = ['true'];
  spec.root.path = join(lab.folder, 'box');
  spec.mounts = spec.mounts.filter(({ type }: { type: string }) => type !== 'bind');
  spec.linux.cgroupsPath = '/plimsoll/bench';
  writeFileSync(join(folder, 'config.json'), JSON.stringify(spec));
  return folder;
}

const bundle = bareBundle();
const through = 'mount -t tmpfs none /sys/fs/cgroup/unified 2>/dev/null; exec "$@"';
const runtimeRoot = join(lab.folder, 'bare-state');
const podmanStore = [
  '--root',
  join(lab.folder, 'podman'),
  '--runroot',
  join(lab.folder, 'podman-run'),
];
execFileSync(
  'podman',
  [...podmanStore, 'import', '--change', 'CMD ["sh"]', `${join(lab.folder, 'box')}.tar`, 'box:1'],
  { stdio: 'ignore' },
);
const inNamespace = ['unshare', '--mount', 'sh', '-c', through, 'sh'];
const contestants: Readonly<Record<string, readonly string[]>> = {
  'node --version of plimsoll': [process.execPath, program, '--version'],
  'bare crun': [...inNamespace, 'crun', '--root', runtimeRoot, 'run', '-b', bundle, 'bench-crun'],
  'bare runc': ['runc', '--root', `${runtimeRoot}-runc`, 'run', '-b', bundle, 'bench-runc'],
  plimsoll: [process.execPath, program, 'run', '--rm', '--network', 'none', 'box:1', 'true'],
  podman: [
    'podman',
    ...podmanStore,
    '--runtime',
    'runc',
    'run',
    '--rm',
    '--ulimit',
    'nofile=1024:1024',
    '--ulimit',
    'nproc=4096:4096',
    '--network',
    'none',
    'box:1',
    'true',
  ],
};
const taken = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  for (const [name, [command = '', ...args]] of Object.entries(contestants)) {
    const begun = performance.now();
    const { status, stderr } = spawnSync(command, args, {
      env: { ...process.env, ...lab.environment },
      encoding: 'utf8',
    });
    if (status !== 0) console.log(`${name} failed: ${stderr}`);
    taken.set(name, [...(taken.get(name) ?? []), performance.now() - begun]);
  }
}
for (const [name, times] of taken) {
  const sorted = times.toSorted((a, b) => a - b);
  console.log(
    `${name.padEnd(28)} ${(sorted[sorted.length >> 1] ?? 0).toFixed(1)} ms (least ${(sorted[0] ?? 0).toFixed(1)})`,
  );
}
const left = readdirSync(lab.runFolder);
console.log(`left in the run folder: ${left.join(' ')}`);
spawnSync('podman', [...podmanStore, 'rmi', '-af'], { stdio: 'ignore' });
lab.close();
