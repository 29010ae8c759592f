// plimsoll manifest inspect NAME: the manifest or index of an image in a registry, as it stands there.
import type { Command } from 'commander';
import { manifestReference } from '../../image/image-name.ts';
import { isFault, parseJson } from '../../image/oci-json.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addRegistryOptions, openRegistryFor, type RegistryChoice } from '../open-registry.ts';

interface InspectOptions extends RegistryChoice {
  readonly raw?: boolean;
}

async function run(given: string, options: InspectOptions, context: Context): Promise<void> {
  const { registry, configuration } = await openRegistryFor(options, context);
  try {
    const { nameMeant } = await import('../../registry/endpoints.ts');
    const name = nameMeant(given, configuration);
    const { bytes } = await registry.fetchManifest(name, manifestReference(name), context.signal);
    const text = bytes.toString('utf8');
    const json = parseJson(bytes);
    if (options.raw === true || isFault(json)) context.stdout.writeData(text);
    else context.stdout.writeData(`${JSON.stringify(json.value, undefined, 2)}\n`);
  } finally {
    registry.close();
  }
}

/** Adds `plimsoll manifest inspect` to its group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('inspect')
    .description('Shows the manifest, or the index of all platforms, of an image in a registry.')
    .argument('<name>', 'the image')
    .option('--raw', 'byte for byte, as its digest is of');
  addRegistryOptions(command).action((name: string, options: InspectOptions) =>
    run(name, options, context),
  );
  addExamples(command, [
    { line: 'plimsoll manifest inspect redis:8', says: 'the platforms that there are' },
    {
      line: 'plimsoll manifest inspect --raw redis:8 | sha256sum',
      says: 'its digest, by another program',
    },
  ]);
}
