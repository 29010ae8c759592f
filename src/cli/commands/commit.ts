// plimsoll commit: an image of what a container is now.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Container } from '../../engine/container.ts';
import type { Engine } from '../../engine/engine.ts';
import { addEvent } from '../../engine/events.ts';
import { containerChanges, mountPointsOf } from '../../engine/files/changes.ts';
import { containerLayers } from '../../engine/files/container-layers.ts';
import { withFrozenContainer } from '../../engine/pause-container.ts';
import type { ConfigJson } from '../../image/config-change.ts';
import { withDefaultTag } from '../../image/image-name.ts';
import { isFault, parseJson } from '../../image/oci-json.ts';
import { humanSize } from '../../lib/human-units.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { StoredImage } from '../../store/image-records.ts';
import { commitImage } from '../../transfer/commit-image.ts';
import {
  type ImageForm,
  type MadeLayer,
  type MakeImageOptions,
  storeLayer,
} from '../../transfer/make-image.ts';
import { packChanges } from '../../transfer/pack-changes.ts';
import { changedConfig, changeOption } from '../change-option.ts';
import { inspectedConfig } from '../container-inspect.ts';
import { startedWords } from '../container-listing.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { nameToSet } from '../name-to-set.ts';
import { withEngine } from '../open-engine.ts';
import { receiveMade } from '../receive-made.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';
import { writeWhole } from '../write-whole.ts';

interface CommitOptions extends StoreOption {
  readonly author?: string;
  readonly change?: readonly string[];
  readonly message?: string;
  readonly pause?: boolean;
  readonly format: ImageForm;
  readonly iidfile?: string;
}

/** Adds `plimsoll commit` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('commit')
    .description(
      'Makes an image of a container: the layers of its image and one more with what it changed (not of its volumes), and what it was told to run. Prints its id.',
    )
    .argument('<container>', 'name or id')
    .argument('[name]', 'NAME[:TAG] for the image')
    .option('-a, --author <text>', 'who made it: "Jane Doe <jane@example.org>"')
    .addOption(changeOption())
    .option('-m, --message <text>', 'comment in the history')
    .option('-p, --pause', 'freeze its processes meanwhile, which is the default')
    .option('--no-pause', 'let them go on: files may be packed half written')
    .addOption(
      new Option('-f, --format <form>', 'whose media types the image has')
        .choices(['oci', 'docker'])
        .default('oci'),
    )
    .option('--iidfile <file>', 'write the id to a file')
    .option('-q, --quiet', 'say nothing but the id');
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll commit web web:patched', says: 'an image of the container web' },
    {
      line: `plimsoll commit -c 'CMD ["nginx", "-g", "daemon off;"]' -m "with modules" web web:2`,
      says: 'that starts something else',
    },
  ]);
  command.action((name: string, image: string | undefined, options: CommitOptions) =>
    withEngine(options, context, (engine) => commit(engine, name, image, options, context)),
  );
}

async function commit(
  engine: Engine,
  name: string,
  text: string | undefined,
  options: CommitOptions,
  context: Context,
): Promise<void> {
  const names = text === undefined ? [] : [withDefaultTag(nameToSet(text))];
  const { store } = engine;
  const { id } = engine.records.find(name);
  const lease = await store.lease();
  const making: MakeImageOptions = { store, lease, signal: context.signal, reference: name };
  // An ordinary user's containers have no cgroup that could be frozen.
  const frozen = options.pause !== false && !engine.ordinaryUser;
  const made = await withFrozenContainer(engine, id, frozen, async (container) => {
    const base = baseOf(engine, container);
    const config = changedConfig(committedConfig(engine, container, base), options.change);
    const layer = await layerOf(engine, container, making, context);
    const { author, message = '', format } = options;
    return commitImage(
      {
        base,
        layer,
        config,
        ...(author === undefined ? {} : { author }),
        comment: message,
        createdBy: startedWords(container.settings).join(' '),
        created: context.now(),
        form: format,
      },
      making,
    );
  });
  const imageId = await receiveMade(made, names, { store, lease, context });
  lease.release();
  addEvent(engine, engine.records.find(id), 'commit');
  context.progress.clear();
  if (options.iidfile !== undefined)
    await writeWhole(resolve(context.cwd, options.iidfile), imageId, options.iidfile);
  context.stdout.write(`${imageId}\n`);
}

/** The image that the container lies on. @throws PlimsollError PL0707 */
function baseOf({ store }: Engine, { settings: { image } }: Container): StoredImage {
  const [found] = store.images.byId(image.id);
  if (found !== undefined) return found;
  throw new PlimsollError('PL0707', `the image of the container is gone: ${image.name}`, {
    help: `pull it again, or take the files alone: plimsoll export CONTAINER | plimsoll import - NAME`,
  });
}

async function layerOf(
  engine: Engine,
  container: Container,
  making: MakeImageOptions,
  context: Context,
): Promise<MadeLayer> {
  const layers = await containerLayers(engine, container);
  const { own, below, layered, opaqueAttributes } = layers;
  const changes = containerChanges(layers, mountPointsOf(container.settings));
  const { progress, stderr, signal } = context;
  return storeLayer(
    (archive) =>
      packChanges(layered ? [own, ...below] : [own], changes, archive, {
        opaqueAttributes,
        signal,
        live: true,
        onProgress: (bytes) => progress.update(`packing: ${humanSize(bytes)}`),
        onLeftOut: (path, why) => {
          progress.clear();
          stderr.write(`note: ${path} was left out: ${why}\n`);
        },
      }),
    making,
  );
}

/** What of docker's Config an image says too. */
const imageFields = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Healthcheck',
  'Volumes',
  'WorkingDir',
  'Labels',
  'StopSignal',
];

/** What the container runs, as its image's configuration; SHELL and what else only images have stay the image's. */
function committedConfig({ store }: Engine, container: Container, base: StoredImage): ConfigJson {
  const parsed = parseJson(store.content.read(base.id));
  const before = !isFault(parsed) && isJsonObject(parsed.value) ? parsed.value['config'] : {};
  const kept = isJsonObject(before)
    ? Object.entries(before).filter(([key]) => !imageFields.includes(key) && key !== 'OnBuild')
    : [];
  const config = inspectedConfig(container);
  // Nobody said so: it is what is sent without a word.
  const isUsual = (key: string, value: unknown): boolean =>
    key === 'StopSignal' && value === 'SIGTERM' && isJsonObject(before) && !(key in before);
  const own = imageFields
    .map((key): readonly [string, unknown] => {
      const value = config[key];
      return [key, value instanceof Map ? Object.fromEntries(value) : value];
    })
    .filter(([key, value]) => !isEmpty(value) && !isUsual(key, value));
  return Object.fromEntries([...kept, ...own]);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return isJsonObject(value) && Object.keys(value).length === 0;
}
