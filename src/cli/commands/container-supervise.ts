// plimsoll container supervise: the process that answers system calls of a container with --as; started by `run`.
import type { Command } from 'commander';
import { callerOf } from '../../emulate/process-caller.ts';
import { answerCalls, supervisedCalls } from '../../emulate/supervised-calls.ts';
import { syscallOfCaller } from '../../kernel/syscalls.ts';
import { serveCalls } from '../../sys/seccomp-notify.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

/** How long a supervisor waits for its container, in milliseconds. */
const patienceMs = 60_000;

/** Adds `plimsoll container supervise` to the group. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('supervise')
    .description(
      'Answers those system calls of a container made with --as that a filter cannot: uname, io_uring_setup, Landlock, mount. ' +
        'It is started by itself, and ends with the container.',
    )
    .argument('<container>', 'name or id');
  addStoreOption(command);
  addExamples(command, [{ line: 'plimsoll container supervise web', says: 'before it starts' }]);
  command.action((name: string, options: StoreOption) =>
    withEngine(options, context, async (engine) => {
      const { id, settings } = engine.records.find(name);
      const host = settings.config.imitatedHost;
      if (host?.supervisedAs === undefined) return;
      const answerers = supervisedCalls(host.offer, host.supervisedAs);
      const server = serveCalls(
        engine.places(id).calls,
        answerCalls(answerers, ({ arch, number }) => syscallOfCaller(arch, number), callerOf),
      );
      // A container that never came, or was killed while it was made, leaves nobody behind.
      const watch = setTimeout(() => server.idle() && server.stop(), patienceMs);
      context.signal.addEventListener('abort', server.stop);
      await server.done;
      clearTimeout(watch);
    }),
  );
}
