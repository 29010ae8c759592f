// plimsoll tags NAME: the tags of a repository.
import type { Command } from 'commander';
import { formatImageName } from '../../image/image-name.ts';
import { printable } from '../../lib/printable.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addRegistryOptions, openRegistryFor, type RegistryChoice } from '../open-registry.ts';
import { type FormatOptions, formatOption, writeJson } from '../output-format.ts';

interface TagsOptions extends RegistryChoice, FormatOptions {}

async function run(given: string, options: TagsOptions, context: Context): Promise<void> {
  const { registry, configuration } = await openRegistryFor(options, context);
  try {
    const { nameMeant } = await import('../../registry/endpoints.ts');
    const { domain, path } = nameMeant(given, configuration);
    const name = { domain, path };
    const tags: string[] = [];
    for await (const tag of registry.tags(name, context.signal)) {
      context.progress.update(`${tags.length} tags`);
      tags.push(tag);
    }
    context.progress.clear();
    // Registries list them in any order: 1.9 before 1.10.
    tags.sort(new Intl.Collator('en', { numeric: true }).compare);
    if (options.format === 'json')
      writeJson(context, { schema: 'plimsoll.tags/1', name: formatImageName(name), tags });
    else context.stdout.write(tags.map((tag) => `${printable(tag)}\n`).join(''));
  } finally {
    registry.close();
  }
}

/** Adds `plimsoll tags` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('tags')
    .description("Lists the tags of an image's repository, one a line.")
    .argument('<name>', 'the image; a tag behind it makes no difference')
    .addOption(formatOption());
  addRegistryOptions(command).action((name: string, options: TagsOptions) =>
    run(name, options, context),
  );
  addExamples(command, [
    { line: 'plimsoll tags redis', says: 'all tags of docker.io/library/redis' },
    { line: 'plimsoll tags ghcr.io/org/app --format json', says: 'for a program to read' },
  ]);
}
