// plimsoll why: a container that fails is run with one restriction after the other lifted, until it is known what stands
// in its way.
import { machine, release } from 'node:os';
import { type Command, Option } from 'commander';
import { explainFailure } from '../../observe/why.ts';
import { libseccompVersion } from '../../sys/libseccomp-version.ts';
import { commandAfterDashes } from '../command-after-dashes.ts';
import type { Context } from '../context.ts';
import {
  addCreateOptions,
  type CreateOptions,
  settingsFromOptions,
} from '../create-from-options.ts';
import { addExamples } from '../examples.ts';
import { numberOption } from '../number-option.ts';
import { withEngine } from '../open-engine.ts';
import { formatExplanation } from '../why-text.ts';

interface WhyOptions extends CreateOptions {
  readonly timeout: string;
  readonly expect: string;
  readonly stays?: boolean;
  readonly format: 'text' | 'json';
}

/** Adds `plimsoll why` to the program. */
export function register(program: Command, context: Context): void {
  program.enablePositionalOptions();
  const command = program
    .command('why')
    .description(
      'Runs a container that fails as it is, then with restrictions lifted, and names the smallest change that makes ' +
        'it work, whose business it is, the safe fix and the work-around. Each try is a container of its own that is ' +
        'removed; volumes and directories that it mounts are the real ones.',
    )
    .argument('<image>', 'name or id of an image')
    .argument('[command...]', "what to start instead of the image's own")
    .addOption(new Option('--timeout <seconds>', 'how long a try may take').default('30'))
    .addOption(new Option('--expect <code>', 'the exit code that is right').default('0'))
    .addOption(new Option('--stays', 'it is a service: still running after --timeout is right'))
    .addOption(
      new Option('--format <form>', 'form of the report').choices(['text', 'json']).default('text'),
    );
  addCreateOptions(command);
  addExamples(command, [
    { line: 'plimsoll why --read-only web:1', says: 'it fails: what is in the way?' },
    { line: 'plimsoll why --stays --timeout 5 -u 1000 nginx', says: 'of a service' },
    { line: 'plimsoll why --as rhel:7.9 app:2 -- /app/start', says: 'it would fail there' },
  ]);
  command.action((image: string, rest: readonly string[], options: WhyOptions) =>
    withEngine(options, context, async (engine) => {
      const limits = {
        expectedCode: numberOption('--expect', options.expect),
        timeoutMs: numberOption('--timeout', options.timeout) * 1000,
        stays: options.stays === true,
      };
      const { settings } = await settingsFromOptions(
        engine,
        image,
        commandAfterDashes(rest),
        options,
        context,
      );
      const explanation = await explainFailure(engine, {
        settings,
        limits,
        machine: machine(),
        kernel: release(),
        libseccomp: libseccompVersion(),
        progress: (run, lifted) =>
          context.progress.update(
            `run ${run}: ${lifted.length === 0 ? 'as it is' : `without ${lifted.join(', ')}`}`,
          ),
      });
      context.progress.clear();
      context.stdout.write(
        options.format === 'json'
          ? `${JSON.stringify({ schema: 'plimsoll.why/1', ...explanation }, undefined, 2)}\n`
          : formatExplanation(explanation, context.stdout.style),
      );
      if (explanation.verdict === 'unexplained') context.setExitCode(1);
    }),
  );
}
