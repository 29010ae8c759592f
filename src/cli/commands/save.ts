// plimsoll save: images of the store as one archive, or one image as a folder.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Digest, Platform } from '../../image/image.ts';
import { humanSize } from '../../lib/human-units.ts';
import { withLimits } from '../../lib/limits.ts';
import type { FoundStoredImage } from '../../store/image-records.ts';
import { noSuchImage } from '../../store/open-stored-image.ts';
import type { Store } from '../../store/store.ts';
import { copyImage } from '../../transfer/copy-image.ts';
import { openDockerDirectorySink } from '../../transfer/docker-directory-sink.ts';
import type { ImageSink } from '../../transfer/image-sink.ts';
import type { SourceImage } from '../../transfer/image-source.ts';
import { openLayoutSink } from '../../transfer/layout-sink.ts';
import { type CopyPlan, planCopy } from '../../transfer/plan-copy.ts';
import { openStoreSource } from '../../transfer/store-source.ts';
import { openArchiveOutput } from '../archive-output.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addStoreOption, type StoreOption, storeToHold } from '../open-store.ts';
import { platformOption } from '../platform-option.ts';

const forms = ['docker-archive', 'oci-archive', 'oci-dir', 'docker-dir', 'docker-legacy'] as const;

interface SaveOptions extends StoreOption {
  readonly output?: string;
  readonly format: (typeof forms)[number];
  readonly platform?: Platform;
}

/** Adds `plimsoll save` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('save')
    .description(
      'Saves images of the store, with all that belongs to them and under their names, as an archive that docker, podman and skopeo read.\n' +
        'Layers stay as they are stored, so that digests stay what they are.',
    )
    .argument('<image...>', 'names or ids')
    .option('-o, --output <file>', 'write to a file or folder instead of standard output')
    .addOption(
      new Option(
        '--format <format>',
        'docker-archive: docker load of any version since 1.10, podman, and all that read OCI archives; docker-legacy: as Docker 24 wrote it, with inflated layers',
      )
        .choices(forms)
        .default('docker-archive'),
    )
    .addOption(platformOption('save the image of this platform alone, not all that are there'))
    // podman wants this said; here several images are always several.
    .addOption(new Option('-m, --multi-image-archive').hideHelp())
    .action(async (names: readonly string[], options: SaveOptions) => {
      await save(names, options, context);
    });
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll save -o redis.tar redis:8', says: 'one image in a file' },
    {
      line: 'plimsoll save redis:8 debian:13 | zstd > images.tar.zst',
      says: 'two images in one archive, compressed as a whole',
    },
    {
      line: 'plimsoll save --format oci-dir -o layout redis:8',
      says: 'an OCI layout; what is in it already stays',
    },
  ]);
}

async function save(
  names: readonly string[],
  options: SaveOptions,
  context: Context,
): Promise<void> {
  const { signal, progress } = context;
  const held = await storeToHold(options, context);
  if (held === undefined) throw noSuchImage(names[0] ?? '');
  const { store } = held;
  try {
    held.protect(chosen(store, names, options.platform).map(({ top }) => top.digest));
    const images = chosen(store, names, options.platform);
    const alone = options.format === 'docker-dir' || options.format === 'docker-legacy';
    if (options.format === 'docker-dir' && images.length > 1) {
      throw new PlimsollError('PL0001', 'a folder of this form holds one image only', {
        help: 'save one image, or take another form: --format oci-dir',
      });
    }
    const source = openStoreSource(store, names.join(' '), images);
    const plans: CopyPlan[] = [];
    for (const { top } of images) {
      plans.push(
        await planCopy(source, top, {
          platforms: options.platform ?? (alone ? undefined : 'present'),
          keepIndex: !alone && options.platform === undefined,
          limits: withLimits(),
          signal,
        }),
      );
    }
    const sink = await openSink(options, context);
    const blobs = new Map(
      plans.flatMap((plan) => plan.blobs).map(({ digest, size }) => [digest, size]),
    );
    const total = [...blobs.values()].reduce((sum, size) => sum + size, 0);
    const done = new Map<Digest, number>();
    try {
      for (const [index, plan] of plans.entries()) {
        await copyImage(source, plan, sink, images[index]?.names ?? [], {
          signal,
          onBlob({ digest }, _state, bytes) {
            done.set(digest, Math.max(bytes, done.get(digest) ?? 0));
            const sum = [...done.values()].reduce((all, some) => all + some, 0);
            progress.update(`saving: ${humanSize(sum)} of ${humanSize(total)}`);
          },
        });
      }
      await sink.finish();
    } catch (error) {
      await sink.abort();
      throw error;
    }
  } finally {
    held.close();
  }
}

/** What is saved: each target once, with all names that were given for it. */
function chosen(
  store: Store,
  names: readonly string[],
  platform: Platform | undefined,
): readonly SourceImage[] {
  const images = new Map<Digest, SourceImage>();
  for (const text of names) {
    const found = store.images.find(text, platform);
    if (found === undefined) throw noSuchImage(text);
    const { top, names: own } = sourceOf(found);
    const before = images.get(top.digest)?.names ?? [];
    images.set(top.digest, { top, names: [...before, ...own] });
  }
  return [...images.values()];
}

/** By id it is the one image, without a name; by name what that points at. */
function sourceOf({ image, by, name }: FoundStoredImage): SourceImage {
  if (by === 'id') return { top: image.manifest, names: [] };
  return { top: image.target, names: by === 'tag' && name !== undefined ? [name] : [] };
}

async function openSink(options: SaveOptions, context: Context): Promise<ImageSink> {
  const { output, format } = options;
  if (format !== 'oci-dir' && format !== 'docker-dir')
    return openArchiveOutput(output ?? '-', format, context);
  if (output === undefined || output === '-') {
    throw new PlimsollError('PL0001', `--format ${format} writes a folder`, {
      help: 'name it with -o',
    });
  }
  const folder = resolve(context.cwd, output);
  return format === 'oci-dir' ? openLayoutSink(folder) : openDockerDirectorySink(folder);
}
