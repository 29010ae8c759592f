// plimsoll update: other limits for containers.
import type { Command } from 'commander';
import { updateContainer } from '../../engine/update-container.ts';
import { resourcesOf } from '../container-config-of.ts';
import { type ContainerOptions, resourceOptions } from '../container-options.ts';
import { restartPolicyOf } from '../container-settings-of.ts';
import type { Context } from '../context.ts';
import { registerEach } from '../each-container-command.ts';
import { optionSources } from '../option-sources.ts';

interface UpdateOptions extends ContainerOptions {
  readonly restart?: string;
}

/** Adds `plimsoll update` to the program. */
export function register(program: Command, context: Context): void {
  registerEach<UpdateOptions>(program, context, {
    name: 'update',
    description: 'Changes limits and the restart policy of containers, at once where they run.',
    examples: [
      { line: 'plimsoll update --memory 512m --cpus 1.5 web', says: 'more room' },
      { line: 'plimsoll update --restart unless-stopped web', says: 'another policy' },
    ],
    options(command) {
      for (const option of resourceOptions()) command.addOption(option);
      command.option('--restart <policy>', 'no, on-failure[:TIMES], always, unless-stopped');
    },
    act: (engine, { id }, options) =>
      updateContainer(engine, id, {
        resources: resourcesOf(options, optionSources(context)),
        ...(options.restart === undefined ? {} : { restart: restartPolicyOf(options.restart) }),
      }),
  });
}
