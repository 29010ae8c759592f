// plimsoll pull: images of registries into the store, ready to be run.
import { type Command, Option } from 'commander';
import { formatDiagnostic } from '../../diag/format-diagnostic.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Platform } from '../../image/image.ts';
import { familiarName } from '../../image/image-name.ts';
import { interrupted } from '../../image/interrupted.ts';
import type { RegistryConfiguration } from '../../registry/configuration.ts';
import { noSuchImage } from '../../store/open-stored-image.ts';
import { chooseRegistry, rememberChoice } from '../choose-registry.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { firstOf, isRegistryFailure } from '../open-image.ts';
import { addRegistryOptions, openRegistryFor, type RegistryChoice } from '../open-registry.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';
import { platformOption } from '../platform-option.ts';
import { type PullingParts, pullIntoStore } from '../pull-into-store.ts';

interface PullCommandOptions extends StoreOption, RegistryChoice {
  readonly allTags?: boolean;
  readonly platform?: Platform;
  /** podman's; always where it is absent. */
  readonly policy?: 'always' | 'missing' | 'newer' | 'never';
  readonly quiet?: boolean;
}

/** Adds `plimsoll pull` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('pull')
    .description(
      'Pulls images from registries into the store and unpacks them.\n' +
        'What is there already is not fetched again, and a pull that was interrupted goes on where it was.',
    )
    .argument('<name...>', 'NAME[:TAG] or NAME@DIGEST')
    .option('-a, --all-tags', 'all tags of the repository')
    .addOption(platformOption('the image for this platform (default: the one of this machine)'))
    .addOption(
      new Option(
        '--policy <when>',
        'when it is fetched; newer: always, and what is there does where no registry can be asked',
      ).choices(['always', 'missing', 'newer', 'never']),
    )
    .option('-q, --quiet', 'print the id alone')
    .addOption(
      new Option('--disable-content-trust', 'taken: signatures are not looked at').hideHelp(),
    )
    .action(async (names: readonly string[], options: PullCommandOptions) => {
      await pull(names, options, context);
    });
  addRegistryOptions(command);
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll pull redis:8', says: 'from docker.io' },
    { line: 'plimsoll pull ghcr.io/o/app:1 quay.io/o/db:2', says: 'several' },
    { line: 'plimsoll pull --platform linux/arm64 debian:13', says: 'for another machine' },
  ]);
}

interface Pulling extends PullingParts {
  readonly configuration: RegistryConfiguration;
  readonly options: PullCommandOptions;
}

async function pull(
  names: readonly string[],
  options: PullCommandOptions,
  context: Context,
): Promise<void> {
  const { registry, configuration } = await openRegistryFor(options, context);
  try {
    const store = await storeToWrite(options, context);
    try {
      const pulling: Pulling = {
        registry,
        configuration,
        store,
        options,
        context,
        output: context.stdout,
      };
      for (const name of names) await pullOrTell(name, names.length > 1, pulling);
    } finally {
      store.close();
    }
  } finally {
    registry.close();
  }
}

/** With several names a failure of one does not keep the others. */
async function pullOrTell(text: string, several: boolean, pulling: Pulling): Promise<void> {
  const { context } = pulling;
  try {
    await pullNamed(text, pulling);
  } catch (error) {
    if (!several || context.signal.aborted || !(error instanceof PlimsollError)) throw error;
    context.stderr.write(formatDiagnostic(error.diagnostic, context.stderr.style));
    context.setExitCode(exitCodes.fails);
  }
}

async function pullNamed(text: string, pulling: Pulling): Promise<void> {
  const { options, store, output } = pulling;
  const { policy = 'always', platform } = options;
  const there = policy === 'always' ? undefined : store.images.find(text, platform);
  if (there !== undefined && policy !== 'newer') {
    output.write(`${there.image.id}\n`);
    return;
  }
  if (there !== undefined) {
    try {
      await pullMeant(text, pulling);
    } catch (error) {
      if (!isRegistryFailure(error)) throw error;
      output.write(`${there.image.id}\n`);
    }
    return;
  }
  if (policy === 'never') throw noSuchImage(text);
  await pullMeant(text, pulling);
}

async function pullMeant(text: string, pulling: Pulling): Promise<void> {
  const { configuration, registry, options, context } = pulling;
  const { namesMeant } = await import('../../registry/endpoints.ts');
  // As skopeo and podman name it; it could be nothing else here.
  const meant = await chooseRegistry(
    namesMeant(text.replace(/^docker:\/\//, ''), configuration),
    configuration,
    context,
  );
  if (!options.allTags) {
    await firstOf(meant.names, (name) => pullIntoStore(name, pulling));
    await rememberChoice(text, meant, options, context);
    return;
  }
  const tagged = meant.names.find(({ tag, digest }) => (tag ?? digest) !== undefined);
  if (tagged !== undefined) {
    throw new PlimsollError('PL0001', 'a tag cannot be named together with --all-tags', {
      help: `leave one of them away: plimsoll pull --all-tags ${familiarName({ domain: tagged.domain, path: tagged.path })}`,
    });
  }
  await firstOf(meant.names, async (name) => {
    for await (const tag of registry.tags(name, context.signal)) {
      if (context.signal.aborted) throw interrupted(context.signal);
      await pullIntoStore({ ...name, tag }, pulling);
    }
  });
  await rememberChoice(text, meant, options, context);
}
