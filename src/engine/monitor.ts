// conmon, the monitor of a container: it starts the OCI runtime, holds the standard streams, writes the log, serves those
// who attach, and leaves the exit code in a file. It is a small C program (a megabyte); no Node process waits for a
// container.
import { closeSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { linesOf } from '../lib/lines-of.ts';
import { systemReason } from '../lib/system-reason.ts';
import {
  exitCodeOfComplaint,
  type OciRuntime,
  readComplaint,
  runtimeFailure,
} from '../runtime/oci-runtime.ts';
import { findProgram } from '../sys/find-program.ts';
import { openNull, openPipe, piecesOf, type Spawned, spawnProgram, textOf } from '../sys/spawn.ts';
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
  /** Further descriptors, which it keeps open as long as it lives. */
  readonly keeps?: readonly number[];
  /** It gets the standard streams of this process, for a container without a log. */
  readonly passStreams?: boolean;
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

/** Options of conmon that have it call the runtime, through what a WayToCreate says. */
export function runtimeArguments(
  { path, arguments: args, environment }: OciRuntime,
  [through, ...before]: readonly string[] = [],
): readonly string[] {
  const all = through === undefined ? args : [...before, path, ...args];
  const program =
    through === undefined ? path : (findProgram(through, environment['PATH']) ?? through);
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
  passStreams = false,
  keeps = [],
}: MonitorRequest): Promise<Monitored> {
  const [exitProgram, ...exitArgs] = exitCommand;
  const all = [
    '--api-version',
    '1',
    ...args,
    ...(exitProgram === undefined ? [] : ['--exit-command', exitProgram]),
    ...exitArgs.flatMap((one) => ['--exit-command-arg', one]),
  ];
  const [complaint, answers] = [openPipe(), openPipe()];
  const [start, ready] = onAttach === undefined ? [] : [openPipe(), openPipe()];
  const given = [
    ...(passStreams ? [0, 1, 2] : [openNull(), openNull(), complaint.write]),
    answers.write,
    ...(start === undefined || ready === undefined ? [] : [start.read, ready.write]),
  ];
  let child: Spawned;
  try {
    child = spawnProgram({
      path,
      args: all,
      environment: {
        ...environment,
        _OCI_SYNCPIPE: '3',
        ...(onAttach ? { _OCI_STARTPIPE: '4', _OCI_ATTACHPIPE: '5' } : {}),
      },
      descriptors: [...given, ...keeps],
    });
  } catch (cause) {
    for (const fd of [complaint.read, answers.read, start?.write, ready?.read])
      if (fd !== undefined) closeSync(fd);
    throw new PlimsollError('PL0824', `conmon could not be started: ${systemReason(cause)}`, {
      at: { path },
      cause,
    });
  } finally {
    for (const fd of new Set([...given.filter((one) => one > 2), complaint.write])) closeSync(fd);
  }
  const complained = textOf(complaint.read);
  // Of an execution that is left to itself nobody reads on: a read that waits in another thread would keep the process.
  const lines = linesOf(
    onAttach === undefined
      ? piecesOf(answers.read)
      : new Socket({ fd: answers.read, readable: true, writable: false }),
  );
  if (onAttach !== undefined && start !== undefined && ready !== undefined) {
    // conmon waits for a byte before it does anything, says when its socket is there, and waits for another.
    tell(start.write);
    const saidReady = linesOf(piecesOf(ready.read));
    const { done } = await saidReady.next();
    await saidReady.return(undefined);
    if (done !== true) onAttach();
    tell(start.write);
    closeSync(start.write);
  }
  const first = await lines.next();
  await child.wait();
  const said: Said = first.done === true ? {} : (JSON.parse(first.value) as Said);
  const pid = said.data ?? said.pid;
  if (pid === undefined || pid < 0) {
    await lines.return(undefined);
    const text = said.message ?? (await complained);
    const error = runtimeFailure(runtime.name, 'the container could not be started', text);
    throw new NotStarted(error, exitCodeOfComplaint(readComplaint(text)) ?? 125);
  }
  // conmon keeps the pipe open for as long as it lives.
  if (onAttach === undefined) await lines.return(undefined);
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

/** A byte to conmon, which may have ended. */
function tell(fd: number): void {
  try {
    writeSync(fd, '1');
  } catch {
    // Why it ended is told by what it said.
  }
}
