// plimsoll start: starts containers that were made or have ended.
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { isAlive } from '../../engine/container.ts';
import { withContainer } from '../../engine/engine.ts';
import { NotStarted } from '../../engine/monitor.ts';
import { refreshContainer } from '../../engine/refresh-container.ts';
import { startContainer } from '../../engine/start-container.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { forEachNamed } from '../for-each-named.ts';
import { addWhichOptions, namedContainers, type WhichOptions } from '../named-containers.ts';
import { withEngine } from '../open-engine.ts';
import { runAttended } from '../run-attended.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface StartCommandOptions extends StoreOption, WhichOptions {
  readonly attach?: boolean;
  readonly interactive?: boolean;
  readonly detachKeys?: string;
  readonly sigProxy: boolean;
}

/** Adds `plimsoll start` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('start')
    .description('Starts containers that were made or have ended.')
    .argument('[container...]', 'names or ids')
    .option('--all', 'all that do not run')
    .option('-a, --attach', 'show its output, pass signals on, end as it does')
    .option('-i, --interactive', 'pass standard input on')
    .addOption(new Option('--detach-keys <keys>', 'keys that leave it (default: ctrl-p,ctrl-q)'))
    .addOption(new Option('--no-sig-proxy', 'do not pass signals on'));
  addStoreOption(addWhichOptions(command));
  addExamples(command, [
    { line: 'plimsoll start web', says: 'as it was run before' },
    { line: 'plimsoll start -ai job', says: 'and stay with it' },
    {
      line: 'plimsoll start --filter should-start-on-boot=true',
      says: 'when the machine has started: by restart policies',
    },
  ]);
  command.action((given: readonly string[], options: StartCommandOptions) =>
    withEngine(options, context, async (engine) => {
      const names = await namedContainers(
        engine,
        given,
        options,
        context.cwd,
        ({ state }) => !isAlive(state),
      );
      const stays = options.attach === true || options.interactive === true;
      if (!stays) {
        // What others share the network or the volumes of is older than they are.
        const inOrder = given.length > 0 ? names : names.toReversed();
        await forEachNamed(inOrder, context, async (name) => {
          const { id } = engine.records.find(name);
          await withContainer(engine, id, async (found) => {
            const container = await refreshContainer(engine, found);
            // As docker: one that runs is fine as it is.
            if (!isAlive(container.state)) await startContainer(engine, container);
          });
        });
        return;
      }
      const [name, ...more] = names;
      if (name === undefined) return;
      if (more.length > 0)
        throw new PlimsollError(
          'PL0001',
          'you cannot start and attach multiple containers at once',
          {
            help: 'start them without -a, or one after the other',
          },
        );
      const { id, settings } = engine.records.find(name);
      await withContainer(engine, id, (found) => refreshContainer(engine, found));
      try {
        const code = await runAttended(
          engine,
          id,
          {
            stdin: options.interactive === true && settings.openStdin,
            show: { stdout: true, stderr: true },
            sigProxy: options.sigProxy,
            ...(options.detachKeys === undefined ? {} : { detachKeys: options.detachKeys }),
          },
          context,
        );
        context.setExitCode(code);
      } catch (error) {
        context.fail(error);
        if (error instanceof NotStarted) context.setExitCode(error.exitCode);
      }
    }),
  );
}
