// plimsoll inspect IMAGE…: what an image is, with docker's fields.
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { dockerInspect, imageIdOf } from '../../image/docker-inspect.ts';
import type { ImageTarget } from '../../image/image.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { templateOf } from '../format-rows.ts';
import { storeToRead } from '../open-store.ts';
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
  readonly type?: string;
}

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

async function inspected(
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

async function run(references: readonly string[], options: InspectOptions, context: Context) {
  const { format } = options;
  // A template that is wrong shows before anything is fetched.
  if (format !== undefined && format !== 'json') templateOf(format);
  const found: object[] = [];
  for (const reference of references) {
    try {
      found.push(await inspected(reference, options, context));
    } catch (error) {
      if (context.signal.aborted) throw error;
      context.fail(error);
    }
  }
  context.progress.clear();
  writeInspected(context.stdout, found, format);
}

function onlyImages(type: string): string {
  if (type === 'image') return type;
  throw new PlimsollError('PL0001', `there is nothing of type '${type}' to inspect`, {
    help: 'leave --type out, or say --type image',
  });
}

/** Adds `plimsoll inspect` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('inspect')
    .description(
      "Shows what images are: configuration, layers, names, with docker's fields.\n" +
        'Of an image in a registry only its manifest and configuration are fetched.',
    )
    .argument('<image...>', imageArgument)
    .addOption(
      new Option(
        '-f, --format <template>',
        'a Go template, or json for one object a line (default: an array)',
      ),
    );
  if (program.parent === null)
    command.addOption(new Option('--type <type>', 'what is meant: image').argParser(onlyImages));
  addViewOptions(command).action((references: readonly string[], options: InspectOptions) =>
    run(references, options, context),
  );
  addExamples(command, [
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
