// plimsoll rmi: removes images and names, as docker does.
import { type Command, Option } from 'commander';
import { formatDiagnostic } from '../../diag/format-diagnostic.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { type ImageUser, imagesInUse } from '../../engine/images-in-use.ts';
import { familiarName } from '../../image/image-name.ts';
import { shortDigest } from '../../lib/digest.ts';
import { groupImages, type ImageGroup } from '../../store/image-groups.ts';
import { type RemovedImage, removeGroup, removeImage } from '../../store/remove-image.ts';
import type { Store } from '../../store/store.ts';
import { collect } from '../collect.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';

interface RemoveOptions extends StoreOption {
  readonly force?: boolean;
  readonly all?: boolean;
  readonly ignore?: boolean;
}

/** Adds `plimsoll rmi` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('rmi')
    .description(
      'Removes images from the store, by name, digest or id.\n' +
        'A name goes alone while the image has others; with its last name the image goes.',
    )
    .argument('[image...]', 'names, digests or ids')
    .option('-a, --all', 'all images')
    .option('-i, --ignore', 'pass over what is not there')
    .addOption(new Option('--no-prune', 'taken: there are no parents here').hideHelp())
    .option('-f, --force', 'remove an id with all of its names; pass over what is not there');
  addStoreOption(command).action(async (names: readonly string[], options: RemoveOptions) => {
    if ((names.length === 0) !== (options.all === true)) {
      throw new PlimsollError('PL0001', 'expected images, or --all', {
        help: 'plimsoll images lists them',
      });
    }
    const store = await storeToWrite(options, context);
    try {
      await removeAll(store, names, options, context);
    } finally {
      store.close();
    }
  });
  addExamples(command, [
    { line: 'plimsoll rmi redis:8', says: 'one name, and the image with its last' },
    { line: 'plimsoll rmi -f 1f5e6e7bd6bb', says: 'an image with all of its names' },
  ]);
}

async function removeAll(
  store: Store,
  names: readonly string[],
  { all, force = false, ignore = false }: RemoveOptions,
  context: Context,
): Promise<void> {
  const told = (removed: RemovedImage): boolean => {
    for (const name of removed.untagged) context.stdout.write(`Untagged: ${familiarName(name)}\n`);
    if (removed.deleted !== undefined) context.stdout.write(`Deleted: ${removed.deleted}\n`);
    return removed.deleted !== undefined;
  };
  let deleted = false;
  const users = imagesInUse(store.root);
  const refuse = ({ id }: ImageGroup): void => refuseInUse(id, users.get(id), force);
  for (const name of names) {
    try {
      deleted = told(removeImage(store, name, force, refuse)) || deleted;
    } catch (error) {
      // The others are removed all the same, as docker does.
      if (!(error instanceof PlimsollError)) throw error;
      if (ignore && error.code === 'PL0707') continue;
      context.stderr.write(formatDiagnostic(error.diagnostic, context.stderr.style));
      if (!force || error.code !== 'PL0707') context.setExitCode(exitCodes.fails);
    }
  }
  if (all) {
    for (const group of groupImages(store.images.list())) {
      try {
        refuse(group);
        deleted = told(store.database.write(() => removeGroup(store, group))) || deleted;
      } catch (error) {
        context.fail(error);
      }
    }
  }
  if (!deleted) return;
  const { snapshots } = await collect(store, context);
  for (const name of snapshots) context.stdout.write(`Deleted: ${name}\n`);
}

/** As docker: with --force an image goes from under a container that does not run. @throws PlimsollError PL0709 */
function refuseInUse(id: string, user: ImageUser | undefined, force: boolean): void {
  if (user === undefined || (force && !user.running)) return;
  const container = user.id.slice(0, 12);
  throw new PlimsollError(
    'PL0709',
    `unable to delete ${shortDigest(id)}: ${user.running ? 'running' : 'stopped'} container ${container} uses it`,
    {
      help: user.running
        ? `remove the container first: plimsoll rm -f ${container}`
        : `remove the container first (plimsoll rm ${container}), or the image all the same with --force`,
    },
  );
}
