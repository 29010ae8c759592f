// One small job of one program, run in a fresh folder: with all system calls, or with one of them refused. What counts as
// its result is everything that somebody who started it could see.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusingFilter } from './filter.ts';

export interface Workload {
  /** The program by its full path, then its arguments. $D stands for the folder. */
  readonly argv: readonly string[];
  /** Shell commands that fill the folder first. */
  readonly setup?: string;
  /** For servers: shell commands that use it while it runs; it is then told to end. */
  readonly client?: string;
  readonly input?: string;
}

/** What was seen of a run. */
export interface Outcome {
  /** Exit status, the name of the signal that ended it, or "timeout". */
  readonly end: string;
  readonly output: string;
  /** What the client of a server saw. */
  readonly client: string;
  /** Digest of the names, kinds and contents of the files left in the folder. */
  readonly files: string;
}

export interface Refusal {
  readonly number: number;
  readonly errno: number;
}

const timeoutMs = 6000;
const maxOutput = 1 << 20;

/** Runs it once; `trace`: a file for strace to write to. */
export async function runWorkload(
  workload: Workload,
  refusal?: Refusal,
  trace?: string,
): Promise<Outcome> {
  const top = mkdtempSync(join(tmpdir(), 'plimsoll-missing-'));
  // The same name in every run: programs print it.
  const folder = '/tmp/plimsoll-job';
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  try {
    return await runIn(folder, top, workload, refusal, trace);
  } finally {
    rmSync(top, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}

const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' };

async function runIn(
  folder: string,
  top: string,
  { argv, setup, client, input }: Workload,
  refusal: Refusal | undefined,
  trace: string | undefined,
): Promise<Outcome> {
  const env = { ...environment, HOME: folder };
  if (setup !== undefined)
    spawnSync('/bin/sh', ['-c', setup], { cwd: folder, env, stdio: 'ignore' });
  const filter = join(top, 'filter');
  writeFileSync(
    filter,
    refusal === undefined ? Buffer.alloc(0) : refusingFilter(refusal.number, refusal.errno),
  );
  writeFileSync(join(top, 'input'), input ?? '');
  const inputFd = openSync(join(top, 'input'), 'r');
  const filterFd = openSync(filter, 'r');
  const outputFd = openSync(join(top, 'output'), 'a+');
  const words = argv.map((word) => word.replaceAll('$D', folder));
  const command =
    trace !== undefined
      ? ['strace', '-f', '-qq', '-s', '256', '-e', 'signal=none', '-o', trace, ...words]
      : refusal === undefined
        ? ['bwrap', '--dev-bind', '/', '/', ...words]
        : ['bwrap', '--dev-bind', '/', '/', '--seccomp', '3', ...words];
  const started = spawn(command[0] ?? '', command.slice(1), {
    cwd: folder,
    env,
    detached: true,
    stdio: [inputFd, outputFd, outputFd, filterFd],
  });
  const ended = new Promise<string>((resolve) => {
    started.on('error', (error) => resolve(error.message));
    started.on('exit', (status, signal) => resolve(signal ?? String(status)));
  });
  let seen = '';
  let end: string;
  if (client === undefined) end = await within(ended, timeoutMs);
  else {
    seen = await runClient(client, folder, env);
    end = (await within(ended, 50)) === 'timeout' ? 'serving' : await ended;
  }
  killGroup(started.pid);
  await within(ended, 1000);
  for (const fd of [inputFd, filterFd, outputFd]) closeSync(fd);
  return {
    end,
    output: readFileSync(join(top, 'output'), 'latin1').slice(0, maxOutput),
    client: seen,
    files: client === undefined ? digestOf(folder) : '',
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

async function within(ended: Promise<string>, ms: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), ms);
  });
  const result = await Promise.race([ended, late]);
  clearTimeout(timer);
  return result;
}

async function runClient(
  commands: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const client = spawn('/bin/sh', ['-c', commands], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [client.stdout, client.stderr])
    stream.on('data', (data: Buffer) => {
      output += data.toString('latin1');
    });
  const ended = new Promise<string>((resolve) => client.on('close', (code) => resolve(`${code}`)));
  const end = await within(ended, timeoutMs);
  killGroup(client.pid);
  return `${output}\n${end}`;
}

function digestOf(folder: string): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    for (const name of readdirSync(path).sort()) {
      const full = join(path, name);
      const stats = lstatSync(full);
      hash.update(`${full} ${stats.mode}\n`);
      if (stats.isDirectory()) add(full);
      else if (stats.isSymbolicLink()) hash.update(readlinkSync(full));
      else if (stats.isFile()) hash.update(readFileSync(full));
    }
  };
  add(folder);
  return hash.digest('hex');
}

/** Whether two runs looked the same; numbers of processes and the like are not told apart. */
export function sameOutcome(a: Outcome, b: Outcome): boolean {
  return a.end === b.end && a.output === b.output && a.client === b.client && a.files === b.files;
}
