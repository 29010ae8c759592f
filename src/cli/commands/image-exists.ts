// plimsoll image exists: for scripts, as podman has it.
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { addStoreOption, type StoreOption, storeToRead } from '../open-store.ts';

/** Adds `plimsoll image exists` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('exists')
    .description(
      'Ends with 0 when the store has the image, with 1 when it has not. Prints nothing.',
    )
    .argument('<image>', 'name, digest or id');
  addStoreOption(command).action((text: string, options: StoreOption) => {
    const store = storeToRead(options, context);
    try {
      if (store?.images.find(text) === undefined) context.setExitCode(exitCodes.fails);
    } finally {
      store?.close();
    }
  });
  addExamples(command, [
    {
      line: 'plimsoll image exists redis:8 || plimsoll pull redis:8',
      says: 'fetch it where it is not there',
    },
  ]);
}
