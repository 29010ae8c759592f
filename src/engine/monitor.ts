// conmon, the monitor of a container: it starts the OCI runtime, holds the standard streams, writes the log, serves those
// who attach, and leaves the exit code in a file. It is a small C program (a megabyte); no Node process waits for a
// container.
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import {
  exitCodeOfComplaint,
  type OciRuntime,
  readComplaint,
  runtimeFailure,
} from '../runtime/oci-runtime.ts';
import { findProgram } from '../sys/find-program.ts';
import { findPart, installHelp } from '../sys/system-parts.ts';

/** What conmon is started with. */
export interface MonitorRequest {
  readonly path: string;
  readonly runtime: OciRuntime;
  readonly args: readonly string[];
  /** Added to `args` for the program that is called when the container has ended. */
  readonly exitCommand?: readonly string[];
  /** Of an execution with streams: called when conmon can be attached to; only then does it execute. */
  readonly onAttach?: () => void;
  /** Only these are passed on. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Finds conmon. @throws PlimsollError PL0823 */
export function findMonitor(path: string | undefined): string {
  const found = findPart('conmon', path);
  if (found !== undefined) return found;
  throw new PlimsollError('PL0823', 'there is no conmon on this machine', {
    help: installHelp('conmon'),
  });
}

/** Options of conmon that have it call the runtime, for `create` through what the host needs. */
export function runtimeArguments(
  { path, arguments: args, createThrough }: OciRuntime,
  creates: boolean,
  environmentPath: string | undefined,
): readonly string[] {
  const [through, ...before] = creates ? createThrough : [];
  const all = through === undefined ? args : [...before, path, ...args];
  const program = through === undefined ? path : (findProgram(through, environmentPath) ?? through);
  return ['--runtime', program, ...all.flatMap((one) => ['--runtime-arg', one])];
}

/** What conmon says over the pipe: a number, or what went wrong. */
interface Said {
  readonly data?: number;
  readonly pid?: number;
  readonly message?: string;
}

/** conmon at work. */
export interface Monitored {
  /** First process of the container, or of what was executed. */
  readonly pid: number;
  /** Of an execution: its exit code once it has ended. */
  readonly ended: Promise<number | undefined>;
}

/** A container that the runtime would not make, with the exit code that docker has for it. */
export class NotStarted extends PlimsollError {
  readonly exitCode: number;

  constructor(error: PlimsollError, exitCode: number) {
    const { at, notes, help } = error.diagnostic;
    super(error.code, error.message, {
      ...(at === undefined ? {} : { at }),
      ...(notes === undefined ? {} : { notes }),
      ...(help === undefined ? {} : { help }),
      cause: error,
    });
    this.exitCode = exitCode;
  }
}

/**
 * Starts conmon and waits until the runtime has made the container.
 * @throws NotStarted with what the runtime said; PlimsollError PL0824
 */
export async function startMonitor({
  path,
  runtime,
  args,
  exitCommand = [],
  environment,
  onAttach,
}: MonitorRequest): Promise<Monitored> {
  const [exitProgram, ...exitArgs] = exitCommand;
  const all = [
    '--api-version',
    '1',
    ...args,
    ...(exitProgram === undefined ? [] : ['--exit-command', exitProgram]),
    ...exitArgs.flatMap((one) => ['--exit-command-arg', one]),
  ];
  const child = spawn(path, all, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...(onAttach ? (['pipe', 'pipe'] as const) : [])],
    env: {
      ...environment,
      _OCI_SYNCPIPE: '3',
      ...(onAttach ? { _OCI_STARTPIPE: '4', _OCI_ATTACHPIPE: '5' } : {}),
    },
  });
  let complaint = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  const failed = new Promise<never>((_, reject) =>
    child.on('error', (cause) =>
      reject(
        new PlimsollError('PL0824', `conmon could not be started: ${systemReason(cause)}`, {
          at: { path },
          cause,
        }),
      ),
    ),
  );
  const parentEnded = new Promise<void>((settle) => child.on('exit', () => settle()));
  const answers = child.stdio[3] as Readable;
  const lines = linesOf(answers);
  if (onAttach) {
    // conmon waits for a byte before it does anything, says when its socket is there, and waits for another.
    const start = child.stdio[4] as Writable;
    start.on('error', () => undefined);
    start.write('1');
    const ready = child.stdio.at(5) as Readable;
    const { done } = await Promise.race([linesOf(ready).next(), failed]);
    ready.destroy();
    if (done !== true) onAttach();
    start.end('1');
  }
  const first = await Promise.race([lines.next(), failed]);
  await parentEnded;
  const said: Said = first.done === true ? {} : (JSON.parse(first.value) as Said);
  const pid = said.data ?? said.pid;
  if (pid === undefined || pid < 0) {
    answers.destroy();
    const text = said.message ?? complaint;
    const error = runtimeFailure(runtime.name, 'the container could not be started', text);
    throw new NotStarted(error, exitCodeOfComplaint(readComplaint(text)) ?? 125);
  }
  // conmon keeps the pipe open for as long as it lives.
  if (onAttach === undefined) answers.destroy();
  const ended =
    onAttach === undefined
      ? Promise.resolve(undefined)
      : lines.next().then((second) => {
          if (second.done === true) return undefined;
          const { data } = JSON.parse(second.value) as Said;
          return data;
        });
  // Nobody need listen.
  ended.catch(() => undefined);
  return { pid, ended };
}

async function* linesOf(stream: Readable): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const chunk of stream) {
    rest += String(chunk);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 1);
    }
  }
  if (rest.trim() !== '') yield rest;
  return undefined;
}
