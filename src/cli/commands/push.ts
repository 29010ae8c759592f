// plimsoll push: images of the store to their registries.
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Platform } from '../../image/image.ts';
import {
  defaultTag,
  familiarRepository,
  formatImageName,
  type ImageName,
  withDefaultTag,
} from '../../image/image-name.ts';
import { withLimits } from '../../lib/limits.ts';
import type { Registry } from '../../registry/registry.ts';
import { noSuchImage } from '../../store/open-stored-image.ts';
import type { Store } from '../../store/store.ts';
import type { LayerCompression } from '../../transfer/compress-layers.ts';
import type { BlobState } from '../../transfer/copy-image.ts';
import { pushImage } from '../../transfer/push-image.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { layerLines, noLines } from '../layer-lines.ts';
import { nameToSet } from '../name-to-set.ts';
import { addRegistryOptions, openRegistryFor, type RegistryChoice } from '../open-registry.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';
import { platformOption } from '../platform-option.ts';
import { writeWhole } from '../write-whole.ts';

interface PushCommandOptions extends StoreOption, RegistryChoice {
  readonly allTags?: boolean;
  readonly platform?: Platform;
  readonly quiet?: boolean;
  readonly digestfile?: string;
  readonly compressionFormat?: LayerCompression;
}

/** Adds `plimsoll push` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('push')
    .description(
      'Pushes an image of the store to a registry. Layers that are there are not sent, those that another repository of the registry has are mounted from it.',
    )
    .argument('<image>', 'name, or id with a destination')
    .argument('[destination]', 'NAME[:TAG] to push to; docker:// may stand before it')
    .option('-a, --all-tags', 'all tags of the repository')
    .addOption(platformOption('push the image of this platform alone'))
    .addOption(
      new Option(
        '--compression-format <format>',
        'compress layers that are stored plain, as docker and podman always do; the image gets another digest',
      ).choices(['gzip', 'zstd']),
    )
    .option('--digestfile <file>', 'write the digest of what was pushed to a file')
    .addOption(
      new Option('--disable-content-trust', 'taken: signatures are not looked at').hideHelp(),
    )
    .option('-q, --quiet', 'print the name alone')
    .action(async (image: string, destination: string | undefined, options: PushCommandOptions) => {
      await push(image, destination, options, context);
    });
  addRegistryOptions(command);
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll push registry.example/team/app:1', says: 'to where its name says' },
    { line: 'plimsoll push redis:8 localhost:5000/redis:8', says: 'to somewhere else' },
  ]);
}

async function push(
  image: string,
  destination: string | undefined,
  options: PushCommandOptions,
  context: Context,
): Promise<void> {
  const to =
    destination === undefined ? undefined : nameToSet(destination.replace(/^docker:\/\//, ''));
  if (options.allTags && (to !== undefined || options.digestfile !== undefined)) {
    throw new PlimsollError('PL0001', '--all-tags goes with a repository alone', {
      help: 'plimsoll push --all-tags registry.example/team/app',
    });
  }
  const store = await storeToWrite(options, context);
  try {
    const { registry } = await openRegistryFor(options, context);
    try {
      if (!options.allTags) {
        await pushOne(image, to ?? nameToSet(image), { registry, store, options, context });
        return;
      }
      for (const name of tagsOf(image, store))
        await pushOne(formatImageName(name), name, { registry, store, options, context });
    } finally {
      registry.close();
    }
  } finally {
    store.close();
  }
}

/** The names with a tag that the store has of a repository. @throws PlimsollError PL0001, PL0707 */
function tagsOf(text: string, store: Store): readonly ImageName[] {
  const { domain, path, tag } = nameToSet(text);
  if (tag !== undefined) {
    throw new PlimsollError('PL0001', 'a tag cannot be named together with --all-tags', {
      help: `leave one of them away: plimsoll push --all-tags ${familiarRepository({ domain, path })}`,
    });
  }
  const names = store.images
    .names()
    .map(({ name }) => name)
    .filter((name) => name.domain === domain && name.path === path && name.tag !== undefined);
  if (names.length === 0) throw noSuchImage(text);
  return names;
}

/** What all pushes of one run share. */
interface Pushing {
  readonly registry: Registry;
  readonly store: Store;
  readonly options: PushCommandOptions;
  readonly context: Context;
}

const words: Readonly<Record<BlobState, string>> = {
  waiting: 'Preparing',
  copying: 'Pushing',
  copied: 'Pushed',
  exists: 'Layer already exists',
  mounted: 'Mounted',
};

async function pushOne(image: string, name: ImageName, pushing: Pushing): Promise<void> {
  const { registry, store, options, context } = pushing;
  const { stdout, stderr, signal, environment } = context;
  const found = store.images.find(image, options.platform);
  if (found === undefined) throw noSuchImage(image);
  const to = withDefaultTag(name);
  const { quiet = false } = options;
  const live = stdout.isTerminal && environment['TERM'] !== 'dumb';
  const now = (): number => context.now().getTime();
  const lines = quiet ? noLines : layerLines(stdout, { live, now, verb: 'pushed' });
  if (!quiet) {
    if (to.tag !== name.tag) stdout.write(`Using default tag: ${defaultTag}\n`);
    stdout.write(`The push refers to repository [${to.domain}/${to.path}]\n`);
  }
  const configs = new Set<string | undefined>();
  const lease = await store.lease();
  try {
    const target = await pushImage(found, to, {
      registry,
      store,
      limits: withLimits(),
      signal,
      ...(options.platform === undefined ? {} : { platform: options.platform }),
      ...(options.compressionFormat === undefined
        ? {}
        : { compress: { compression: options.compressionFormat, temporaryFolder: tmpdir() } }),
      onPlan(plan) {
        for (const { config } of plan.images) configs.add(config?.digest);
      },
      onPart: (says) => stderr.write(`note: ${says}\n`),
      onBlob({ digest, size: total }, state, bytes) {
        // docker tells of layers only.
        if (configs.has(digest)) return;
        const phase = state === 'waiting' ? state : state === 'copying' ? 'active' : 'done';
        lines.set({ digest, says: words[state], phase, bytes, total });
      },
    }).finally(() => lines.end());
    // As docker has it: from now on the image is known by its digest there, too.
    if (found.image.target.digest === target.digest) {
      const { domain, path } = to;
      store.images.put([{ domain, path, digest: target.digest }], found.image.target);
    }
    if (options.digestfile !== undefined)
      await writeWhole(resolve(context.cwd, options.digestfile), target.digest, options.digestfile);
    stdout.write(
      quiet
        ? `${formatImageName(to)}\n`
        : `${to.tag ?? defaultTag}: digest: ${target.digest} size: ${target.size}\n`,
    );
  } finally {
    lease.release();
  }
}
