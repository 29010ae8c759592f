// What trace and profile share: a trace over a new container, a running one, or a command of this machine, until it ends.
import { readFileSync } from 'node:fs';
import { constants, release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Container } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import type { RunningTrace, TraceScope } from '../observe/trace/kernel-trace.ts';
import {
  type TraceMeans,
  type TraceRequest,
  traceCommand,
  traceProcesses,
} from '../observe/trace/start-trace.ts';
import type { Trace, TraceBody } from '../observe/trace/trace.ts';
import { namespaceProcesses } from '../sys/namespace-processes.ts';
import { signalProcess } from '../sys/process-identity.ts';
import type { Context } from './context.ts';
import { runAttended } from './run-attended.ts';

/** How long what was told to end may take, in milliseconds. */
const killMs = 10_000;

/** What came of it. */
export interface Session {
  readonly trace: Trace;
  /** Of what was started; 0 for what ran already. */
  readonly exitCode: number;
  /** It was stopped because its time was over. */
  readonly cut?: true;
}

/** What a trace is begun with here. */
export function traceRequest(means: TraceMeans, context: Context): TraceRequest {
  const { environment, stderr, verbosity } = context;
  return {
    means,
    world: {
      arch: process.arch,
      kernel: release(),
      monotonicNs: () => process.hrtime.bigint(),
      now: () => context.now().getTime(),
      thread: process.pid,
    },
    path: environment['PATH'],
    note: (text) => {
      if (verbosity !== 'quiet') stderr.write(`note: ${text}\n`);
    },
  };
}

/** The processes of a container that runs. */
function processesOf({ state, settings }: Container, pid: number): TraceScope {
  const own = settings.config.namespaces.pid.kind === 'private';
  const processes = own ? namespaceProcesses(pid) : descendants(pid);
  return {
    processes,
    untilExecuted: false,
    ...(own && state.process !== undefined ? { namespaceOf: pid } : {}),
  };
}

/** A process and all that it started, where nothing else tells them apart. */
function descendants(pid: number): readonly number[] {
  const children = (one: number): readonly number[] => {
    try {
      return readFileSync(`/proc/${one}/task/${one}/children`, 'utf8')
        .split(' ')
        .filter((word) => word !== '')
        .map(Number);
    } catch {
      return [];
    }
  };
  return [pid, ...children(pid).flatMap((one) => descendants(one))];
}

const finished = (body: TraceBody, target: string): Trace => ({ ...body, target });

/** Traces a command of this machine to its end; Ctrl-C ends it and the report comes all the same. */
export async function traceMachineCommand(
  command: readonly [string, ...string[]],
  request: TraceRequest,
  context: Context,
): Promise<Session> {
  const { trace, ended, signal } = await traceCommand(command, request);
  const giveBack = context.takeSignals((name) => {
    // What is typed at a terminal reaches the command by itself.
    const typed = name === 'SIGINT' || name === 'SIGQUIT';
    if (!typed || context.terminal === undefined) signal(name);
  });
  try {
    const exitCode = await ended;
    return { trace: finished(trace.read(), command.join(' ')), exitCode };
  } finally {
    giveBack();
    trace.close();
  }
}

/** How a new container is run. */
export interface TracedRun {
  /** Standard input goes to it. */
  readonly stdin: boolean;
  /** It is stopped after this time. */
  readonly durationMs?: number;
}

/** Starts a container that is there and traces it from its first call to its end. */
export async function traceNewContainer(
  engine: Engine,
  id: string,
  target: string,
  { stdin, durationMs }: TracedRun,
  request: TraceRequest,
  context: Context,
): Promise<Session> {
  let trace: RunningTrace | undefined;
  let cut = false;
  let timer: NodeJS.Timeout | undefined;
  const begin = async ({ state, settings }: Container): Promise<void> => {
    const { process: first } = state;
    if (first === undefined)
      throw new PlimsollError('PL0840', 'the container has no process to trace');
    const own = settings.config.namespaces.pid.kind === 'private';
    trace = await traceProcesses(
      { processes: [first.pid], untilExecuted: true, ...(own ? { namespaceOf: first.pid } : {}) },
      request,
    );
    if (durationMs === undefined) return;
    timer = setTimeout(() => {
      cut = true;
      signalProcess(first, constants.signals.SIGTERM);
      timer = setTimeout(() => signalProcess(first, constants.signals.SIGKILL), killMs);
    }, durationMs);
  };
  try {
    const show = { stdout: true, stderr: true };
    const exitCode = await runAttended(
      engine,
      id,
      { stdin, show, sigProxy: true, beforeStart: begin },
      context,
    );
    if (trace === undefined) throw new PlimsollError('PL0840', 'the container was not traced');
    return { trace: finished(trace.read(), target), exitCode, ...(cut ? { cut } : {}) };
  } finally {
    clearTimeout(timer);
    trace?.close();
  }
}

/** How a running container is looked at. */
export interface Watching {
  /** At most so long. */
  readonly durationMs?: number;
  /** Called about once a second with what was counted up to now. */
  readonly show?: (trace: Trace) => void;
}

/** Traces a container that runs, until it ends, the time is over, or Ctrl-C. */
export async function traceRunningContainer(
  container: Container,
  { durationMs, show }: Watching,
  request: TraceRequest,
  context: Context,
): Promise<Session> {
  const { process: first } = container.state;
  if (first === undefined)
    throw new PlimsollError('PL0826', `container ${container.name} does not run`, {
      help: 'plimsoll start it, or trace its image',
    });
  const trace = await traceProcesses(processesOf(container, first.pid), request);
  const stop = new AbortController();
  const giveBack = context.takeSignals(() => stop.abort());
  const until = durationMs === undefined ? undefined : context.now().getTime() + durationMs;
  const everyMs = 1000;
  try {
    while (!stop.signal.aborted && trace.alive() > 0) {
      const left = until === undefined ? everyMs : until - context.now().getTime();
      if (left <= 0) break;
      await sleep(Math.min(everyMs, left), undefined, { signal: stop.signal }).catch(
        () => undefined,
      );
      const body = trace.read();
      if (!stop.signal.aborted) show?.(finished(body, container.name));
    }
    return { trace: finished(trace.read(), container.name), exitCode: 0 };
  } finally {
    giveBack();
    trace.close();
  }
}
