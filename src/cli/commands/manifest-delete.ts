// plimsoll manifest delete NAME: deletes from a registry. The word is not rm, because podman's manifest rm is about lists
// in its own store; skopeo has this one.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { formatImageName } from '../../image/image-name.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addRegistryOptions, openRegistryFor, type RegistryChoice } from '../open-registry.ts';

interface DeleteOptions extends RegistryChoice {
  readonly tagOnly?: boolean;
}

async function run(given: string, options: DeleteOptions, context: Context): Promise<void> {
  const { registry, configuration } = await openRegistryFor(options, context);
  const { signal } = context;
  try {
    const { nameMeant } = await import('../../registry/endpoints.ts');
    const name = nameMeant(given, configuration);
    const { domain, path, tag, digest } = name;
    if (tag === undefined && digest === undefined) {
      // Nobody means all of a repository, and nobody should lose "latest" for a word that was left out.
      throw new PlimsollError('PL0001', `'${given}' names neither a tag nor a digest`, {
        help: `plimsoll manifest delete ${given}:TAG, or ${given}@sha256:…`,
      });
    }
    if (options.tagOnly === true && digest === undefined && tag !== undefined) {
      await registry.deleteManifest(name, tag, signal);
      context.stdout.write(`Untagged: ${formatImageName(name)}\n`);
      return;
    }
    const found = digest ?? (await registry.resolve(name, signal)).digest;
    await registry.deleteManifest(name, found, signal);
    context.stdout.write(`Deleted: ${formatImageName({ domain, path, digest: found })}\n`);
  } finally {
    registry.close();
  }
}

/** Adds `plimsoll manifest delete` to its group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('delete')
    .description(
      'Deletes a manifest from a registry, with all tags that point at it. Its blobs go when the registry collects garbage.',
    )
    .argument('<name>', 'the image, with a tag or a digest')
    .option('--tag-only', 'take away this tag and leave the manifest, where the registry can');
  addRegistryOptions(command).action((name: string, options: DeleteOptions) =>
    run(name, options, context),
  );
  addExamples(command, [
    {
      line: 'plimsoll manifest delete registry.example:5000/team/app:old',
      says: 'the manifest of that tag, and with it all of its tags',
    },
    {
      line: 'plimsoll manifest delete --tag-only ghcr.io/team/app:old',
      says: 'one of several tags',
    },
  ]);
}
