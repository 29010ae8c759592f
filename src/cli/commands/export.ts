// plimsoll export: the files of a container, or of an image as one would see them in one, in one tar archive.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { formatDiagnostic } from '../../diag/format-diagnostic.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Platform } from '../../image/image.ts';
import { humanSize } from '../../lib/human-units.ts';
import { withLimits } from '../../lib/limits.ts';
import { noSuchImage } from '../../store/open-stored-image.ts';
import type { Store } from '../../store/store.ts';
import { chainIdsOf } from '../../store/unpack/chain-id.ts';
import { archiveWriter } from '../../transfer/archive-writer.ts';
import { openOutputFile } from '../../transfer/output-file.ts';
import { type PackOptions, packLayers } from '../../transfer/pack-layers.ts';
import { planCopy } from '../../transfer/plan-copy.ts';
import { unpackStored } from '../../transfer/receive-image.ts';
import { openStoreSource } from '../../transfer/store-source.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';
import { openUnpacker } from '../open-unpacker.ts';
import { platformOption } from '../platform-option.ts';

interface ExportOptions extends StoreOption {
  readonly output?: string;
  readonly platform?: Platform;
}

/** Adds `plimsoll export` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('export')
    .description(
      'Writes the files of a container (not of its volumes), or of an image of the store, all layers on top of each other, as one tar archive: owners, modes, times, links, devices and attributes as they are.',
    )
    .argument('<name>', 'name or id of a container, else of an image')
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .addOption(platformOption('the image for this platform'))
    .action(async (image: string, options: ExportOptions) => {
      await exportImage(image, options, context);
    });
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll export -o web.tar web', says: 'the files of a container' },
    { line: 'plimsoll export -o rootfs.tar redis:8', says: 'into a file' },
    { line: 'plimsoll export redis:8 | tar tv', says: 'look at all files' },
  ]);
}

async function exportImage(text: string, options: ExportOptions, context: Context): Promise<void> {
  const { signal, stdout, stderr } = context;
  if (options.output === undefined && stdout.isTerminal) {
    throw new PlimsollError('PL0001', 'an archive is not written to a terminal', {
      help: 'name a file with -o, or send it to a program: plimsoll export … | tar -t',
    });
  }
  const limits = withLimits();
  const store = await storeToWrite(options, context);
  try {
    if (await exportContainer(text, options, store, context)) return;
    const found = store.images.find(text, options.platform);
    if (found === undefined) throw noSuchImage(text);
    const lease = await store.lease();
    const { snapshotter, unpack } = await openUnpacker(store, context);
    const { manifest } = found.image;
    const source = openStoreSource(store, text, [{ top: manifest, names: [] }]);
    const plan = await planCopy(source, manifest, {
      platforms: 'present',
      keepIndex: true,
      limits,
      signal,
    });
    const [image] = plan.images;
    const diffIds =
      image === undefined
        ? []
        : await unpackStored(image, {
            store,
            lease,
            unpack,
            limits,
            signal,
            onProblem: (problem) => stderr.write(formatDiagnostic(problem, stderr.style)),
          });
    const chain = chainIdsOf(diffIds).toReversed();
    const layers = snapshotter.independent ? chain : chain.slice(0, 1);
    await writeArchive(
      layers.map((chainId) => snapshotter.directory(chainId)),
      { opaqueAttributes: snapshotter.opaqueAttributes, signal },
      options,
      context,
    );
    lease.release();
  } finally {
    store.close();
  }
}

/** The container's files, where there is one of this name. */
async function exportContainer(
  name: string,
  options: ExportOptions,
  store: Store,
  context: Context,
): Promise<boolean> {
  if (options.platform !== undefined || !existsSync(join(store.root, 'engine.db'))) return false;
  const { engineOf } = await import('../open-engine.ts');
  const { containerLayers } = await import('../../engine/files/container-layers.ts');
  const engine = engineOf(store, context);
  try {
    const { own, below, layered, opaqueAttributes } = await containerLayers(
      engine,
      engine.records.find(name),
    );
    const { signal } = context;
    const folders = layered ? [own, ...below] : [own];
    await writeArchive(folders, { opaqueAttributes, signal, live: true }, options, context);
    return true;
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'PL0820') return false;
    throw error;
  } finally {
    engine.close();
  }
}

async function writeArchive(
  folders: readonly string[],
  packing: PackOptions,
  { output }: ExportOptions,
  context: Context,
): Promise<void> {
  const file =
    output === undefined ? undefined : await openOutputFile(resolve(context.cwd, output));
  try {
    const archive = archiveWriter(
      file ?? { write: (chunk: Uint8Array) => context.writeBytes(chunk) },
    );
    await packLayers(folders, archive, {
      ...packing,
      onProgress: (bytes) => context.progress.update(`writing: ${humanSize(bytes)}`),
    });
    await archive.end();
    await file?.commit();
  } catch (error) {
    await file?.discard();
    throw error;
  }
}
