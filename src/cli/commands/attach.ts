// plimsoll attach: sits before the streams of a container that runs.
import { constants } from 'node:os';
import { type Command, Option } from 'commander';
import { attachTo, resizeTerminal } from '../../engine/attach.ts';
import { withContainer } from '../../engine/engine.ts';
import { addEvent } from '../../engine/events.ts';
import { refreshContainer } from '../../engine/refresh-container.ts';
import { wrongStatus } from '../../engine/start-container.ts';
import { waitForExit } from '../../engine/wait-for-exit.ts';
import { signalProcess } from '../../sys/process-identity.ts';
import { attend } from '../attend.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface AttachOptions extends StoreOption {
  readonly detachKeys?: string;
  readonly stdin: boolean;
  readonly sigProxy: boolean;
}

/** Adds `plimsoll attach` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('attach')
    .description(
      'Shows what a container writes from now on, passes input and signals on, and ends as it does.',
    )
    .argument('<container>', 'name or id')
    .addOption(new Option('--detach-keys <keys>', 'keys that leave it (default: ctrl-p,ctrl-q)'))
    .addOption(new Option('--no-stdin', 'pass no input on'))
    .addOption(new Option('--no-sig-proxy', 'do not pass signals on'));
  addStoreOption(command);
  addExamples(command, [{ line: 'plimsoll attach web', says: 'ctrl-p ctrl-q leaves it' }]);
  command.action((name: string, options: AttachOptions) =>
    withEngine(options, context, async (engine) => {
      const { id } = engine.records.find(name);
      const container = await withContainer(engine, id, (one) => refreshContainer(engine, one));
      const { settings, state } = container;
      if (state.status !== 'running') throw wrongStatus(container, 'attach to');
      const places = engine.places(id);
      const attachment = attachTo(places);
      addEvent(engine, container, 'attach');
      const { process } = state;
      const how = await attend(
        {
          attachment,
          stdin: options.stdin && settings.openStdin,
          tty: settings.config.tty,
          ...(options.detachKeys === undefined ? {} : { detachKeys: options.detachKeys }),
          onSize: (size) => resizeTerminal(places, size),
          ...(options.sigProxy && process !== undefined
            ? {
                onSignal: (signal: NodeJS.Signals) =>
                  void signalProcess(process, constants.signals[signal]),
              }
            : {}),
        },
        context,
      );
      if (how === 'detached') return;
      const { exitCode } = await waitForExit(engine, id);
      context.setExitCode(exitCode ?? 137);
    }),
  );
}
