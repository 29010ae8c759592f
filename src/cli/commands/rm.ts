// plimsoll rm: removes containers.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { withContainer } from '../../engine/engine.ts';
import { removeContainer } from '../../engine/remove-container.ts';
import { stopContainer } from '../../engine/stop-container.ts';
import { stopMsOf } from '../container-settings-of.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { forEachNamed } from '../for-each-named.ts';
import { addWhichOptions, namedContainers, type WhichOptions } from '../named-containers.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface RmOptions extends StoreOption, WhichOptions {
  readonly force?: boolean;
  readonly ignore?: boolean;
  readonly time?: string;
  readonly volumes?: boolean;
}

/** Adds `plimsoll rm` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('rm')
    .description('Removes containers with what they changed of their images.')
    .argument('[container...]', 'names or ids')
    .option('-a, --all', 'all containers')
    .option('-f, --force', 'also those that run: they are killed')
    .option('-i, --ignore', 'pass over what is not there')
    .option('-t, --time <seconds>', 'with -f: give it time to end before it is killed')
    .option('-v, --volumes', 'with their anonymous volumes');
  addStoreOption(addWhichOptions(command, false));
  addExamples(command, [
    { line: 'plimsoll rm job', says: 'one that has ended' },
    { line: 'plimsoll rm -f web', says: 'whether it runs or not' },
  ]);
  command.action((names: readonly string[], options: RmOptions) =>
    withEngine(options, context, async (engine) => {
      const { force = false, volumes = false, ignore = false } = options;
      const graceMs = stopMsOf(options.time);
      const all = await namedContainers(engine, names, options, context.cwd, () => true);
      await forEachNamed(all, context, async (name) => {
        try {
          const { id } = engine.records.find(name);
          if (force && graceMs !== undefined)
            await stopContainer(engine, id, { timeoutMs: graceMs });
          if (engine.records.get(id) === undefined) return undefined;
          return await withContainer(engine, id, (one) =>
            removeContainer(engine, one, { force, volumes }),
          );
        } catch (error) {
          const missing = error instanceof PlimsollError && error.code === 'PL0820';
          // As docker since 20.10: with -f what is not there is no failure.
          if (!missing || !(ignore || force)) throw error;
          if (force && !ignore) context.stderr.write(`no such container: ${name}\n`);
          return 'passed over';
        }
      });
    }),
  );
}
