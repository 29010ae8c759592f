// plimsoll container cleanup: what conmon starts when a container has ended; people need it only to see that nothing is
// left to do.
import type { Command } from 'commander';
import { withContainer } from '../../engine/engine.ts';
import { addEvent } from '../../engine/events.ts';
import { finishRun } from '../../engine/finish-run.ts';
import { startContainer } from '../../engine/start-container.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface CleanupOptions extends StoreOption {
  readonly health?: string;
  readonly restart?: boolean;
}

/** Adds `plimsoll container cleanup` to the group. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('cleanup')
    .description(
      'Takes down what containers that have ended had: mounts, networks, cgroups. It happens by itself; this is for one ' +
        'whose monitor was killed.',
    )
    .argument('<container...>', 'names or ids')
    .option('--health <status>', 'tell of what its health check has come to')
    .option('--restart', 'start one that waits for that by its restart policy');
  addStoreOption(command);
  addExamples(command, [{ line: 'plimsoll container cleanup web', says: 'once it has ended' }]);
  command.action((names: readonly string[], options: CleanupOptions) =>
    withEngine(options, context, async (engine) => {
      for (const name of names) {
        const found = engine.records.list().find((one) => one.id === name || one.name === name);
        // Removed meanwhile: nothing is left to do.
        if (found === undefined) continue;
        if (options.health !== undefined) {
          addEvent(engine, found, `health_status: ${options.health}`);
          continue;
        }
        if (!options.restart) {
          await finishRun(engine, found.id);
          continue;
        }
        try {
          await withContainer(engine, found.id, async (container) => {
            const { status, restartCount } = container.state;
            if (status === 'restarting')
              await startContainer(engine, container, { restartCount: restartCount + 1 });
          });
        } catch (error) {
          context.fail(error);
        }
      }
    }),
  );
}
