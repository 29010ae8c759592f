// What follows when a container has ended: it is cleaned up, and then by its settings removed or started again.
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { refreshContainer } from './refresh-container.ts';
import { removeContainer } from './remove-container.ts';
import { restartDelay, scheduleRestart } from './restart-policy.ts';

/**
 * Cleans up after a container that has ended. Nothing when it runs, or somebody else did it. How it stands then;
 * undefined when it is gone. `keep`: it will be started again, and is not removed.
 * @throws PlimsollError what cleaning up and removing throw
 */
export async function finishRun(
  engine: Engine,
  id: string,
  keep = false,
): Promise<Container | undefined> {
  const lock = await engine.lock(id);
  try {
    const found = engine.records.get(id);
    if (found === undefined) return undefined;
    const container = await refreshContainer(engine, found);
    const { state, settings } = container;
    const failedStart = state.status === 'created' && state.finishedMs !== undefined;
    if (state.status !== 'exited' && !failedStart) return container;
    const delayMs = failedStart ? undefined : restartDelay(container);
    if (delayMs !== undefined) return await scheduleRestart(engine, container, delayMs);
    if (!settings.autoRemove || keep) return container;
    await removeContainer(engine, container, { volumes: true });
    return undefined;
  } finally {
    lock.release();
  }
}
