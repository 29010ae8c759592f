// Processes of a box: the first one, which the holder becomes, and further ones, which nsenter(1) starts.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import {
  identityOf,
  type ProcessIdentity,
  signalNumber,
  signalProcess,
} from '../sys/process-identity.ts';
import { openTerminal, setTerminalSize } from '../sys/terminal-pair.ts';

/** How a process of a box ended: 128 and its number where a signal ended it. */
export type ExitCode = number;

/** A process of a box. */
export interface BoxProcess {
  /** Its number here, outside of the box. */
  readonly pid: number;
  /** With a terminal, all three are that. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Sends a signal, by a descriptor of the process: none ever reaches another one. False when it has ended. */
  kill(signal?: string): boolean;
  /** Tells its terminal a size; nothing without one. */
  resize(rows: number, columns: number): void;
  readonly exited: Promise<ExitCode>;
}

/** How a process is started. */
export interface SpawnOptions {
  /** Nothing is inherited; default: a PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the root directory. */
  readonly cwd?: string;
  /** Of further processes: a terminal instead of three pipes. The first one has what the box was made with. */
  readonly terminal?: boolean;
  /** Of further processes: numbers in the box; default: root. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

export const usualEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};

/** A word for the shell that ends no line: a newline stands in a variable. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll('\n', `'"$nl"'`)}'`;
}

/** The line that has the holder become what is started. @throws PlimsollError PL0847 for what no shell can take */
export function firstProcessLine(
  argv: readonly string[],
  { env = usualEnvironment, cwd = '/' }: SpawnOptions,
): string {
  checkWords([...argv, cwd, ...Object.entries(env).flat()]);
  const bad = Object.keys(env).find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (bad !== undefined)
    throw new PlimsollError('PL0847', `no name of a variable: '${bad}'`, {
      help: 'letters, digits and _',
    });
  return [
    'unset BOX_CGROUPS PATH PWD OLDPWD pid line',
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `cd ${quoted(cwd)} || exit 126`,
    `exec ${argv.map(quoted).join(' ')} 3<&- 4<&- 5>&-`,
  ].join('; ');
}

/** @throws PlimsollError PL0847 */
export function checkWords(words: readonly string[]): void {
  if (words.every((word) => !word.includes('\0'))) return;
  throw new PlimsollError('PL0847', 'a word with a NUL in it', { help: 'leave the NUL out' });
}

/** Sends the signal that is named. @throws PlimsollError PL0847 */
export function killer(identity: ProcessIdentity): BoxProcess['kill'] {
  return (signal = 'SIGTERM') => {
    const number = signalNumber(signal);
    if (number !== undefined) return signalProcess(identity, number);
    throw new PlimsollError('PL0847', `no such signal: ${signal}`, { help: 'SIGTERM, 15 …' });
  };
}

/** A terminal as three streams. */
export function terminalStreams(outer: number): Pick<BoxProcess, 'stdin' | 'stdout' | 'stderr'> {
  const terminal = new ReadStream(outer);
  const stdout = new PassThrough();
  terminal.on('data', (bytes) => stdout.write(bytes));
  terminal.on('end', () => stdout.end());
  // EIO: nobody has the other end any more.
  terminal.on('error', () => stdout.end());
  return { stdin: terminal, stdout, stderr: stdout };
}

/** The three pipes that a process was started with. */
export function pipesOf({ stdio }: ChildProcess): Pick<BoxProcess, 'stdin' | 'stdout' | 'stderr'> {
  const [stdin, stdout, stderr] = stdio;
  if (stdin === null || stdout === null || stderr === null) throw new TypeError('there are pipes');
  stdin.on('error', () => undefined);
  // Node throws away what nobody reads when a process ends; who reads later is to have it all the same.
  return { stdin, stdout: stdout.pipe(new PassThrough()), stderr: stderr.pipe(new PassThrough()) };
}

/** How a further process is started. */
export interface FurtherProcess {
  readonly nsenter: string;
  readonly setsid: string;
  /** Of the namespaces, the box's mounts with them. */
  readonly options: readonly string[];
  readonly cgroups: readonly string[];
  /** Told of nsenter, which stops itself when what it started is stopped. */
  readonly onStarted: (child: ChildProcess) => void;
  /** An open directory of the box to start in. */
  readonly directory: number | undefined;
}

// Joins the cgroup before it enters, so that whatever it starts is in it too.
const joiner = 'for d in $1; do echo 0 >"$d/cgroup.procs" || exit 125; done; shift; exec "$@"';

/** Starts a further one. @throws PlimsollError PL0847 where it is gone before it was there */
export async function startFurther(
  { nsenter, setsid, options, cgroups, directory, onStarted }: FurtherProcess,
  argv: readonly string[],
  { env = usualEnvironment, terminal = false, user }: SpawnOptions,
): Promise<BoxProcess> {
  checkWords(argv);
  const pair = terminal ? openTerminal() : undefined;
  const own = pair?.inner ?? ('pipe' as const);
  const enter = [
    nsenter,
    ...options,
    ...(user === undefined ? [] : [`--setuid=${user.uid}`, `--setgid=${user.gid}`]),
    ...(directory === undefined ? [] : ['--wd=/proc/self/fd/3']),
    '--',
    ...argv,
  ];
  const ctty = pair === undefined ? [] : [setsid, '--ctty'];
  const [program = '', ...args] =
    cgroups.length === 0
      ? [...ctty, ...enter]
      : ['/bin/sh', '-c', joiner, 'sh', cgroups.join(' '), ...ctty, ...enter];
  const child = spawn(program, args, {
    stdio: [own, own, own, ...(directory === undefined ? [] : [directory])],
    env,
  });
  if (pair !== undefined) closeSync(pair.inner);
  onStarted(child);
  const streams = pair === undefined ? pipesOf(child) : terminalStreams(pair.outer);
  const exited = new Promise<ExitCode>((settle) => {
    child.on('error', () => settle(127));
    child.on('exit', (code, signal) =>
      settle(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  const identity = await childOf(child.pid, exited);
  return {
    pid: identity?.pid ?? child.pid ?? 0,
    ...streams,
    kill: identity === undefined ? () => false : killer(identity),
    resize: (rows, columns) => {
      if (pair !== undefined) setTerminalSize(pair.outer, rows, columns);
    },
    exited,
  };
}

const stepMs = 2;

/** What nsenter has started; undefined where that has ended already. */
async function childOf(
  pid: number | undefined,
  exited: Promise<unknown>,
): Promise<ProcessIdentity | undefined> {
  let over = pid === undefined;
  exited.then(() => {
    over = true;
  });
  while (!over) {
    const first = childrenOf(pid ?? 0)[0];
    const identity = first === undefined ? undefined : identityOf(first);
    if (identity !== undefined) return identity;
    await sleep(stepMs);
  }
  return undefined;
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}
