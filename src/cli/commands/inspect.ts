// plimsoll inspect: what containers and images are, with docker's fields. As docker has it, a name is a container's first.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { dockerInspect, imageIdOf } from '../../image/docker-inspect.ts';
import type { ImageTarget } from '../../image/image.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { templateOf } from '../format-rows.ts';
import { storeRootOf, storeToRead } from '../open-store.ts';
import {
  addViewOptions,
  imageArgument,
  sizesOf,
  type ViewOptions,
  withImage,
} from '../view-target.ts';
import { writeInspected } from '../write-inspected.ts';

interface InspectOptions extends ViewOptions {
  readonly format?: string;
  /** Of `inspect` alone: `image inspect` knows images only. */
  readonly type?: (typeof inspectTypes)[number];
  readonly size?: boolean;
}

const inspectTypes = ['container', 'image'] as const;

const total = (sizes: readonly number[]): number => sizes.reduce((sum, one) => sum + one, 0);

/** Names as docker has them: of an image in a registry, by its digest too. */
function namesOf({ kind, names, digest }: ImageTarget): readonly string[] {
  if (kind !== 'registry' || digest === undefined) return names;
  const repositories = names.map((name) => name.replace(/(?:@.*|:[^/:]*)$/, ''));
  return [...new Set([...names, ...repositories.map((name) => `${name}@${digest}`)])];
}

/** What the store knows of an image beside its JSON. */
function storedFacts(
  image: ImageTarget,
  options: InspectOptions,
  context: Context,
): { readonly unpackedBytes?: number; readonly driver?: string; readonly lastTagMs?: number } {
  const store = storeToRead(options, context);
  if (store === undefined) return {};
  try {
    const [record] = store.images.byId(imageIdOf(image));
    const { unpackedBytes, chainId } = record ?? {};
    const driver = store.snapshotRows.list().find(({ key }) => key === chainId)?.driver;
    const tagged = (record?.tags ?? []).map((name) => store.images.get(name)?.updatedMs ?? 0);
    return {
      ...(unpackedBytes === undefined ? {} : { unpackedBytes }),
      ...(driver === undefined ? {} : { driver }),
      ...(tagged.length === 0 ? {} : { lastTagMs: Math.max(...tagged) }),
    };
  } finally {
    store.close();
  }
}

/** The container of this name as it stands; undefined where there is none. */
async function foundContainer(
  name: string,
  options: InspectOptions,
  context: Context,
): Promise<object | undefined> {
  // What is no name of a container, or has never held one, need not load the engine.
  if (!/^\/?[\w.-]+$/.test(name) || !existsSync(join(storeRootOf(options, context), 'engine.db')))
    return undefined;
  const store = storeToRead(options, context);
  if (store === undefined) return undefined;
  try {
    const { engineOf } = await import('../open-engine.ts');
    const engine = engineOf(store, context);
    try {
      const { inspectedContainer } = await import('../container-inspect.ts');
      return await inspectedContainer(engine, engine.records.find(name), {
        size: options.size === true,
      });
    } catch (error) {
      if (error instanceof PlimsollError && error.code === 'PL0820') return undefined;
      throw error;
    } finally {
      engine.close();
    }
  } finally {
    store.close();
  }
}

async function foundImage(
  reference: string,
  options: InspectOptions,
  context: Context,
): Promise<object> {
  return withImage(reference, options, context, async (image) => {
    const stored = image.kind === 'stored' ? storedFacts(image, options, context) : {};
    const { unpackedBytes, ...more } = stored;
    const size = unpackedBytes ?? total(await sizesOf(image, options, context));
    return dockerInspect(image, { size, names: namesOf(image), ...more });
  });
}

async function inspected(
  name: string,
  options: InspectOptions,
  context: Context,
  isImage: boolean,
): Promise<object> {
  const { type } = options;
  if (isImage || type === 'image') return foundImage(name, options, context);
  const container = await foundContainer(name, options, context);
  if (container !== undefined) return container;
  if (type === 'container')
    throw new PlimsollError('PL0820', `no such container: ${name}`, {
      help: 'plimsoll ps -a lists the containers',
    });
  return foundImage(name, options, context);
}

/** @param isImage typed as `image inspect` */
async function run(
  references: readonly string[],
  options: InspectOptions,
  context: Context,
  isImage: boolean,
) {
  const { format } = options;
  // A template that is wrong shows before anything is fetched.
  if (format !== undefined && format !== 'json') templateOf(format);
  const found: object[] = [];
  for (const reference of references) {
    try {
      found.push(await inspected(reference, options, context, isImage));
    } catch (error) {
      if (context.signal.aborted) throw error;
      context.fail(error);
    }
  }
  context.progress.clear();
  writeInspected(context.stdout, found, format);
}

function parseType(type: string): (typeof inspectTypes)[number] {
  const known = inspectTypes.find((one) => one === type);
  if (known !== undefined) return known;
  throw new PlimsollError('PL0001', `there is nothing of type '${type}' to inspect here`, {
    help: 'leave --type out, or say container or image; networks and volumes have an inspect of their own',
  });
}

/** Adds `plimsoll inspect` to the program. */
export function register(program: Command, context: Context): void {
  const isImage = program.parent !== null;
  const ofImages = 'Of an image in a registry only its manifest and configuration are fetched.';
  const command = program
    .command('inspect')
    .description(
      isImage
        ? `Shows what images are: configuration, layers, names, with docker's fields.\n${ofImages}`
        : `Shows what containers and images are, with docker's fields. A name is a container's first.\n${ofImages}`,
    )
    .argument(
      isImage ? '<image...>' : '<name...>',
      isImage ? imageArgument : `name or id of a container; or an image: ${imageArgument}`,
    )
    .addOption(
      new Option(
        '-f, --format <template>',
        'a Go template, or json for one object a line (default: an array)',
      ),
    );
  if (!isImage)
    command
      .option('-s, --size', 'count the bytes on disk of containers')
      .addOption(
        new Option('-t, --type <type>', 'what is meant: container, image').argParser(parseType),
      );
  addViewOptions(command).action((references: readonly string[], options: InspectOptions) =>
    run(references, options, context, isImage),
  );
  addExamples(command, [
    ...(isImage
      ? []
      : [
          {
            line: "plimsoll inspect -f '{{.State.Status}} {{.NetworkSettings.IPAddress}}' web",
            says: 'how a container stands, and its address',
          },
        ]),
    { line: 'plimsoll inspect redis:8', says: 'everything, as docker shows it' },
    {
      line: "plimsoll inspect -f '{{.Config.Entrypoint}} {{.Config.Cmd}}' redis:8",
      says: 'what it starts',
    },
    {
      line: "plimsoll inspect -f '{{range .RootFS.Layers}}{{println .}}{{end}}' oci:./layout:8",
      says: 'the layers of an image in a folder',
    },
  ]);
}
