// Records say how containers stood when somebody last wrote; what happened since is seen here: a container that ended, a
// monitor that was killed, a machine that started anew, a command that was killed halfway.
import { existsSync } from 'node:fs';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { isRunning } from '../sys/process-identity.ts';
import { type Container, isAlive } from './container.ts';
import { endContainer, endingOf, finishEnd } from './end-container.ts';
import type { Engine } from './engine.ts';

/** docker's exit code of what was lost with the machine. */
const lostExitCode = 255;
const killedExitCode = 137;

/** Whether the record is no longer what is. Cheap: a few reads in /proc and /run. */
export function isStale(engine: Engine, container: Container): boolean {
  const { state } = container;
  if (state.bootId === undefined) return false;
  if (state.bootId !== engine.bootId) return isAlive(state) || state.status === 'restarting';
  if (state.status === 'removing') return false;
  if (state.status === 'restarting')
    return state.monitor === undefined || !isRunning(state.monitor);
  // One that does not run and has a folder in /run was being started, or cleaned up.
  if (!isAlive(state))
    return state.finishedMs === undefined || existsSync(engine.places(container.id).folder);
  if (endingOf(engine, container) !== undefined) return true;
  return state.monitor === undefined || !isRunning(state.monitor);
}

/** Brings a record up to date, under the lock of its container. @throws PlimsollError as endContainer */
export async function refreshContainer(engine: Engine, container: Container): Promise<Container> {
  if (!isStale(engine, container)) return container;
  const { state } = container;
  if (!isAlive(state) && state.status !== 'restarting' && state.finishedMs !== undefined) {
    await finishEnd(engine, container);
    return container;
  }
  if (state.bootId !== engine.bootId)
    return endContainer(engine, container, { exitCode: lostExitCode });
  const ending = endingOf(engine, container);
  if (ending !== undefined) return endContainer(engine, container, ending);
  if (!isAlive(state))
    return endContainer(engine, container, {
      exitCode: state.exitCode,
      failedStart: true,
      error:
        state.status === 'restarting'
          ? 'what was to start it again was killed'
          : 'the command that started it was killed',
    });
  const lives = state.process !== undefined && isRunning(state.process);
  return endContainer(engine, container, {
    exitCode: lives ? killedExitCode : lostExitCode,
    error: 'its monitor (conmon) was killed',
  });
}

/** A container as it is, brought up to date where nobody works on it at the moment. */
export async function freshContainer(engine: Engine, container: Container): Promise<Container> {
  if (!isStale(engine, container)) return container;
  return (await tryRefresh(engine, container)) ?? container;
}

/** All containers as they are: what nobody works on at the moment is brought up to date. */
export async function freshContainers(engine: Engine): Promise<readonly Container[]> {
  const fresh: Container[] = [];
  for (const container of engine.records.list()) {
    const found = isStale(engine, container) ? await tryRefresh(engine, container) : container;
    if (found !== undefined) fresh.push(found);
  }
  return fresh;
}

async function tryRefresh(engine: Engine, container: Container): Promise<Container | undefined> {
  const lock = engine.tryLock(container.id);
  if (lock === undefined) return container;
  try {
    const now = engine.records.get(container.id);
    return now === undefined ? undefined : await refreshContainer(engine, now);
  } catch (error) {
    // Who only looks is told, however full the disk is; who comes when there is room writes it down.
    if (!(error instanceof PlimsollError) || error.code !== 'PL0702') throw error;
    const ending = endingOf(engine, container);
    if (!isAlive(container.state)) return container;
    const exitCode = ending?.exitCode ?? killedExitCode;
    return { ...container, state: { ...container.state, status: 'exited', exitCode } };
  } finally {
    lock.release();
  }
}
