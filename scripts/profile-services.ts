// Profiles of services: for each of scripts/profile-services/services.ts the workload is traced in a container, its profile
// is written, and it runs again under it. Prints how many calls each profile allows beside docker's default, and which
// workloads do not pass. Needs root, mmdebstrap and a network.
//
//   node scripts/profile-services.ts --folder DIR [--only NAME,NAME] [--from trace|both]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packages, services, workload } from './profile-services/services.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '.cache/profile-services' },
    only: { type: 'string' },
    from: { type: 'string', default: 'trace' },
  },
});
const { folder, only, from } = values;
const wanted = only?.split(',');
mkdirSync(folder, { recursive: true });
const program = join(import.meta.dirname, '../plimsoll');
const env = {
  ...process.env,
  PLIMSOLL_ROOT: join(folder, 'store'),
  PLIMSOLL_RUN_DIR: join(folder, 'run'),
  PLIMSOLL_CACHE_DIR: join(folder, 'cache'),
};

function image(): void {
  const tar = join(folder, 'services.tar');
  if (!existsSync(tar)) {
    const made = `${tar}.making.tar`;
    const { status } = spawnSync(
      'mmdebstrap',
      [
        ...['--quiet', '--variant=apt', '--aptopt=Acquire::Check-Valid-Until "false"'],
        ...[`--include=${packages.join(',')}`, 'bookworm', made],
      ],
      { stdio: 'inherit' },
    );
    if (status !== 0) throw new Error('mmdebstrap failed: is it installed?');
    renameSync(made, tar);
  }
  if (spawnSync(program, ['image', 'exists', 'services:1'], { env }).status === 0) return;
  const { status } = spawnSync(program, ['import', tar, 'services:1'], { env, stdio: 'inherit' });
  if (status !== 0) throw new Error('the image could not be imported');
}

interface Report {
  readonly allowed: number;
  readonly allowedByDocker: number;
  readonly calls: readonly { readonly origins: readonly string[] }[];
  readonly verification?: {
    readonly trial: { readonly works: boolean; readonly output: readonly string[] };
    readonly refused: readonly string[];
  };
  readonly expected?: number;
}

image();
let passed = 0;
let tried = 0;
for (const service of services) {
  if (wanted !== undefined && !wanted.includes(service.name)) continue;
  tried += 1;
  const profile = join(folder, `${service.name.replaceAll(' ', '-')}.json`);
  const report = `${profile}.report`;
  const command = [
    'profile',
    '--format',
    'json',
    '--from',
    from,
    '--network',
    'none',
    '-o',
    profile,
  ];
  const { status, stdout, stderr } = spawnSync(
    program,
    [...command, 'services:1', '--', 'bash', '-c', workload(service)],
    { env, encoding: 'utf8', timeout: 240_000, maxBuffer: 1 << 26 },
  );
  const begin = stdout.indexOf('{\n  "schema"');
  if (begin < 0) {
    console.log(
      `${service.name}: no profile (${status}): ${stderr.trim().split('\n').slice(-2).join(' ')}`,
    );
    continue;
  }
  writeFileSync(report, stdout.slice(begin));
  const { allowed, allowedByDocker, calls, verification, expected } = JSON.parse(
    readFileSync(report, 'utf8'),
  ) as Report;
  const works = verification?.trial.works === true && expected === 0;
  if (works) passed += 1;
  const own = calls.filter(
    ({ origins }) => origins.includes('trace') || origins.includes('static'),
  );
  const why =
    expected !== 0
      ? `its workload does not work here: ${stdout.slice(0, begin).trim().slice(-200)}`
      : works
        ? ''
        : `refused: ${verification?.refused.join(' ')}; ${verification?.trial.output.slice(-3).join(' | ')}`;
  console.log(
    `${service.name}: ${works ? 'passes' : 'FAILS'}, ${own.length} calls of its own, ${allowed} allowed, docker ${allowedByDocker} ${why}`,
  );
}
console.log(`${passed} of ${tried} workloads pass under their own profile`);
