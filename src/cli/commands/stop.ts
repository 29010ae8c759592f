// plimsoll stop: asks containers to end, and kills them when they do not.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { signalNamed, stopContainer } from '../../engine/stop-container.ts';
import { stopMsOf } from '../container-settings-of.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { forEachNamed } from '../for-each-named.ts';
import { addWhichOptions, namedContainers, type WhichOptions } from '../named-containers.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface StopCommandOptions extends StoreOption, WhichOptions {
  readonly ignore?: boolean;
  readonly signal?: string;
  readonly time?: string;
  readonly timeout?: string;
}

/** Adds `plimsoll stop` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('stop')
    .description(
      'Asks containers to end by their stop signal, and kills them when they have not after their stop time-out.',
    )
    .argument('[container...]', 'names or ids')
    .option('-a, --all', 'all that run')
    .option('-i, --ignore', 'pass over what is not there')
    .option('-s, --signal <signal>', "what is sent (default: the container's stop signal)")
    .option('-t, --timeout <seconds>', 'wait as long; -1 without end (default: 10)')
    .option('--time <seconds>', 'the same');
  addStoreOption(addWhichOptions(command));
  addExamples(command, [
    { line: 'plimsoll stop web', says: 'SIGTERM, after ten seconds SIGKILL' },
    { line: 'plimsoll stop -t 60 db', says: 'more time to close its files' },
  ]);
  command.action((names: readonly string[], options: StopCommandOptions) =>
    withEngine(options, context, async (engine) => {
      const timeoutMs = stopMsOf(options.timeout ?? options.time);
      const signal = options.signal === undefined ? undefined : signalNamed(options.signal);
      await forEachNamed(
        await namedContainers(engine, names, options, context.cwd),
        context,
        async (name) => {
          try {
            await stopContainer(engine, engine.records.find(name).id, {
              ...(timeoutMs === undefined ? {} : { timeoutMs }),
              ...(signal === undefined ? {} : { signal }),
            });
          } catch (error) {
            const missing = error instanceof PlimsollError && error.code === 'PL0820';
            if (!missing || !options.ignore) throw error;
          }
        },
      );
    }),
  );
}
