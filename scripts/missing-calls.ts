// Does what `plimsoll syscalls` tells of missing calls hold? Runs programs with one system call refused at a time and
// compares: node scripts/missing-calls.ts [--set chosen|held-out|unseen|fresh] [--debian 12|13] [--only TEXT]
//   [--errno ENOSYS,EPERM] [--record FILE] [--from FILE] [--root DIR]
// --set: the jobs, see docs/static-analysis.md; --debian makes a root file system of that release with the programs of the
// set, and runs them there; --root does it in one that exists. --record keeps what was seen, --from compares with what was
// kept before. Needs root, bubblewrap and strace, in the root file system as well, and for --debian mmdebstrap.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type MissingErrno, missingErrnos } from '../src/needs/code/reaction/reaction.ts';
import { compareWithCode, comparisonText } from './missing-calls/compare.ts';
import { fresh } from './missing-calls/fresh.ts';
import { heldOut } from './missing-calls/held-out.ts';
import { makeRoot } from './missing-calls/make-root.ts';
import { packages } from './missing-calls/packages.ts';
import { type Observation, observe } from './missing-calls/record.ts';
import { unseen } from './missing-calls/unseen.ts';
import type { Workload } from './missing-calls/workload.ts';
import { workloads } from './missing-calls/workloads.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    errno: { type: 'string', default: 'ENOSYS,EPERM' },
    record: { type: 'string' },
    from: { type: 'string' },
    root: { type: 'string' },
    set: { type: 'string', default: 'chosen' },
    debian: { type: 'string' },
  },
});

const sets: Readonly<Record<string, readonly Workload[]>> = {
  chosen: workloads,
  'held-out': heldOut,
  unseen,
  fresh,
};
const jobs = sets[values.set];
if (jobs === undefined) throw new Error(`--set is one of ${Object.keys(sets).join(', ')}`);

const errnos = missingErrnos.filter((errno) => values.errno.split(',').includes(errno));
const esbuild = join(dirname(import.meta.dirname), 'node_modules/@esbuild/linux-x64/bin/esbuild');

async function recorded(
  all: readonly Workload[],
  only: string,
  wanted: readonly MissingErrno[],
): Promise<Observation[]> {
  const seen: Observation[] = [];
  for (const workload of all) {
    const argv = workload.argv.map((word) => word.replace('$ESBUILD', esbuild));
    if (!argv.join(' ').includes(only)) continue;
    const found = await observe({ ...workload, argv }, wanted, (text) => console.error(text));
    console.error(`${argv.join(' ').slice(0, 80)}: ${found.length}`);
    seen.push(...found);
    if (values.record !== undefined) writeFileSync(values.record, JSON.stringify(seen, null, 1));
  }
  return seen;
}

/** All of it again where `root` is /; what the project and its Node need stays where it is. */
function underRoot(root: string): number {
  const project = dirname(import.meta.dirname);
  const { root: _root, debian: _debian, ...others } = values;
  const rest = Object.entries(others).flatMap(([name, value]) => [`--${name}`, value]);
  const kept = [values.record, values.from].filter((path) => path !== undefined);
  const binds = [project, ...kept.map((path) => dirname(resolve(path)))];
  const { status } = spawnSync(
    'bwrap',
    [
      ...['--bind', root, '/', '--dev-bind', '/dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
      ...[...binds, process.execPath].flatMap((path) => ['--bind', path, path]),
      ...['--cap-add', 'ALL', '--unshare-net', '--unshare-pid', '--chdir', project],
      ...['--setenv', 'TMPDIR', '/tmp'],
      ...[process.execPath, join(import.meta.dirname, 'missing-calls.ts'), ...rest],
    ],
    { stdio: 'inherit' },
  );
  return status ?? 1;
}

if (values.debian !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-debian-'));
  try {
    makeRoot(values.debian, packages[values.set] ?? '', folder);
    process.exitCode = underRoot(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit();
}
if (values.root !== undefined) process.exit(underRoot(values.root));

const observations: readonly Observation[] =
  values.from === undefined
    ? await recorded(jobs, values.only ?? '', errnos)
    : JSON.parse(readFileSync(values.from, 'utf8'));
console.log(comparisonText(await compareWithCode(observations, new AbortController().signal)));
