// Real user spaces on every named host: installs Debian releases with services by mmdebstrap (kept in .cache/real),
// checks each against all hosts, holds the answers against what is known for certain, and writes docs/matrix.md.
// A slow suite of its own: `node scripts/real-user-spaces.ts [--quick]` (--quick: the stable release only, no page).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckResult, HostResult } from '../src/check/finding.ts';

const root = join(import.meta.dirname, '..');
const cache = join(root, '.cache/real');

interface UserSpace {
  readonly suite: string;
  readonly title: string;
  readonly packages: readonly string[];
  /** Hosts by the same people and of the same age: nothing may fail there. */
  readonly home: readonly string[];
}

const userSpaces: readonly UserSpace[] = [
  {
    suite: 'bullseye',
    title: 'Debian 11: nginx, redis, ssh, haproxy, Java',
    packages: [
      'nginx-light',
      'redis-server',
      'openssh-server',
      'haproxy',
      'perl',
      'curl',
      'default-jre-headless',
    ],
    home: ['debian:11', 'debian:12'],
  },
  {
    suite: 'bookworm',
    title: 'Debian 12: nginx, redis, ssh, PostgreSQL, Python, ping, sudo, tcpdump',
    packages: [
      'nginx-light',
      'redis-server',
      'openssh-server',
      'postgresql',
      'python3',
      'curl',
      'iputils-ping',
      'sudo',
      'tcpdump',
    ],
    home: ['debian:12', 'debian:13'],
  },
  {
    suite: 'trixie',
    title: 'Debian 13: nginx, redis, ssh, MariaDB, Python, systemd',
    packages: [
      'nginx-light',
      'redis-server',
      'openssh-server',
      'mariadb-server',
      'python3',
      'curl',
      'systemd',
    ],
    home: ['debian:13'],
  },
  {
    suite: 'sid',
    title: 'Debian sid: nginx, redis, ssh, SQLite, Go',
    packages: ['nginx-light', 'redis-server', 'openssh-server', 'sqlite3', 'golang-go', 'curl'],
    home: ['debian:14'],
  },
];

/** Installs a release once; a half-made tree is never left under its name. */
function install({ suite, packages }: UserSpace): string {
  const tree = join(cache, suite);
  if (existsSync(tree)) return tree;
  mkdirSync(cache, { recursive: true });
  const made = join(cache, `${suite}.making`);
  rmSync(made, { recursive: true, force: true });
  console.log(`installing ${suite}`);
  const { status } = spawnSync(
    'mmdebstrap',
    [
      '--quiet',
      '--variant=apt',
      '--aptopt=Acquire::Check-Valid-Until "false"',
      `--include=${packages.join(',')}`,
      suite,
      made,
    ],
    { stdio: 'inherit' },
  );
  if (status !== 0)
    throw new Error(`mmdebstrap ${suite} failed: is it installed (apt-get install mmdebstrap)?`);
  renameSync(made, tree);
  return tree;
}

function plimsoll(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(join(root, 'plimsoll'), args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  assert.ok(status === 0 || status === 1, `plimsoll ${args[0]} ended with ${status}: ${stderr}`);
  return stdout;
}

function hostNames(): readonly string[] {
  const { hosts }: { hosts: readonly { readonly name: string }[] } = JSON.parse(
    plimsoll(['host', 'list', '--format', 'json']),
  );
  return hosts.map(({ name }) => name);
}

/** What must hold, whatever the rules say. */
function examine(userSpace: UserSpace, results: ReadonlyMap<string, HostResult>): void {
  const codes = (host: string): readonly string[] =>
    results.get(host)?.findings.map(({ code }) => code) ?? [];
  for (const home of userSpace.home) {
    assert.notEqual(
      results.get(home)?.verdict,
      'fails',
      `${userSpace.suite} fails at home, on ${home}`,
    );
  }
  // glibc from 2.26 on is built for Linux 3.2; up to 2.35 its loader refuses older kernels, later ones start and miss calls.
  assert.ok(
    codes('rhel:6.10').includes('PL1001'),
    `${userSpace.suite} on rhel:6.10: the kernel is too old`,
  );
  if (userSpace.suite === 'bullseye') assert.equal(results.get('rhel:6.10')?.verdict, 'fails');
  for (const [host, { findings }] of results) {
    for (const { code, symptom, help, offer, evidence } of findings) {
      assert.ok(help !== '' && offer.source !== '', `${host}: ${code} without help or source`);
      // The host's own life cycle rests on nothing in the image.
      assert.ok(evidence.length > 0 || code === 'PL8002', `${host}: ${code} without evidence`);
      assert.ok(symptom !== '', `${host}: ${code} has an empty symptom`);
    }
  }
}

const signs: Readonly<Record<HostResult['verdict'], string>> = {
  works: 'works',
  degraded: 'degraded',
  fails: '**fails**',
  unknown: 'unknown',
};

function page(
  columns: readonly (readonly [UserSpace, ReadonlyMap<string, HostResult>])[],
  hosts: readonly string[],
): string {
  const lines = [
    '# Real user spaces on every named host',
    '',
    'Made by `node scripts/real-user-spaces.ts`: Debian releases with services, installed by mmdebstrap, checked from',
    'their files alone. A directory has no entrypoint, so every verdict stands for the user space as a whole, and none',
    'is certain; the codes are those of the findings that count for the verdict (`plimsoll explain CODE`).',
    '',
    ...columns.map(([{ suite, title }]) => `- **${suite}**: ${title}`),
    '',
    `| host | ${columns.map(([{ suite }]) => suite).join(' | ')} |`,
    `| --- | ${columns.map(() => '---').join(' | ')} |`,
  ];
  for (const host of hosts) {
    const cells = columns.map(([, results]) => {
      const result = results.get(host);
      if (result === undefined) return '';
      const counting = result.findings.filter(({ severity }) => severity !== 'note');
      const codes = [...new Set(counting.map(({ code }) => code))];
      return `${signs[result.verdict]} ${codes.join(' ')}`.trim();
    });
    lines.push(`| ${host} | ${cells.join(' | ')} |`);
  }
  return `${lines.join('\n')}\n`;
}

const quick = process.argv.includes('--quick');
const hosts = hostNames();
const columns = userSpaces
  .filter(({ suite }) => !quick || suite === 'bookworm')
  .map((userSpace) => {
    const tree = install(userSpace);
    const started = performance.now();
    const args = [
      'check',
      tree,
      '--format',
      'json',
      '--fail-on',
      'none',
      ...hosts.flatMap((host) => ['--host', host]),
    ];
    const result: CheckResult = JSON.parse(plimsoll(args));
    const results = new Map(result.hosts.map((one) => [one.host, one]));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    examine(userSpace, results);
    console.log(
      `${userSpace.suite}: ${results.size} hosts, ${result.target.elfFiles} ELF files, ${seconds} s`,
    );
    return [userSpace, results] as const;
  });
if (!quick) writeFileSync(join(root, 'docs/matrix.md'), page(columns, hosts));
console.log(`${columns.length * hosts.length} passed, 0 failed`);
