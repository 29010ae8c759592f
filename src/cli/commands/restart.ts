// plimsoll restart: stops containers and starts them again.
import type { Command } from 'commander';
import { isAlive } from '../../engine/container.ts';
import { withContainer } from '../../engine/engine.ts';
import { addEvent } from '../../engine/events.ts';
import { startContainer } from '../../engine/start-container.ts';
import { signalNamed, stopContainer } from '../../engine/stop-container.ts';
import { stopMsOf } from '../container-settings-of.ts';
import type { Context } from '../context.ts';
import { registerEach } from '../each-container-command.ts';

interface RestartOptions {
  readonly signal?: string;
  readonly time?: string;
  readonly timeout?: string;
  readonly running?: boolean;
}

/** Adds `plimsoll restart` to the program. */
export function register(program: Command, context: Context): void {
  registerEach<RestartOptions>(program, context, {
    name: 'restart',
    description: 'Stops containers that run, and starts them again; starts those that do not.',
    examples: [
      { line: 'plimsoll restart web', says: 'with ten seconds to end' },
      { line: 'plimsoll restart -t 0 web', says: 'at once' },
    ],
    options: (command) =>
      command
        .option('-s, --signal <signal>', "what is sent (default: the container's stop signal)")
        .option('-t, --timeout <seconds>', 'wait as long before it is killed; -1 without end')
        .option('--time <seconds>', 'the same')
        .option('--running', 'of those that were chosen, only what runs'),
    all: { says: 'all that run', fits: ({ state }) => isAlive(state) },
    async act(engine, { id, state }, options) {
      if (options.running === true && !isAlive(state)) return;
      const timeoutMs = stopMsOf(options.timeout ?? options.time);
      await stopContainer(engine, id, {
        keep: true,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(options.signal === undefined ? {} : { signal: signalNamed(options.signal) }),
      });
      await withContainer(engine, id, async (container) => {
        // Somebody else was faster.
        if (isAlive(container.state)) return;
        const started = await startContainer(engine, container);
        addEvent(engine, started, 'restart');
      });
    },
  });
}
