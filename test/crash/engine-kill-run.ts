// Kills commands, monitors, runtimes and containers at random moments, and looks after each kill for what `ps -a` does not
// show: folders, mounts, processes, cgroups, namespaces, layers, volumes. Random by a seed, so that a run can be repeated
// as far as the machine's own timing lets it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../builders/random-from.ts';
import { bundle } from '../cli/run-plimsoll.ts';

/** How often and where. */
export interface EngineKillOptions {
  readonly kills: number;
  readonly seed: number;
  /** PLIMSOLL_ROOT, PLIMSOLL_RUN_DIR and the like; the store has an image of busybox by the name `box:1`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly runtime: string;
  /** What containers may be connected with: none, bridge … */
  readonly networks: readonly string[];
  readonly onKill?: (line: string) => void;
}

/** What a run did. */
export interface EngineKillSummary {
  /** Kills that met something, by what was killed: command, monitor, first, any. */
  readonly byVictim: Readonly<Record<string, number>>;
  /** Commands that had ended before they were killed. */
  readonly ended: number;
}

const victims = ['command', 'command', 'command', 'monitor', 'first', 'any'] as const;
/** Milliseconds that a command may take before it is killed, and that what it left may take to go by itself. */
const longestMs = 450;
const settleMs = 30_000;

/** Kills as often as asked. @throws AssertionError with what was left */
export async function engineKillRun(options: EngineKillOptions): Promise<EngineKillSummary> {
  const { kills, seed, environment, onKill } = options;
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const byVictim: Record<string, number> = {};
  let ended = 0;
  let names: readonly string[] = [];
  for (let at = 0; at < kills; at++) {
    if (names.length > 5) ok(environment, ['rm', '-f', '-v', ...names.slice(2)]);
    names = ok(environment, ['ps', '-a', '--format', '{{.Names}}']).split('\n').filter(Boolean);
    const args = lineOf(options, pick, random, names);
    const other = random() < 0.3 ? lineOf(options, pick, random, names) : undefined;
    const running = [args, ...(other === undefined ? [] : [other])].map((line) =>
      start(environment, line),
    );
    const [first] = running;
    assert.ok(first);
    const victim = pick(victims) ?? 'command';
    await Promise.race([sleep(random() * longestMs), once(first, 'exit')]);
    const killed = killOne(victim, first, environment, pick);
    if (killed) byVictim[victim] = (byVictim[victim] ?? 0) + 1;
    else ended++;
    // What would stay in the foreground for long: a program without a handler for it has no SIGTERM as first process.
    const patience = setTimeout(() => {
      for (const child of running) child.kill('SIGKILL');
    }, 700);
    await Promise.all(
      running.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')),
    );
    clearTimeout(patience);
    const what = `${at + 1}/${kills} seed ${seed}: ${killed ? `killed ${victim}` : 'ended'}: ${args.join(' ')}${other === undefined ? '' : ` beside ${other.join(' ')}`}`;
    await noneLeft(environment, what);
    onKill?.(what);
  }
  ok(environment, ['rm', '-af', '-v']);
  await noneLeft(environment, `seed ${seed}, at the end`);
  return { byVictim, ended };
}

/** A command, with what there is. */
function lineOf(
  { runtime, networks }: EngineKillOptions,
  pick: <T>(list: readonly T[]) => T | undefined,
  random: () => number,
  names: readonly string[],
): readonly string[] {
  const name = pick(names);
  const made = [
    ...['--no-check', '--runtime', runtime, '--network', pick(networks) ?? 'none'],
    ...(random() < 0.3 ? ['-v', '/data'] : []),
    ...(random() < 0.15 ? ['--restart', 'on-failure:2'] : []),
    ...(random() < 0.15 ? ['--health-cmd', 'true', '--health-interval', '100ms'] : []),
  ];
  const seconds = pick(['0', '0.2', '1000']) ?? '0';
  const chance = random();
  if (name === undefined || chance < 0.25) return ['run', '-d', ...made, 'box:1', 'sleep', seconds];
  if (chance < 0.4)
    return [
      'run',
      '--rm',
      ...made.filter((word) => !/^(--restart|on-failure:2)$/.test(word)),
      'box:1',
      'sleep',
      seconds,
    ];
  if (chance < 0.48) return ['create', ...made, 'box:1', 'sleep', seconds];
  return (
    pick([
      ['start', name],
      ['start', '-a', name],
      ['restart', '-t', '0', name],
      ['stop', '-t', '0', name],
      ['kill', name],
      ['rm', '-f', '-v', name],
      ['rm', '-f', '-v', name],
      ['exec', name, 'sleep', '0.2'],
      ['exec', '-d', name, 'sleep', '0.2'],
      ['cp', `${name}:/etc/passwd`, '-'],
      ['pause', name],
      ['unpause', name],
      ['ps', '-a'],
    ]) ?? ['ps']
  );
}

function start(
  environment: Readonly<Record<string, string>>,
  line: readonly string[],
): ChildProcess {
  return spawn(process.execPath, [bundle, ...line], { stdio: 'ignore', env: { ...environment } });
}

function ok(environment: Readonly<Record<string, string>>, line: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, ...line], {
    env: { ...environment },
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 0, `plimsoll ${line.join(' ')}: ${status}\n${stderr}`);
  return stdout.trim();
}

/** What works on a container: conmon, runtimes, shells that wait for its end or its health. */
interface Helper {
  readonly pid: number;
  readonly words: readonly string[];
  readonly id: string;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Processes that have an id of the lab's on their line, or work in its folder; not this program's commands. */
function helpers({
  PLIMSOLL_RUN_DIR: folder = '',
}: Readonly<Record<string, string>>): readonly Helper[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const line = textOf(`/proc/${name}/cmdline`);
      const id = /[0-9a-f]{64}/.exec(line)?.[0];
      if (id === undefined || !line.includes(folder)) return [];
      return [{ pid: Number(name), words: line.split('\0'), id }];
    });
}

function killOne(
  victim: (typeof victims)[number],
  command: ChildProcess,
  environment: Readonly<Record<string, string>>,
  pick: <T>(list: readonly T[]) => T | undefined,
): boolean {
  if (victim === 'command') return command.exitCode === null && command.kill('SIGKILL');
  const candidates = helpers(environment);
  const isMonitor = ({ words }: Helper): boolean => words[0]?.endsWith('conmon') === true;
  const found = pick(victim === 'any' ? candidates : candidates.filter(isMonitor));
  if (found === undefined) return false;
  const file = join(environment['PLIMSOLL_RUN_DIR'] ?? '', found.id, 'pid');
  const pid = victim === 'first' ? Number(textOf(file)) : found.pid;
  if (!(pid > 1)) return false;
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** Waits until nothing is left but what `ps -a` shows. @throws AssertionError */
async function noneLeft(
  environment: Readonly<Record<string, string>>,
  what: string,
): Promise<void> {
  for (const end = Date.now() + settleMs; ; await sleep(150)) {
    const left = leftovers(environment);
    if (left.length === 0) return;
    if (Date.now() > end) assert.fail(`${what}\nleft:\n${left.join('\n')}`);
  }
}

function leftovers(environment: Readonly<Record<string, string>>): readonly string[] {
  const { PLIMSOLL_RUN_DIR: runFolder = '', PLIMSOLL_ROOT: root = '' } = environment;
  const shown = new Map(
    ok(environment, ['ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.State}}'])
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ') as [string, string]),
  );
  const lives = new Set(
    [...shown].flatMap(([id, state]) => (/^(running|paused|restarting)$/.test(state) ? [id] : [])),
  );
  const left: string[] = [];
  const only = (
    what: string,
    ids: readonly string[],
    allowed: { has(id: string): boolean },
  ): void => {
    for (const id of new Set(ids)) if (!allowed.has(id)) left.push(`${what} ${id}`);
  };
  const isId = (name: string): boolean => /^[0-9a-f]{64}$/.test(name);
  const list = (folder: string): readonly string[] =>
    existsSync(folder) ? readdirSync(folder) : [];
  const idsIn = (text: string): readonly string[] =>
    text.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g) ?? [];
  only('folder', list(runFolder).filter(isId), lives);
  only('kept folder', list(join(root, 'containers')).filter(isId), shown);
  const holder = textOf(join(runFolder, 'namespace.pid')).trim();
  const mounts = textOf(`/proc/${holder || 'self'}/mounts`)
    .split('\n')
    .filter((line) => line.includes(` ${runFolder}/`));
  only(
    'mount',
    mounts.flatMap((line) => idsIn(line.split(' ')[1] ?? '')),
    lives,
  );
  const others = helpers(environment);
  only(
    'process',
    others.map(({ id }) => id),
    lives,
  );
  only(
    'runtime state',
    globSync(join(runFolder, 'runtime/*/*')).map((path) => path.split('/').at(-1) ?? ''),
    lives,
  );
  only('network namespace', list(join(runFolder, 'netns')), lives);
  const ours = seenIn(join(root, 'engine.db'));
  const known = (ids: readonly string[]): readonly string[] =>
    ids.filter((id) => ours.events.has(id));
  const cgroups = globSync([
    '/sys/fs/cgroup/plimsoll/*',
    '/sys/fs/cgroup/*/plimsoll/*',
    '/sys/fs/cgroup/*/*/plimsoll/*',
    '/sys/fs/cgroup/*/*/*/plimsoll/*',
  ]);
  only('cgroup', known(cgroups.map((path) => path.split('/').at(-1) ?? '')), lives);
  only('endpoint', ours.endpoints, lives);
  only('port', ours.ports, lives);
  only('layer', layersIn(root), shown);
  const volumes = ok(environment, ['volume', 'ls', '-q', '--filter', 'dangling=true']);
  for (const volume of volumes.split('\n').filter(Boolean)) left.push(`volume ${volume}`);
  return left;
}

/** Containers that there ever were, and those that the database has places of networks for. */
function seenIn(path: string): {
  events: ReadonlySet<string>;
  endpoints: readonly string[];
  ports: readonly string[];
} {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const column = (query: string): readonly string[] =>
      database
        .prepare(query)
        .all()
        .map((row) => String(row['id']));
    return {
      events: new Set(column("SELECT actor AS id FROM event WHERE type = 'container'")),
      endpoints: column('SELECT container AS id FROM endpoint'),
      ports: column('SELECT container AS id FROM port'),
    };
  } finally {
    database.close();
  }
}

/** Containers that there are writable layers of. */
function layersIn(root: string): readonly string[] {
  const database = new DatabaseSync(join(root, 'store.db'), { readOnly: true });
  try {
    return database
      .prepare("SELECT key FROM snapshot WHERE key LIKE 'container %'")
      .all()
      .map((row) => String(row['key']).slice('container '.length));
  } finally {
    database.close();
  }
}
