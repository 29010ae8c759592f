// plimsoll exec: one more process in a container that runs.

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { resizeTerminal } from '../../engine/attach.ts';
import { withContainer } from '../../engine/engine.ts';
import { addEvent } from '../../engine/events.ts';
import { type ExecRequest, executeIn } from '../../engine/exec.ts';
import { NotStarted } from '../../engine/monitor.ts';
import { refreshContainer } from '../../engine/refresh-container.ts';
import { identityOf, signalProcess } from '../../sys/process-identity.ts';
import { attend } from '../attend.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface ExecOptions extends StoreOption {
  readonly detach?: boolean;
  readonly detachKeys?: string;
  readonly env?: readonly string[];
  readonly envFile?: readonly string[];
  readonly interactive?: boolean;
  readonly privileged?: boolean;
  readonly tty?: boolean;
  readonly user?: string;
  readonly workdir?: string;
}

/** Adds `plimsoll exec` to the program. */
export function register(program: Command, context: Context): void {
  program.enablePositionalOptions();
  const command = program
    .command('exec')
    .description('Runs a command in a container that runs, and ends as it does.')
    .argument('<container>', 'name or id')
    .argument('<command...>', 'a program and its arguments')
    .passThroughOptions()
    .option('-d, --detach', 'leave it running')
    .option('--detach-keys <keys>', 'keys that leave it (default: ctrl-p,ctrl-q)')
    .addOption(many('-e, --env <name=value>', 'environment variable'))
    .addOption(many('--env-file <file>', 'file with environment variables'))
    .option('-i, --interactive', 'pass standard input on')
    .option('--privileged', 'all capabilities')
    .option('-t, --tty', 'give it a terminal')
    .option('-u, --user <user[:group]>', 'names or numbers')
    .option('-w, --workdir <dir>', 'working directory');
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll exec -it web sh', says: 'a shell beside the service' },
    { line: 'plimsoll exec -u root web apt-get update', says: 'as another user' },
  ]);
  command.action((name: string, rest: readonly string[], options: ExecOptions) =>
    execute(name, rest, options, context),
  );
}

function requestOf(
  command: readonly string[],
  options: ExecOptions,
  { cwd, environment }: Context,
): ExecRequest {
  const lines = (options.envFile ?? []).flatMap((path) =>
    readFileSync(resolve(cwd, path), 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
  const env = [...lines, ...(options.env ?? [])].flatMap((line) => {
    if (line.includes('=')) return [line];
    const value = environment[line];
    return value === undefined ? [] : [`${line}=${value}`];
  });
  return {
    command,
    tty: options.tty === true,
    stdin: options.interactive === true,
    env,
    privileged: options.privileged === true,
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.workdir === undefined ? {} : { workingDirectory: options.workdir }),
  };
}

async function execute(
  name: string,
  command: readonly string[],
  options: ExecOptions,
  context: Context,
): Promise<void> {
  const { tty = false, interactive = false, detach = false } = options;
  if (tty && interactive && !detach && context.terminal === undefined)
    throw new PlimsollError('PL0001', 'the input device is not a TTY', {
      help: 'leave out -t, or start it at a terminal',
    });
  await withEngine(options, context, async (engine) => {
    try {
      const { id } = engine.records.find(name);
      const container = await withContainer(engine, id, (one) => refreshContainer(engine, one));
      const request = requestOf(command, options, context);
      const execution = await executeIn(engine, container, request, !detach);
      addEvent(engine, container, `exec_start: ${command.join(' ')}`);
      if (detach) return;
      const { attachment, pid, control, ended, release } = execution;
      const process = identityOf(pid);
      try {
        if (attachment !== undefined) {
          const how = await attend(
            {
              attachment,
              stdin: interactive,
              tty,
              ...(options.detachKeys === undefined ? {} : { detachKeys: options.detachKeys }),
              onSize: (size) => resizeTerminal({ control }, size),
              // A shell at a terminal gets its keys; without one, signals are all that there is.
              ...(tty
                ? {}
                : {
                    onSignal: (signal: NodeJS.Signals) => {
                      if (process !== undefined) signalProcess(process, constants.signals[signal]);
                    },
                  }),
            },
            context,
          );
          if (how === 'detached') return;
        }
        context.setExitCode((await ended) ?? 137);
      } finally {
        release();
      }
    } catch (error) {
      context.fail(error);
      if (error instanceof NotStarted) context.setExitCode(error.exitCode);
    }
  });
}
