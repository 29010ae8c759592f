// Does what `plimsoll syscalls` tells of missing calls hold? Runs programs with one system call refused at a time and
// compares: node scripts/missing-calls.ts [--only TEXT] [--errno ENOSYS,EPERM] [--record FILE] [--from FILE]
// --record keeps what was seen, --from compares with what was kept before. Needs bubblewrap and strace.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type MissingErrno, missingErrnos } from '../src/needs/code/reaction/reaction.ts';
import { compareWithCode, comparisonText } from './missing-calls/compare.ts';
import { type Observation, observe } from './missing-calls/record.ts';
import { workloads } from './missing-calls/workloads.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    errno: { type: 'string', default: 'ENOSYS,EPERM' },
    record: { type: 'string' },
    from: { type: 'string' },
  },
});

const errnos = missingErrnos.filter((errno) => values.errno.split(',').includes(errno));
const esbuild = join(dirname(import.meta.dirname), 'node_modules/@esbuild/linux-x64/bin/esbuild');

async function recorded(only: string, wanted: readonly MissingErrno[]): Promise<Observation[]> {
  const all: Observation[] = [];
  for (const workload of workloads) {
    const argv = workload.argv.map((word) => word.replace('$ESBUILD', esbuild));
    if (!argv.join(' ').includes(only)) continue;
    const found = await observe({ ...workload, argv }, wanted, (text) => console.error(text));
    console.error(`${argv.join(' ').slice(0, 80)}: ${found.length}`);
    all.push(...found);
    if (values.record !== undefined) writeFileSync(values.record, JSON.stringify(all, null, 1));
  }
  return all;
}

const observations: readonly Observation[] =
  values.from === undefined
    ? await recorded(values.only ?? '', errnos)
    : JSON.parse(readFileSync(values.from, 'utf8'));
console.log(comparisonText(await compareWithCode(observations, new AbortController().signal)));
