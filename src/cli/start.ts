// Ties the program to this process: streams, signals, environment.

import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-code.ts';
import { processTerminal } from './process-terminal.ts';
import { runProgram } from './program.ts';

/** Signals that a command may pass on; those that stop a process or tell of a terminal are not among them. */
const proxied: readonly NodeJS.Signals[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGCONT',
];

/** How long a command may take to clean up after Ctrl-C before the process ends anyway. */
const graceMs = 250;

/** An output of this process. */
interface Guarded {
  readonly stream: NodeJS.WriteStream;
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number | undefined;
}

/**
 * Whoever reads our output may stop reading: that ends the output, quietly, and not the command. Node makes the stream
 * when it is first asked for, which takes 2 ms and more; many commands say nothing.
 */
function guarded(name: 'stdout' | 'stderr'): Guarded {
  let open = true;
  let made: NodeJS.WriteStream | undefined;
  const make = (): NodeJS.WriteStream => {
    const stream = process[name];
    stream.on('error', (error: NodeJS.ErrnoException) => {
      open = false;
      if (error.code === 'EPIPE') return;
      process.exitCode = exitCodes.notAnalysed;
      if (name !== 'stderr') {
        process.stderr.write(
          `error[PL0003]: output could not be written: ${systemReason(error)}\n`,
        );
      }
      process.exit();
    });
    return stream;
  };
  return {
    get stream() {
      made ??= make();
      return made;
    },
    write(text) {
      if (open) this.stream.write(text);
    },
    get isTTY() {
      return this.stream.isTTY === true;
    },
    get columns() {
      return this.stream.isTTY ? this.stream.columns : undefined;
    },
  };
}

/** Bytes to a stream; whoever closed the other end is told as an error, since what is sent would not be whole. */
function writeBytes({ stream }: Guarded, chunk: Uint8Array): Promise<void> {
  const failed = (error: Error): PlimsollError =>
    new PlimsollError('PL0003', `output could not be written: ${systemReason(error)}`, {
      help: 'see why the program behind the pipe ended, or whether the disk is full',
      cause: error,
    });
  return new Promise((settle, reject) => {
    stream.write(chunk, (error) => (error ? reject(failed(error)) : settle()));
  });
}

/** Runs the command line of this process and sets its exit code. */
export async function start(packageRoot: string): Promise<void> {
  const abort = new AbortController();
  let stopped: number | undefined;
  const stop = (code: number) => () => {
    if (abort.signal.aborted) process.exit(code);
    stopped = code;
    abort.abort();
    setTimeout(() => process.exit(code), graceMs);
  };
  const own = [
    ['SIGINT', stop(exitCodes.interrupted)],
    ['SIGTERM', stop(exitCodes.terminated)],
  ] as const;
  for (const [name, listener] of own) process.on(name, listener);
  const takeSignals: Context['takeSignals'] = (listener) => {
    for (const [name, before] of own) process.off(name, before);
    for (const name of proxied) process.on(name, listener);
    return () => {
      for (const name of proxied) process.off(name, listener);
      for (const [name, before] of own) process.on(name, before);
    };
  };
  let endsAtOnce = false;
  const outputs = { stdout: guarded('stdout'), stderr: guarded('stderr') };
  const code = await runProgram(process.argv.slice(2), {
    ...outputs,
    stdin: () => process.stdin,
    writeBytes: (chunk, to = 'stdout') => writeBytes(outputs[to], chunk),
    takeSignals,
    endProcess: () => {
      endsAtOnce = true;
      return true;
    },
    environment: process.env,
    cwd: process.cwd(),
    packageRoot,
    now: () => new Date(),
    signal: abort.signal,
    terminal: processTerminal,
    own: {
      command: process.execPath,
      args: process.argv.slice(1, 2),
      line: process.argv.slice(2),
      uid: process.geteuid?.() ?? 0,
      gid: process.getegid?.() ?? 0,
    },
  });
  process.exitCode ??= code;
  if (stopped !== undefined) process.exit(stopped);
  if (endsAtOnce) process.exit();
}
