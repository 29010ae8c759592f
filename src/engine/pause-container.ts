import { runRuntime } from '../runtime/oci-runtime.ts';
import type { Container } from './container.ts';
import { type Engine, withContainer } from './engine.ts';
import { addEvent } from './events.ts';
import { refreshContainer } from './refresh-container.ts';
import { wrongStatus } from './start-container.ts';

/** Freezes all processes of a container. @throws PlimsollError PL0824, PL0826 */
export function pauseContainer(engine: Engine, id: string): Promise<void> {
  return change(engine, id, 'pause');
}

/** Lets them go on. @throws PlimsollError PL0824, PL0826 */
export function unpauseContainer(engine: Engine, id: string): Promise<void> {
  return change(engine, id, 'unpause');
}

function change(engine: Engine, id: string, doing: 'pause' | 'unpause'): Promise<void> {
  const [from, to, word] =
    doing === 'pause'
      ? (['running', 'paused', 'pause'] as const)
      : (['paused', 'running', 'resume'] as const);
  return withContainer(engine, id, async (found) => {
    const container: Container = await refreshContainer(engine, found);
    if (container.state.status !== from) throw wrongStatus(container, doing);
    const runtime = engine.runtime(container.settings.runtime);
    await runRuntime(runtime, [word, id], `the container could not be ${doing}d`);
    engine.records.setState(id, { ...container.state, status: to });
    addEvent(engine, container, doing);
  });
}
