// Waiting for the end of a container: conmon leaves a file, which inotify tells of at once. Looking now and then is for
// what no file tells: a monitor that was killed, a folder that somebody else has cleaned up already.
import { watch } from 'node:fs';
import { isAlive } from './container.ts';
import { endingOf } from './end-container.ts';
import type { Engine } from './engine.ts';
import { isStale } from './refresh-container.ts';

/** What the wait came to: the exit code; undefined when the container was removed meanwhile. */
export interface Ended {
  readonly exitCode: number | undefined;
}

const lookEveryMs = 500;

/**
 * Who waits mostly saw the streams close a moment ago, and the file comes a moment later: it is looked for so often before
 * it is watched for, which has Node load 4 ms of modules.
 */
const firstLooksMs = [1, 1, 1, 2, 3, 5, 8];

/** Waits until the container is not alive. @throws the signal's reason */
export async function waitForExit(
  engine: Engine,
  id: string,
  signal: AbortSignal = engine.signal,
): Promise<Ended> {
  const look = (): Ended | undefined => {
    const container = engine.records.get(id);
    if (container === undefined) return { exitCode: undefined };
    const { state } = container;
    const ending = isAlive(state) ? endingOf(engine, container) : undefined;
    if (ending !== undefined) return { exitCode: ending.exitCode };
    if (state.status === 'restarting') return undefined;
    if (!isAlive(state)) return { exitCode: state.exitCode };
    if (!isStale(engine, container)) return undefined;
    // What made it stale may be the end itself, which came between the two looks.
    const late = endingOf(engine, container);
    if (late !== undefined) return { exitCode: late.exitCode };
    const now = engine.records.get(id);
    return { exitCode: now === undefined || isAlive(now.state) ? 255 : now.state.exitCode };
  };
  return new Promise((settle, reject) => {
    let timer: ReturnType<typeof setInterval> | undefined;
    const end = (): void => {
      clearInterval(timer);
      watcher?.close();
      signal.removeEventListener('abort', stop);
    };
    /** Whether the waiting is over. */
    const check = (): boolean => {
      try {
        const found = look();
        if (found === undefined) return false;
        end();
        settle(found);
      } catch (error) {
        end();
        reject(error);
      }
      return true;
    };
    const stop = (): void => {
      end();
      reject(signal.reason);
    };
    let watcher: ReturnType<typeof watch> | undefined;
    const watchForIt = (): void => {
      try {
        watcher = watch(engine.places(id).folder, (_, name) => {
          if (name === 'exit' || name === null) check();
        });
        watcher.on('error', () => undefined);
      } catch {
        // Cleaned up already; the record tells.
      }
      timer = setInterval(check, lookEveryMs);
      // It may have come between the last look and the watch.
      check();
    };
    const lookAgain = (tries: number): void => {
      const pauseMs = firstLooksMs[tries];
      if (pauseMs === undefined) {
        watchForIt();
        return;
      }
      timer = setTimeout(() => {
        if (!check()) lookAgain(tries + 1);
      }, pauseMs);
    };
    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener('abort', stop, { once: true });
    if (!check()) lookAgain(0);
  });
}
