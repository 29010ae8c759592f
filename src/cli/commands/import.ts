// plimsoll import: a root file system becomes an image of one layer.
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Platform } from '../../image/image.ts';
import { type ImageName, withDefaultTag } from '../../image/image-name.ts';
import { thisPlatform } from '../../image/platform.ts';
import { humanSize } from '../../lib/human-units.ts';
import { withLimits } from '../../lib/limits.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { importRoot } from '../../transfer/import-root.ts';
import { changedConfig, changeOption } from '../change-option.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { nameToSet } from '../name-to-set.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';
import { platformOption } from '../platform-option.ts';
import { receiveMade } from '../receive-made.ts';
import { stdinChunks } from '../stdin-chunks.ts';

interface ImportCommandOptions extends StoreOption {
  readonly change: readonly string[];
  readonly message?: string;
  readonly platform?: Platform;
}

/** Adds `plimsoll import` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('import')
    .description(
      'Makes an image of a root file system: what docker export, podman export, mmdebstrap or tar wrote, plain or compressed with gzip or zstd. Prints its id.',
    )
    .argument('<file>', 'the archive; - for standard input')
    .argument('[name]', 'NAME[:TAG] for the image')
    .addOption(changeOption())
    .option('-m, --message <text>', 'comment in the history')
    .addOption(platformOption('what the files are for (default: this machine)'))
    .action(async (file: string, name: string | undefined, options: ImportCommandOptions) => {
      await importFile(file, name, options, context);
    });
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll import rootfs.tar.gz debian:mine', says: 'from a file' },
    {
      line: `docker export web | plimsoll import -c 'CMD ["nginx", "-g", "daemon off;"]' - web:1`,
      says: 'the files of a container, with a command to start',
    },
  ]);
}

async function importFile(
  file: string,
  text: string | undefined,
  options: ImportCommandOptions,
  context: Context,
): Promise<void> {
  // Mistakes on the line show before anything is read.
  const config = changedConfig({}, options.change);
  const names: readonly ImageName[] = text === undefined ? [] : [withDefaultTag(nameToSet(text))];
  const chunks =
    file === '-'
      ? stdinChunks(context, 'name a file: plimsoll import rootfs.tar NAME')
      : fileChunks(file, context);
  const { signal, progress } = context;
  const store = await storeToWrite(options, context);
  try {
    const lease = await store.lease();
    const { source, top } = await importRoot(chunks, {
      store,
      lease,
      platform: options.platform ?? thisPlatform(),
      config,
      comment: options.message ?? `Imported from ${file}`,
      created: context.now(),
      limits: withLimits(),
      signal,
      reference: file,
      onProgress: (bytes) => progress.update(`importing: ${humanSize(bytes)}`),
    });
    const id = await receiveMade({ source, top }, names, { store, lease, context });
    lease.release();
    progress.clear();
    context.stdout.write(`${id}\n`);
  } finally {
    store.close();
  }
}

async function* fileChunks(file: string, { cwd }: Context): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(resolve(cwd, file), { highWaterMark: 256 * 1024 }))
      yield chunk;
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause;
    throw new PlimsollError('PL0103', `${file} could not be read: ${systemReason(cause)}`, {
      at: { target: file },
      help: 'give a tar archive of a root file system',
      cause,
    });
  }
}
