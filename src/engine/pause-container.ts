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

function change(engine: Engine, id: string, doing: Doing): Promise<void> {
  return withContainer(engine, id, async (found) =>
    changeHeld(engine, await refreshContainer(engine, found), doing),
  );
}

type Doing = 'pause' | 'unpause';

/** As `change`, of a container whose lock is held. */
async function changeHeld(engine: Engine, container: Container, doing: Doing): Promise<void> {
  const [from, to, word] =
    doing === 'pause'
      ? (['running', 'paused', 'pause'] as const)
      : (['paused', 'running', 'resume'] as const);
  const { id, state } = container;
  if (state.status !== from) throw wrongStatus(container, doing);
  const runtime = engine.runtime(container.settings.runtime);
  await runRuntime(runtime, [word, id], `the container could not be ${doing}d`);
  engine.records.setState(id, { ...state, status: to });
  addEvent(engine, container, doing);
}

/**
 * Does something with a container that nobody else changes meanwhile, frozen where `frozen` says so and it runs.
 * @throws PlimsollError PL0820, PL0824, and what `use` throws
 */
export function withFrozenContainer<T>(
  engine: Engine,
  id: string,
  frozen: boolean,
  use: (container: Container) => Promise<T>,
): Promise<T> {
  return withContainer(engine, id, async (found) => {
    const container = await refreshContainer(engine, found);
    if (!frozen || container.state.status !== 'running') return use(container);
    await changeHeld(engine, container, 'pause');
    try {
      return await use(container);
    } finally {
      await changeHeld(engine, engine.records.find(id), 'unpause');
    }
  });
}
