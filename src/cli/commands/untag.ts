// plimsoll untag: takes names from an image and leaves the image, as podman has it.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { familiarName, withDefaultTag } from '../../image/image-name.ts';
import { groupImages } from '../../store/image-groups.ts';
import { noSuchImage } from '../../store/open-stored-image.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { nameToSet } from '../name-to-set.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';

/** Adds `plimsoll untag` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('untag')
    .description('Takes names from an image; the image stays, even with none.')
    .argument('<image>', 'name, digest or id')
    .argument('[name...]', 'the names; without any: all that it has');
  addStoreOption(command).action(
    async (text: string, names: readonly string[], options: StoreOption) => {
      const wanted = names.map(nameToSet).map(withDefaultTag);
      const store = await storeToWrite(options, context);
      try {
        store.database.write(() => {
          const found = store.images.find(text);
          if (found === undefined) throw noSuchImage(text);
          const [group] = groupImages(store.images.byId(found.image.id));
          const there = new Map((group?.tags ?? []).map((name) => [familiarName(name), name]));
          for (const name of wanted) {
            if (there.has(familiarName(name))) continue;
            throw new PlimsollError('PL0707', `${text} has no name ${familiarName(name)}`, {
              at: { target: text },
              notes: [`it has: ${[...there.keys()].join(', ') || 'none'}`],
              help: 'name one of these, or none to take all',
            });
          }
          const going = wanted.length > 0 ? wanted : [...there.values()];
          for (const name of going) store.images.removeName(name);
        });
      } finally {
        store.close();
      }
    },
  );
  addExamples(command, [{ line: 'plimsoll untag redis:8', says: 'make it <none>' }]);
}
