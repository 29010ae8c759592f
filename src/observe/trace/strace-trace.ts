// A trace by strace, where programs may not be put into the kernel: an ordinary user's. It stops every thread at every
// call, which makes programs several times slower. What it writes is read as it comes.
import { type ChildProcess, spawn } from 'node:child_process';
import { constants, mkdtempSync, openSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { abiOfMachine } from '../../kernel/abi.ts';
import { argumentName } from '../../kernel/argument-names.ts';
import { syscallNamed } from '../../kernel/syscalls.ts';
import { watchedArguments } from '../../needs/code/file/call-arguments.ts';
import { closeDescriptor, makeNodeAt, openDirectory } from '../../sys/file-calls.ts';
import { findProgram } from '../../sys/find-program.ts';
import type { RunningTrace, TraceScope, TraceWorld } from './kernel-trace.ts';
import { bucketOf } from './latency.ts';
import { pathArguments } from './path-arguments.ts';
import { type StraceCall, straceNumber, straceParser, straceText } from './strace-lines.ts';
import { addCall, emptySums, latencies, programsOf } from './sums.ts';
import {
  fromFirstCall,
  type TraceBody,
  type TracedCall,
  type TracedPath,
  type TracedValues,
} from './trace.ts';
import { durationBuckets } from './trace-layout.ts';

/** What strace is given to trace: processes that are there, or a command of this machine, which it starts. */
export type StraceScope = TraceScope | { readonly command: readonly [string, ...string[]] };

/** A trace whose command this process has started. */
export interface StraceTrace extends RunningTrace {
  /** Ends with strace itself: the exit code of its command, or 128 and the signal. */
  readonly ended: Promise<number>;
}

/** How long the end of its lines is waited for when it has ended, in milliseconds. */
const drainMs = 10_000;
/** Longest text that is kept whole. */
const textBytes = 400;

/**
 * Starts strace.
 * @param path PATH of this user
 * @throws PlimsollError PL0840
 */
export async function startStrace(
  scope: StraceScope,
  world: TraceWorld,
  path: string | undefined,
): Promise<StraceTrace> {
  const strace = findProgram('strace', path);
  if (strace === undefined)
    throw new PlimsollError(
      'PL0840',
      'this user cannot put programs into the kernel, and strace is not installed',
      {
        help: 'install strace (Debian, Fedora: package strace), or run it as root',
      },
    );
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-trace-'));
  const fifo = join(folder, 'calls');
  const directory = openDirectory(folder);
  makeNodeAt(directory, 'calls', constants.S_IFIFO | 0o600, 0);
  closeDescriptor(directory);
  // Not waited for: strace opens the other end when it comes to that.
  const output = new Socket({
    fd: openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
  const follow = ['-f', '-ttt', '-T', '-X', 'raw', '-s', String(textBytes), '-o', fifo];
  const target =
    'command' in scope
      ? ['--', ...scope.command]
      : scope.processes.flatMap((pid) => ['-p', String(pid)]);
  const started = 'command' in scope;
  const child = spawn(strace, [...follow, ...target], {
    stdio: started ? 'inherit' : ['ignore', 'ignore', 'pipe'],
  });
  const reader = straceReader(scope, world, child, output);
  void reader.ended.then(() => rmSync(folder, { recursive: true, force: true }));
  if (!started) await attached(child, scope.processes.length);
  return reader;
}

/** Waits until strace says that it has them all. @throws PlimsollError PL0840 */
async function attached(child: ChildProcess, processes: number): Promise<void> {
  const { stderr } = child;
  if (stderr === null) return;
  let said = '';
  await new Promise<void>((settle, reject) => {
    const refuse = (): void =>
      reject(
        new PlimsollError('PL0840', 'strace could not attach to the processes', {
          notes: said.trim().split('\n').slice(-3),
          help: 'run it as root, or where kernel.yama.ptrace_scope lets processes be traced',
        }),
      );
    child.on('error', refuse);
    child.on('exit', refuse);
    stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const count = said.split('\n').filter((line) => / attached/.test(line)).length;
      if (count >= processes) settle();
    });
  });
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

function nameOf(pid: number, program: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch {
    return program.slice(program.lastIndexOf('/') + 1, program.lastIndexOf('/') + 16);
  }
}

interface Known {
  program: string;
  name: string;
  process: number;
}

function straceReader(
  scope: StraceScope,
  world: TraceWorld,
  child: ChildProcess,
  output: Readable,
): StraceTrace {
  const abi = abiOfMachine(world.arch === 'x64' ? 'x86_64' : world.arch) ?? 'x86_64';
  const began = world.now();
  const sums = emptySums();
  const buckets = new Map<string, number[]>();
  const values = new Map<string, TracedValues>();
  const paths = new Map<string, TracedPath>();
  const threads = new Map<number, Known>();
  const waiting = 'command' in scope || scope.untilExecuted;
  let counting = !waiting;
  let lost = 0;
  let last: number | undefined;

  const knownOf = (thread: number): Known => {
    const known = threads.get(thread);
    if (known !== undefined) return known;
    // It may have begun before the call that made it came back, and ended since: then it is of who called last.
    const maker = last === undefined ? undefined : threads.get(last);
    const program = programOf(thread) || (maker?.program ?? '');
    const made = { program, name: nameOf(thread, program), process: thread };
    threads.set(thread, made);
    return made;
  };

  const countArguments = (known: Known, { name, args, result }: StraceCall): void => {
    const watched = Object.entries(watchedArguments[name] ?? {});
    const errno = result?.errno;
    const outcome = errno === undefined ? {} : { errno };
    const given = watched.flatMap(([position, argument]) => {
      const value = straceNumber(args[Number(position) - 1] ?? '');
      if (value === undefined) return [];
      return [
        [
          argument,
          { value, name: argumentName(abi, name, argument, value) ?? String(value) },
        ] as const,
      ];
    });
    if (given.length > 0) {
      const key = JSON.stringify([known.program, name, errno, given]);
      const before = values.get(key);
      values.set(key, {
        program: known.program,
        call: name,
        ...outcome,
        arguments: Object.fromEntries(given),
        count: (before?.count ?? 0) + 1,
      });
    }
    const where = pathArguments.get(name);
    for (const position of [where?.path, where?.second]) {
      const text = position === undefined ? undefined : straceText(args[position - 1] ?? '');
      if (text === undefined) continue;
      const flagsAt = where?.flags;
      const number = flagsAt === undefined ? undefined : straceNumber(args[flagsAt - 1] ?? '');
      const flags = number === undefined ? undefined : argumentName(abi, name, 'flags', number);
      const key = JSON.stringify([known.program, name, errno, text.text, flags]);
      const before = paths.get(key);
      paths.set(key, {
        program: known.program,
        call: name,
        path: text.text,
        ...(text.cut ? { cut: true as const } : {}),
        ...(flags === undefined ? {} : { flags }),
        ...outcome,
        count: (before?.count ?? 0) + 1,
      });
    }
  };

  const take = (call: StraceCall): void => {
    const { thread, name, args, at, durationNs, result } = call;
    const known = knownOf(thread);
    last = thread;
    const executed =
      (name === 'execve' || name === 'execveat') &&
      result?.errno === undefined &&
      result !== undefined;
    if (executed) {
      known.program = straceText(args[name === 'execve' ? 0 : 1] ?? '')?.text ?? known.program;
      known.name = nameOf(thread, known.program);
      counting = true;
    }
    if (!counting) return;
    const failed = result?.errno;
    const outcome = result === undefined ? 'unfinished' : failed;
    const counted: TracedCall = {
      name,
      number: syscallNamed(name)?.numbers[abi] ?? -1,
      abi,
      count: 1,
      errors: failed === undefined ? 0 : 1,
      outcomes: [{ ...(outcome === undefined ? {} : { errno: outcome }), count: 1 }],
      totalNs: durationNs ?? 0,
      ...(durationNs === undefined ? {} : { leastNs: durationNs, mostNs: durationNs }),
      firstNs: Math.max(0, Math.round((at * 1000 - began) * 1e6)),
    };
    addCall(
      sums,
      { program: known.program, name: known.name, id: thread, process: known.process },
      counted,
    );
    if (durationNs !== undefined) {
      const list = buckets.get(name) ?? new Array<number>(durationBuckets).fill(0);
      const bucket = bucketOf(durationNs, durationBuckets);
      list[bucket] = (list[bucket] ?? 0) + 1;
      buckets.set(name, list);
    }
    countArguments(known, call);
    // A thread or process that begins runs the program of its maker.
    if (/^(clone3?|v?fork)$/.test(name) && result !== undefined && failed === undefined) {
      const made = Number(result.value);
      if (!threads.has(made)) threads.set(made, { ...known, process: made });
    }
  };

  const parse = straceParser();
  const lines = createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY });
  let opened = false;
  lines.on('line', (line) => {
    opened = true;
    const call = parse(line);
    if (call !== undefined) take(call);
    else if (/\bumovestr|short read|detached/.test(line)) lost += 1;
  });
  const read = new Promise<void>((settle) => lines.on('close', settle));
  let exited = false;
  const ended = new Promise<number>((settle) => {
    child.on('error', () => settle(127));
    child.on('close', (code, signal) => {
      exited = true;
      // Where it never opened its end there is nothing more to come.
      setTimeout(() => output.destroy(), opened ? drainMs : 0).unref();
      settle(code ?? (signal === null ? 1 : 128 + signalOf(signal)));
    });
  }).then(async (code) => {
    await read;
    return code;
  });
  const readAll = (): TraceBody => ({
    schema: 'plimsoll.trace/1',
    source: 'strace',
    machine: abi,
    kernel: world.kernel,
    startedAt: new Date(began).toISOString(),
    durationMs: world.now() - began,
    programs: programsOf(sums),
    values: [...values.values()].toSorted((a, b) => b.count - a.count),
    paths: [...paths.values()].toSorted((a, b) => b.count - a.count),
    latency: latencies(sums, ({ name }) => buckets.get(name)),
    losses: lost === 0 ? {} : { lines: lost },
  });
  return {
    ended,
    alive: () => (exited ? 0 : 1),
    forgetMaker: () => undefined,
    // strace lets go of what it traces when it is told to end.
    close: () => {
      if (!exited && !('command' in scope)) child.kill('SIGINT');
    },
    read: () => (waiting ? fromFirstCall(readAll()) : readAll()),
  };
}

function signalOf(signal: NodeJS.Signals): number {
  return signal === 'SIGINT' ? 2 : signal === 'SIGTERM' ? 15 : 9;
}
