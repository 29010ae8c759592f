// update: other limits and another restart policy for a container, at once where it runs.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runRuntime } from '../runtime/oci-runtime.ts';
import type { SpecResources } from '../runtime/spec.ts';
import { isAlive, type RestartPolicy } from './container.ts';
import { type Engine, withContainer } from './engine.ts';
import { addEvent } from './events.ts';
import { refreshContainer } from './refresh-container.ts';

/** What is changed; all else stays. */
export interface ContainerUpdate {
  readonly resources: SpecResources;
  readonly restart?: RestartPolicy;
}

function merged(before: SpecResources, change: SpecResources): SpecResources {
  const memory = { ...before.memory, ...change.memory };
  const cpu = { ...before.cpu, ...change.cpu };
  const blockIO = { ...before.blockIO, ...change.blockIO };
  return {
    ...before,
    ...change,
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(Object.keys(blockIO).length === 0 ? {} : { blockIO }),
  };
}

/** Changes a container. @throws PlimsollError PL0820, PL0824 where the kernel refuses a limit */
export function updateContainer(
  engine: Engine,
  id: string,
  { resources, restart }: ContainerUpdate,
): Promise<void> {
  return withContainer(engine, id, async (found) => {
    const container = await refreshContainer(engine, found);
    const { settings, state } = container;
    if (isAlive(state) && Object.keys(resources).length > 0) {
      const runtime = engine.runtime(settings.runtime);
      // A file: crun opens what it is given, and a pipe of Node cannot be opened.
      const file = join(engine.places(id).folder, 'update.json');
      writeFileSync(file, JSON.stringify(resources), { mode: 0o600 });
      try {
        const what = 'the limits could not be set';
        await runRuntime(runtime, ['update', '--resources', file, id], what);
      } finally {
        rmSync(file, { force: true });
      }
    }
    engine.records.setSettings(id, {
      ...settings,
      config: { ...settings.config, resources: merged(settings.config.resources, resources) },
      ...(restart === undefined ? {} : { restart }),
    });
    addEvent(engine, container, 'update');
  });
}
