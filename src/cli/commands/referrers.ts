// plimsoll referrers NAME: what a registry keeps about an image: signatures, bills of materials, attestations.
import type { Command } from 'commander';
import { formatImageName } from '../../image/image-name.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { writeRows } from '../format-rows.ts';
import { addRegistryOptions, openRegistryFor, type RegistryChoice } from '../open-registry.ts';
import { type FormatOptions, formatOption, writeJson } from '../output-format.ts';

interface ReferrersOptions extends RegistryChoice, FormatOptions {
  readonly artifactType?: string;
}

async function run(given: string, options: ReferrersOptions, context: Context): Promise<void> {
  const { registry, configuration } = await openRegistryFor(options, context);
  const { signal } = context;
  try {
    const { nameMeant } = await import('../../registry/endpoints.ts');
    const name = nameMeant(given, configuration);
    const digest = name.digest ?? (await registry.resolve(name, signal)).digest;
    const { artifactType } = options;
    const referrers = await registry.referrers(name, digest, {
      signal,
      ...(artifactType === undefined ? {} : { artifactType }),
    });
    if (options.format === 'json') {
      const subject = formatImageName({ domain: name.domain, path: name.path, digest });
      writeJson(context, { schema: 'plimsoll.referrers/1', subject, referrers });
      return;
    }
    const rows = referrers.map((one) => ({
      Type: one.artifactType ?? one.mediaType,
      Digest: one.digest,
      Size: one.size,
    }));
    writeRows(context.stdout, rows, {
      table: '{{.Type}}\t{{.Digest}}\t{{.Size}}',
      headings: { Type: 'TYPE', Digest: 'DIGEST', Size: 'SIZE' },
    });
  } finally {
    registry.close();
  }
}

/** Adds `plimsoll referrers` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('referrers')
    .description(
      'Lists what refers to an image in its registry: signatures, bills of materials, attestations.',
    )
    .argument('<name>', 'the image')
    .option('--artifact-type <type>', 'those of this type only')
    .addOption(formatOption());
  addRegistryOptions(command).action((name: string, options: ReferrersOptions) =>
    run(name, options, context),
  );
  addExamples(command, [
    { line: 'plimsoll referrers ghcr.io/org/app:1.0', says: 'all of them' },
    {
      line: 'plimsoll referrers ghcr.io/org/app:1.0 --artifact-type application/spdx+json --format json',
      says: 'bills of materials, for a program',
    },
  ]);
}
