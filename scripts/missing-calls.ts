// Does what `plimsoll syscalls` tells of missing calls hold? Runs programs with one system call refused at a time and
// compares: node scripts/missing-calls.ts [--only TEXT] [--errno ENOSYS,EPERM] [--record FILE] [--from FILE]
// --record keeps what was seen, --from compares with what was kept before; --held-out takes jobs that nothing was chosen
// by; --root DIR runs and reads the programs of another root file system. Needs root, bubblewrap and strace, there as well.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type MissingErrno, missingErrnos } from '../src/needs/code/reaction/reaction.ts';
import { compareWithCode, comparisonText } from './missing-calls/compare.ts';
import { heldOut } from './missing-calls/held-out.ts';
import { type Observation, observe } from './missing-calls/record.ts';
import { workloads } from './missing-calls/workloads.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    errno: { type: 'string', default: 'ENOSYS,EPERM' },
    record: { type: 'string' },
    from: { type: 'string' },
    root: { type: 'string' },
    'held-out': { type: 'boolean', default: false },
  },
});

const errnos = missingErrnos.filter((errno) => values.errno.split(',').includes(errno));
const esbuild = join(dirname(import.meta.dirname), 'node_modules/@esbuild/linux-x64/bin/esbuild');

async function recorded(only: string, wanted: readonly MissingErrno[]): Promise<Observation[]> {
  const all: Observation[] = [];
  for (const workload of values['held-out'] ? heldOut : workloads) {
    const argv = workload.argv.map((word) => word.replace('$ESBUILD', esbuild));
    if (!argv.join(' ').includes(only)) continue;
    const found = await observe({ ...workload, argv }, wanted, (text) => console.error(text));
    console.error(`${argv.join(' ').slice(0, 80)}: ${found.length}`);
    all.push(...found);
    if (values.record !== undefined) writeFileSync(values.record, JSON.stringify(all, null, 1));
  }
  return all;
}

/** All of it again where `root` is /; what the project and its Node need stays where it is. */
function underRoot(root: string): number {
  const project = dirname(import.meta.dirname);
  const rest = process.argv.slice(2);
  const at = rest.findIndex((word) => word.startsWith('--root'));
  rest.splice(at, rest[at] === '--root' ? 2 : 1);
  const binds = [
    project,
    ...(values.record === undefined ? [] : [dirname(resolve(values.record))]),
  ];
  const { status } = spawnSync(
    'bwrap',
    [
      ...['--bind', root, '/', '--dev-bind', '/dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
      ...[...binds, process.execPath].flatMap((path) => ['--bind', path, path]),
      ...['--cap-add', 'ALL', '--unshare-net', '--unshare-pid', '--chdir', project],
      ...[process.execPath, join(import.meta.dirname, 'missing-calls.ts'), ...rest],
    ],
    { stdio: 'inherit' },
  );
  return status ?? 1;
}

if (values.root !== undefined) process.exit(underRoot(values.root));

const observations: readonly Observation[] =
  values.from === undefined
    ? await recorded(values.only ?? '', errnos)
    : JSON.parse(readFileSync(values.from, 'utf8'));
console.log(comparisonText(await compareWithCode(observations, new AbortController().signal)));
