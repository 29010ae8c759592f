// plimsoll run: makes a container of an image and starts it.
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { withContainer } from '../../engine/engine.ts';
import { finishRun } from '../../engine/finish-run.ts';
import { NotStarted } from '../../engine/monitor.ts';
import { startContainer } from '../../engine/start-container.ts';
import type { Context } from '../context.ts';
import { addCreateOptions, type CreateOptions, createFromOptions } from '../create-from-options.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { runAttended } from '../run-attended.ts';
import { timeoutOption } from '../run-options.ts';

interface RunCommandOptions extends CreateOptions {
  readonly detach?: boolean;
  readonly detachKeys?: string;
  readonly attach?: readonly string[];
  readonly sigProxy: boolean;
}

/** Which streams -a names: all where it was not given. @throws PlimsollError PL0001 */
function attachedStreams({ attach, interactive = false }: RunCommandOptions) {
  if (attach === undefined) return { stdin: interactive, stdout: true, stderr: true };
  const wrong = attach.find((one) => !/^(stdin|stdout|stderr)$/i.test(one));
  if (wrong !== undefined)
    throw new PlimsollError(
      'PL0001',
      `invalid argument "${wrong}" for -a: there is no such stream`,
      {
        help: 'one of: stdin, stdout, stderr',
      },
    );
  const has = (name: string): boolean => attach.some((one) => one.toLowerCase() === name);
  return { stdin: has('stdin'), stdout: has('stdout'), stderr: has('stderr') };
}

/** Adds `plimsoll run` to the program. */
export function register(program: Command, context: Context): void {
  program.enablePositionalOptions();
  const command = program
    .command('run')
    .description(
      'Makes a container of an image and starts it. Without -d the command stays until the container has ended, and ' +
        'ends as it did.',
    )
    .argument('<image>', 'name or id of an image')
    .argument('[command...]', "what to start instead of the image's own")
    .addOption(new Option('-d, --detach', 'leave it running and print its id'))
    .addOption(many('-a, --attach <stream>', 'stay at stdin, stdout, stderr only'))
    .addOption(new Option('--detach-keys <keys>', 'keys that leave it (default: ctrl-p,ctrl-q)'))
    .addOption(new Option('--no-sig-proxy', 'do not pass signals on'));
  addCreateOptions(command.addOption(timeoutOption()));
  addExamples(command, [
    { line: 'plimsoll run --rm -it debian:12 bash', says: 'a shell, gone when it ends' },
    { line: 'plimsoll run -d --name web --memory 256m nginx', says: 'a service' },
    { line: 'plimsoll run --rm --network none --read-only tool:1', says: 'shut in' },
  ]);
  command.action((image: string, rest: readonly string[], options: RunCommandOptions) =>
    run(image, rest, options, context),
  );
}

async function run(
  image: string,
  command: readonly string[],
  options: RunCommandOptions,
  context: Context,
): Promise<void> {
  const { stdin, ...show } = attachedStreams(options);
  if (options.tty && !options.detach && stdin && context.terminal === undefined)
    throw new PlimsollError('PL0001', 'the input device is not a TTY', {
      help: 'leave out -t, or start it at a terminal',
    });
  await withEngine(options, context, async (engine) => {
    const container = await createFromOptions(engine, image, command, options, context);
    const { id } = container;
    try {
      if (options.detach) {
        await withContainer(engine, id, (one) => startContainer(engine, one));
        context.stdout.write(`${id}\n`);
        return;
      }
      const code = await runAttended(
        engine,
        id,
        {
          stdin,
          show,
          sigProxy: options.sigProxy,
          ...(options.detachKeys === undefined ? {} : { detachKeys: options.detachKeys }),
        },
        context,
      );
      context.setExitCode(code);
      const { imitatedHost } = container.settings.config;
      if (imitatedHost !== undefined && context.verbosity !== 'quiet') {
        const { endingLine } = await import('../imitation.ts');
        context.stderr.write(`note: ${endingLine(imitatedHost)}\n`);
      }
    } catch (error) {
      if (options.detach) await finishRun(engine, id);
      context.fail(error);
      if (error instanceof NotStarted) context.setExitCode(error.exitCode);
    }
  });
}
