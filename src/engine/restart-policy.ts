// Restart policies. A container that keeps failing is started again after a pause that doubles, as docker has it; a shell
// waits for the time, not Node.
import { spawn } from 'node:child_process';
import { identityOf, signalProcess } from '../sys/process-identity.ts';
import type { Container, ContainerState } from './container.ts';
import type { Engine } from './engine.ts';
import { passedOn } from './passed-on.ts';

const SIGKILL = 9;
const firstPauseMs = 100;
const longestPauseMs = 60_000;
/** A run of this length counts as a success: the pause begins anew. */
const longRunMs = 10_000;

/** Milliseconds until the container that has ended is to be started again; undefined when it is not. */
export function restartDelay({ settings, state }: Container): number | undefined {
  const { name, maximumRetryCount } = settings.restart;
  const { exitCode, restartCount, stopped, startedMs = 0, finishedMs = 0 } = state;
  if (name === 'no' || stopped) return undefined;
  if (name === 'on-failure') {
    if (exitCode === 0) return undefined;
    if (maximumRetryCount > 0 && restartCount >= maximumRetryCount) return undefined;
  }
  const doublings = finishedMs - startedMs >= longRunMs ? 0 : Math.min(restartCount, 10);
  return Math.min(firstPauseMs * 2 ** doublings, longestPauseMs);
}

/**
 * Whether it is to be started when the machine has started, as docker's daemon does: `always` even if somebody stopped it,
 * the others only if nobody did; `on-failure` where it ended badly, which being lost with the machine is.
 */
export function startsOnBoot({ settings, state }: Container): boolean {
  switch (settings.restart.name) {
    case 'always':
      return true;
    case 'unless-stopped':
      return !state.stopped;
    case 'on-failure':
      return !state.stopped && state.exitCode !== 0;
    case 'no':
      return false;
  }
}

/** Marks the container and leaves a shell that starts it again after the time. */
export async function scheduleRestart(
  engine: Engine,
  container: Container,
  delayMs: number,
): Promise<Container> {
  const { own } = engine;
  const command = [own.command, ...own.args, 'container', 'cleanup', '--restart', container.id];
  const script = 'sleep "$1" && shift && exec "$@"';
  const child = spawn('/bin/sh', ['-c', script, 'sh', String(delayMs / 1000), ...command], {
    stdio: 'ignore',
    detached: true,
    env: passedOn(engine),
    cwd: '/',
  });
  child.on('error', () => undefined);
  child.unref();
  const waiting = child.pid === undefined ? undefined : identityOf(child.pid);
  const state = {
    ...container.state,
    status: 'restarting' as const,
    ...(waiting === undefined ? {} : { monitor: waiting }),
  };
  engine.records.setState(container.id, state);
  return { ...container, state };
}

/** Ends the shell that waits to start the container again, if there is one. */
export function cancelRestart({ status, monitor }: ContainerState): void {
  if (status === 'restarting' && monitor !== undefined) signalProcess(monitor, SIGKILL);
}
