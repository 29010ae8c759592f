// One try: a container of its own with these settings, run to its end, looked at, and removed.
import { setTimeout as sleep } from 'node:timers/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { ContainerSettings } from '../engine/container.ts';
import { createContainer } from '../engine/create-container.ts';
import { type Engine, withContainer } from '../engine/engine.ts';
import { readLog } from '../engine/logs/read-log.ts';
import { NotStarted } from '../engine/monitor.ts';
import { removeContainer } from '../engine/remove-container.ts';
import { startContainer } from '../engine/start-container.ts';
import { waitForExit } from '../engine/wait-for-exit.ts';

/** When a try counts as working. */
export interface TrialLimits {
  /** The exit code that is right. */
  readonly expectedCode: number;
  /** A try that takes longer is ended. */
  readonly timeoutMs: number;
  /** Set: still running when the time is over means that it works, as a service does. */
  readonly stays: boolean;
}

/** What a try came to. */
export interface Trial {
  readonly works: boolean;
  /** Undefined where it was ended, or did not start. */
  readonly exitCode?: number;
  readonly timedOut: boolean;
  readonly oomKilled: boolean;
  /** Why it did not start. */
  readonly startError?: string;
  /** The last lines of what it wrote. */
  readonly output: readonly string[];
}

/** Lines of output that are kept. */
const keptLines = 40;

async function outputOf(engine: Engine, id: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { text } of readLog(engine.places(id).log, { tail: keptLines }))
    lines.push(text.toString('utf8').trimEnd());
  return lines;
}

/** Waits for the end, or for the time to be over: the exit code, or undefined. */
async function endWithin(
  engine: Engine,
  id: string,
  timeoutMs: number,
): Promise<number | undefined> {
  const give = new AbortController();
  const signal = AbortSignal.any([engine.signal, give.signal]);
  const late = sleep(timeoutMs, undefined, { signal }).then(
    () => undefined,
    () => undefined,
  );
  try {
    const ended = waitForExit(engine, id, signal).then(({ exitCode }) => exitCode);
    ended.catch(() => undefined);
    return await Promise.race([ended, late]);
  } finally {
    give.abort(new Error('no longer waited for'));
    engine.signal.throwIfAborted();
  }
}

/**
 * Runs one try.
 * @throws the signal's reason; PlimsollError where the engine itself fails (not where the container does not start)
 */
export async function runTrial(
  engine: Engine,
  settings: ContainerSettings,
  { expectedCode, timeoutMs, stays }: TrialLimits,
): Promise<Trial> {
  // --timeout of run is the time of a try: conmon, which goes by whole seconds, would end it a moment before.
  const { timeoutSeconds: _, ...lasting } = settings;
  const container = await createContainer(engine, {
    ...lasting,
    openStdin: false,
    autoRemove: false,
    restart: { name: 'no', maximumRetryCount: 0 },
    log: { driver: 'json-file', options: {} },
    // A port that is published can be taken by the very container that fails.
    network: { ...settings.network, ports: [], publishAll: false },
  });
  const { id } = container;
  try {
    await withContainer(engine, id, (one) => startContainer(engine, one));
    const exitCode = await endWithin(engine, id, timeoutMs);
    const timedOut = exitCode === undefined;
    const output = await outputOf(engine, id);
    const works = timedOut ? stays : exitCode === expectedCode;
    const oomKilled = engine.records.get(id)?.state.oomKilled === true;
    return { works, timedOut, oomKilled, output, ...(timedOut ? {} : { exitCode }) };
  } catch (error) {
    if (!(error instanceof NotStarted || error instanceof PlimsollError)) throw error;
    const output = [...(error.diagnostic.notes ?? [])];
    return { works: false, timedOut: false, oomKilled: false, startError: error.message, output };
  } finally {
    await withContainer(engine, id, (one) =>
      removeContainer(engine, one, { force: true, volumes: true }),
    );
  }
}
