// plimsoll tag: gives an image one more name.
import type { Command } from 'commander';
import { withDefaultTag } from '../../image/image-name.ts';
import { noSuchImage } from '../../store/open-stored-image.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { nameToSet } from '../name-to-set.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';

/** Adds `plimsoll tag` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('tag')
    .description('Gives an image of the store one more name.')
    .argument('<image>', 'name, digest or id')
    .argument('<name...>', 'new names; without a tag: latest');
  addStoreOption(command).action(
    async (text: string, names: readonly string[], options: StoreOption) => {
      const wanted = names.map(nameToSet).map(withDefaultTag);
      const store = await storeToWrite(options, context);
      try {
        store.database.write(() => {
          const found = store.images.find(text);
          if (found === undefined) throw noSuchImage(text);
          const { target, manifest } = found.image;
          // Who names one platform of an index means that alone.
          const asked = found.by === 'digest' && found.name === undefined;
          store.images.put(wanted, asked ? manifest : target);
        });
      } finally {
        store.close();
      }
    },
  );
  addExamples(command, [
    {
      line: 'plimsoll tag redis:8 registry.example/team/redis:8',
      says: 'the name under which it is pushed',
    },
  ]);
}
