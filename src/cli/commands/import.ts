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
import { type RegistryChoice, registryOptionsOf, tlsVerifyOption } from '../open-registry.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';
import { platformOption } from '../platform-option.ts';
import { receiveMade } from '../receive-made.ts';
import { stdinChunks } from '../stdin-chunks.ts';

interface ImportCommandOptions extends StoreOption, Pick<RegistryChoice, 'tlsVerify'> {
  readonly change?: readonly string[];
  readonly message?: string;
  readonly platform?: Platform;
}

/** Adds `plimsoll import` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('import')
    .description(
      'Makes an image of a root file system: what docker export, podman export, mmdebstrap or tar wrote, plain or compressed with gzip, zstd, xz or bzip2. Prints its id.',
    )
    .argument('<file>', 'the archive: a file, an address of the web, or - for standard input')
    .argument('[name]', 'NAME[:TAG] for the image')
    .addOption(changeOption())
    .option('-m, --message <text>', 'comment in the history')
    .addOption(platformOption('what the files are for (default: this machine)'))
    .action(async (file: string, name: string | undefined, options: ImportCommandOptions) => {
      await importFile(file, name, options, context);
    });
  command.addOption(tlsVerifyOption());
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll import rootfs.tar.gz debian:mine', says: 'from a file' },
    {
      line: `docker export web | plimsoll import -c 'CMD ["nginx", "-g", "daemon off;"]' - web:1`,
      says: 'the files of a container, with a command to start',
    },
    {
      line: 'plimsoll import https://example.org/rootfs.tar.xz base:1',
      says: 'from an address of the web',
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
  const { reference, chunks } = archiveNamed(file, options, context);
  const { signal, progress } = context;
  const store = await storeToWrite(options, context);
  try {
    const lease = await store.lease();
    const { source, top } = await importRoot(chunks, {
      store,
      lease,
      platform: options.platform ?? thisPlatform(),
      config,
      comment: options.message ?? `Imported from ${reference}`,
      created: context.now(),
      limits: withLimits(),
      signal,
      reference,
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

/** Where the archive comes from, as it may be shown, and its bytes. */
function archiveNamed(
  file: string,
  options: ImportCommandOptions,
  context: Context,
): { readonly reference: string; readonly chunks: AsyncIterable<Uint8Array> } {
  if (file === '-') {
    const help = 'name a file: plimsoll import rootfs.tar NAME';
    return { reference: file, chunks: stdinChunks(context, help) };
  }
  const address = webAddress(file);
  if (address === undefined) return { reference: file, chunks: fileChunks(file, context) };
  return { reference: shownAddress(address), chunks: webChunks(address, options, context) };
}

const webAddress = (text: string): URL | undefined =>
  /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;

/** Without what may be secret: the history of an image goes everywhere with it. */
const shownAddress = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

async function* webChunks(
  address: URL,
  options: ImportCommandOptions,
  context: Context,
): AsyncGenerator<Uint8Array> {
  const { fetchFile } = await import('../../registry/fetch-file.ts');
  yield* fetchFile(address, registryOptionsOf(options, context), context.signal);
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
