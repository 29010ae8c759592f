// plimsoll load: all images of an archive or layout into the store, under the names that they have there.
import type { Command } from 'commander';
import type { Diagnostic } from '../../diag/diagnostic.ts';
import { formatDiagnostic } from '../../diag/format-diagnostic.ts';
import type { Digest, Platform } from '../../image/image.ts';
import { familiarName } from '../../image/image-name.ts';
import { humanSize } from '../../lib/human-units.ts';
import { withLimits } from '../../lib/limits.ts';
import { openFilesSource } from '../../transfer/files-source.ts';
import { type CopyPlan, planCopy } from '../../transfer/plan-copy.ts';
import { receiveImage } from '../../transfer/receive-image.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';
import { openUnpacker } from '../open-unpacker.ts';
import { platformOption } from '../platform-option.ts';
import { stdinChunks } from '../stdin-chunks.ts';

interface LoadOptions extends StoreOption {
  readonly input?: string;
  readonly platform?: Platform;
}

/** Adds `plimsoll load` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('load')
    .description(
      'Loads images into the store: what docker save, podman save, skopeo copy, buildah and plimsoll save wrote, compressed or not.',
    )
    .option('-i, --input <file>', 'read a file, an OCI layout or oci:DIR[:TAG], not standard input')
    .addOption(platformOption('load the images of this platform alone, not all that are there'))
    .action(async (options: LoadOptions) => {
      await load(options, context);
    });
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll load -i redis.tar', says: 'all images of an archive' },
    { line: 'ssh host docker save redis:8 | plimsoll load', says: 'from another machine' },
    { line: 'plimsoll load -i oci:layout:8', says: 'one image of a layout' },
  ]);
}

async function load(options: LoadOptions, context: Context): Promise<void> {
  const { signal, progress, stderr } = context;
  const limits = withLimits();
  const reference = options.input ?? '-';
  const source = await openFilesSource(reference, {
    signal,
    stdin: stdinChunks(context, 'name a file: plimsoll load -i image.tar'),
    onProgress: ({ bytes }) => progress.update(`receiving: ${humanSize(bytes)}`),
  });
  try {
    const plans: CopyPlan[] = [];
    for (const { top } of source.images) {
      plans.push(
        await planCopy(source, top, {
          platforms: options.platform ?? 'present',
          keepIndex: true,
          limits,
          signal,
        }),
      );
    }
    const store = await storeToWrite(options, context);
    try {
      const lease = await store.lease();
      const { unpack } = await openUnpacker(store, context);
      const done = new Map<Digest, number>();
      for (const [index, plan] of plans.entries()) {
        const names = source.images[index]?.names ?? [];
        await receiveImage(source, plan, names, {
          store,
          lease,
          unpack,
          limits,
          signal,
          onLayer({ digest }, state, bytes) {
            if (state !== 'unpacking') done.set(digest, bytes);
            const sum = [...done.values()].reduce((all, some) => all + some, 0);
            progress.update(`loading: ${humanSize(sum)}`);
          },
          onProblem: (problem: Diagnostic) => {
            progress.clear();
            stderr.write(formatDiagnostic(problem, stderr.style));
          },
        });
        progress.clear();
        tell(plan, names.map(familiarName), context);
      }
      lease.release();
    } finally {
      store.close();
    }
  } finally {
    await source.close();
  }
}

/** The lines that docker ends with. */
function tell(plan: CopyPlan, names: readonly string[], { stdout }: Context): void {
  for (const name of names) stdout.write(`Loaded image: ${name}\n`);
  const id = plan.images[0]?.config?.digest ?? plan.top.descriptor.digest;
  if (names.length === 0) stdout.write(`Loaded image ID: ${id}\n`);
}
