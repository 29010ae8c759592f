// How long commands of containers take beside podman's, and `run` beside the bare runtimes; everything in turns, in one run.
// As root, with podman, crun and runc installed. Prints medians in milliseconds and what part of podman's time they are;
// `bench/run.ts ROUNDS`.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEngineLab } from '../test/engine/engine-lab.ts';

const rounds = Number(process.argv[2] ?? 15);
const lab = openEngineLab();
const root = join(import.meta.dirname, '..');
const program = [process.execPath, join(root, 'dist/plimsoll.js')];

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
const podman = [
  'podman',
  ...['--root', join(lab.folder, 'podman'), '--runroot', join(lab.folder, 'podman-run')],
  ...['--runtime', 'runc'],
];
/** podman raises limits to what root may not have everywhere. */
const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=4096:4096'];
execFileSync(
  podman[0] ?? '',
  [
    ...podman.slice(1),
    'import',
    '--change',
    'CMD ["sh"]',
    `${join(lab.folder, 'box')}.tar`,
    'box:1',
  ],
  { stdio: 'ignore' },
);
const inNamespace = ['unshare', '--mount', 'sh', '-c', through, 'sh'];

/** What is timed of both: `before` and `after` are not. */
interface Task {
  readonly name: string;
  readonly before?: readonly (readonly string[])[];
  readonly line: readonly string[];
  /** Where podman needs other words for the same. */
  readonly podman?: readonly string[];
  readonly after?: readonly (readonly string[])[];
}

const alone = ['--network', 'none'];
const service = ['run', '-d', ...alone, '--name', 'bench', 'box:1', 'sleep', '1000'];
const gone = ['rm', '-f', 'bench'];
const tasks: readonly Task[] = [
  { name: 'run --rm IMAGE true', line: ['run', '--rm', ...alone, 'box:1', 'true'] },
  { name: 'run -d IMAGE sleep', line: service, after: [gone] },
  { name: 'exec true', before: [service], line: ['exec', 'bench', 'true'], after: [gone] },
  { name: 'ps', before: [service], line: ['ps'], after: [gone] },
  {
    name: 'start',
    before: [service, ['kill', 'bench'], ['wait', 'bench']],
    line: ['start', 'bench'],
    after: [gone],
  },
  { name: 'stop -t 0', before: [service], line: ['stop', '-t', '0', 'bench'], after: [gone] },
  {
    name: 'rm -f',
    before: [service],
    line: gone,
    // It would ask first, and wait ten seconds for an answer.
    podman: ['rm', '-f', '-t', '0', 'bench'],
  },
];

const environment = { ...process.env, ...lab.environment };
const taken = new Map<string, number[]>();

function call([command = '', ...args]: readonly string[]): number {
  const begun = performance.now();
  // Nothing is a pipe: a container in the background would hold it open.
  const { status } = spawnSync(command, args, { env: environment, stdio: 'ignore' });
  const milliseconds = performance.now() - begun;
  if (status !== 0) console.log(`${command} ${args.join(' ')} ended with ${status}`);
  return milliseconds;
}

/** podman's words for a line that starts a container. */
const withLimits = (line: readonly string[]): readonly string[] =>
  line[0] === 'run' ? ['run', ...limits, ...line.slice(1)] : line;

function timed(name: string, line: readonly string[]): void {
  taken.set(name, [...(taken.get(name) ?? []), call(line)]);
}

for (let round = 0; round < rounds; round++) {
  timed('plimsoll --version', [...program, '--version']);
  timed('bare crun', [
    ...inNamespace,
    ...['crun', '--root', runtimeRoot, 'run', '-b', bundle, 'bench-crun'],
  ]);
  timed('bare runc', ['runc', '--root', `${runtimeRoot}-runc`, 'run', '-b', bundle, 'bench-runc']);
  timed('by the launcher', [join(root, 'plimsoll'), ...(tasks[0]?.line ?? [])]);
  for (const { name, before = [], line, after = [], podman: theirs = line } of tasks) {
    for (const one of before) call([...program, ...one]);
    timed(name, [...program, ...line]);
    for (const one of after) call([...program, ...one]);
    for (const one of before) call([...podman, ...withLimits(one)]);
    timed(`podman ${name}`, [...podman, ...withLimits(theirs)]);
    for (const one of after) call([...podman, ...one, ...(one === gone ? ['-t', '0'] : [])]);
  }
}

const median = (name: string): number =>
  (taken.get(name) ?? []).toSorted((a, b) => a - b)[rounds >> 1] ?? Number.NaN;
const cell = (value: number): string => value.toFixed(1).padStart(9);
console.log(`${'median of'.padEnd(24)} plimsoll   podman   part\n`);
for (const { name } of tasks) {
  const [own, theirs] = [median(name), median(`podman ${name}`)];
  console.log(
    `${name.padEnd(24)}${cell(own)}${cell(theirs)}${(own / theirs).toFixed(2).padStart(7)}`,
  );
}
for (const name of ['by the launcher', 'plimsoll --version', 'bare crun', 'bare runc'])
  console.log(`${name.padEnd(24)}${cell(median(name))}`);
const left = readdirSync(lab.runFolder).filter((name) => name.length === 64);
console.log(`left in the run folder: ${left.length}`);
spawnSync(podman[0] ?? '', [...podman.slice(1), 'rm', '-af'], { stdio: 'ignore' });
spawnSync(podman[0] ?? '', [...podman.slice(1), 'rmi', '-af'], { stdio: 'ignore' });
lab.close();
