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
    const end = (): void => {
      clearInterval(timer);
      watcher?.close();
      signal.removeEventListener('abort', stop);
    };
    const check = (): void => {
      try {
        const found = look();
        if (found === undefined) return;
        end();
        settle(found);
      } catch (error) {
        end();
        reject(error);
      }
    };
    const stop = (): void => {
      end();
      reject(signal.reason);
    };
    let watcher: ReturnType<typeof watch> | undefined;
    try {
      watcher = watch(engine.places(id).folder, (_, name) => {
        if (name === 'exit' || name === null) check();
      });
      watcher.on('error', () => undefined);
    } catch {
      // Cleaned up already; the record tells.
    }
    const timer = setInterval(check, lookEveryMs);
    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener('abort', stop, { once: true });
    check();
  });
}
