// plimsoll volume create: makes a volume.
import { type Command, Option } from 'commander';
import { addEngineEvent } from '../../engine/events.ts';
import { ensureVolume, volumeNamed } from '../../engine/volumes/volume-rows.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { namedValues } from '../named-values.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface CreateOptions extends StoreOption {
  readonly driver: string;
  readonly label?: readonly string[];
  readonly opt?: readonly string[];
}

/** Adds `plimsoll volume create` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('create')
    .description('Makes a volume. One of that name that is there already is no failure.')
    .argument('[volume]', 'its name; default: 64 digits')
    .addOption(new Option('-d, --driver <driver>', 'local').default('local'))
    .addOption(many('-l, --label <name=value>', 'label'))
    .addOption(
      many('-o, --opt <name=value>', 'what is mounted there while it is used: type=, device=, o='),
    )
    .addOption(new Option('--ignore', 'the same: it never fails for that').hideHelp());
  addStoreOption(command).action((name: string | undefined, options: CreateOptions) =>
    withEngine(options, context, async (engine) => {
      const isNew = name === undefined || volumeNamed(engine.database, name) === undefined;
      const opts = namedValues('--opt', options.opt);
      const volume = ensureVolume(engine, {
        ...(name === undefined ? {} : { name }),
        driver: options.driver,
        labels: namedValues('--label', options.label),
        ...(isNew || options.opt !== undefined ? { options: opts } : {}),
      });
      if (isNew) addEngineEvent(engine, 'volume', 'create', volume.name, { driver: volume.driver });
      context.stdout.write(`${volume.name}\n`);
    }),
  );
  addExamples(command, [
    { line: 'plimsoll volume create data', says: 'then: plimsoll run -v data:/srv …' },
    {
      line: 'plimsoll volume create -o type=nfs -o o=addr=nas,rw -o device=:/export media',
      says: 'mounted while a container has it',
    },
  ]);
}
