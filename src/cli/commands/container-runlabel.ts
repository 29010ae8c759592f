// plimsoll container runlabel: what an image says that it is to be run, installed or removed with.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { parseImageName } from '../../image/image-name.ts';
import { nearestNames } from '../../lib/nearest.ts';
import { printable } from '../../lib/printable.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { type ImageToRunOptions, imageToRun } from '../image-to-run.ts';
import { labelCommand } from '../label-command.ts';
import { withEngine } from '../open-engine.ts';
import { commandLine, runOwn } from '../run-own.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface RunLabelOptions extends StoreOption, ImageToRunOptions {
  readonly display?: boolean;
  readonly name?: string;
  readonly replace?: boolean;
  readonly opt1?: string;
  readonly opt2?: string;
  readonly opt3?: string;
}

/** Adds `plimsoll container runlabel` to the program. */
export function register(program: Command, context: Context): void {
  program.enablePositionalOptions();
  const command = program
    .command('runlabel')
    .description(
      "Runs the command of docker's or podman's that a label of an image holds (RUN, INSTALL, UNINSTALL …), with IMAGE and NAME put in. " +
        'No shell reads it, and other programs are not started.',
    )
    .argument('<label>', 'name of the label: run, INSTALL')
    .argument('<image>', 'name or id of an image; pulled where it is missing')
    .argument('[arg...]', 'further words for the end of the command')
    .option('--display', 'show the command and do not run it')
    .option('-n, --name <name>', "for NAME (default: the last part of the image's name)")
    .option('--replace', 'remove a container of that name before')
    .option('--opt1 <text>', 'for $OPT1')
    .option('--opt2 <text>', 'for $OPT2')
    .option('--opt3 <text>', 'for $OPT3')
    .option('-q, --quiet', 'no progress of the pull')
    .passThroughOptions();
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll container runlabel --display run tools:1', says: 'look first' },
    {
      line: 'plimsoll container runlabel install -n web app:2',
      says: 'what it wants to be installed with',
    },
  ]);
  command.action(
    (label: string, image: string, words: readonly string[], options: RunLabelOptions) =>
      runLabel(label, image, words, options, context),
  );
}

async function runLabel(
  label: string,
  image: string,
  words: readonly string[],
  options: RunLabelOptions,
  context: Context,
): Promise<void> {
  const { own, environment, cwd } = context;
  const { config } = await withEngine(options, context, (engine) =>
    imageToRun(engine, image, options, context),
  );
  const { name, text } = labelNamed(label, config.labels, image);
  const { opt1 = '', opt2 = '', opt3 = '' } = options;
  const line = [
    ...labelCommand(text, {
      label: name,
      image,
      name: options.name ?? nameOf(image),
      variables: {
        OPT1: opt1,
        OPT2: opt2,
        OPT3: opt3,
        PWD: cwd,
        SUDO_UID: environment['SUDO_UID'] ?? '',
        SUDO_GID: environment['SUDO_GID'] ?? '',
      },
    }),
    ...words,
  ];
  const { root, replace } = options;
  const isRun = line[0] === 'run' || line[0] === 'create';
  const whole = [
    ...line.slice(0, 1),
    ...(isRun && root !== undefined ? ['--root', root] : []),
    ...(isRun && replace === true ? ['--replace'] : []),
    ...line.slice(1),
  ];
  if (options.display || own === undefined)
    context.stdout.write(`${printable(commandLine(whole))}\n`);
  else await runOwn(own, whole, context);
}

/** Labels were written in capitals; podman and atomic find them by any spelling. @throws PlimsollError PL0762 */
function labelNamed(
  label: string,
  labels: Readonly<Record<string, string>>,
  image: string,
): { readonly name: string; readonly text: string } {
  const found = Object.entries(labels).find(([name]) => name.toLowerCase() === label.toLowerCase());
  if (found !== undefined) return { name: found[0], text: found[1] };
  const near = nearestNames(label, Object.keys(labels));
  throw new PlimsollError('PL0762', `image ${image} has no label ${label}`, {
    help:
      near.length > 0
        ? `did you mean ${near.join(' or ')}?`
        : `plimsoll inspect -f '{{json .Config.Labels}}' ${image} shows its labels`,
  });
}

/** registry.example/tools/trace:1 is called trace. */
function nameOf(image: string): string {
  const parsed = parseImageName(image);
  const path = 'path' in parsed ? parsed.path : image;
  return path.slice(path.lastIndexOf('/') + 1);
}
