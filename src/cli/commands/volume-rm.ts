// plimsoll volume rm: removes volumes.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { addEngineEvent } from '../../engine/events.ts';
import { findVolume, listVolumes, removeVolume } from '../../engine/volumes/volume-rows.ts';
import { usersOfVolume } from '../../engine/volumes/volume-users.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { forEachNamed } from '../for-each-named.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';
import { unlessMissing } from '../unless-missing.ts';

interface RmOptions extends StoreOption {
  readonly all?: boolean;
  readonly force?: boolean;
}

/** Adds `plimsoll volume rm` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('rm')
    .alias('remove')
    .description('Removes volumes that no container has, with what is in them.')
    .argument('[volume...]', 'names')
    .option('-a, --all', 'all that no container has')
    .option('-f, --force', 'no failure where it is not there');
  addStoreOption(command).action((given: readonly string[], options: RmOptions) =>
    withEngine(options, context, async (engine) => {
      if ((given.length === 0) !== (options.all === true))
        throw new PlimsollError('PL0001', 'expected volumes, or --all', {
          help: 'plimsoll volume ls lists them',
        });
      const unused = (name: string): boolean => usersOfVolume(engine.records, name).length === 0;
      const names = options.all
        ? listVolumes(engine.database)
            .map(({ name }) => name)
            .filter(unused)
        : given;
      await forEachNamed(names, context, (name) =>
        unlessMissing('PL0860', options.force, () =>
          engine.database.write(() => {
            const { driver } = findVolume(engine.database, name);
            const users = usersOfVolume(engine.records, name).map(({ id }) => id);
            if (users.length > 0)
              throw new PlimsollError(
                'PL0862',
                `remove ${name}: volume is in use - [${users.join(', ')}]`,
                { help: `remove the containers first: plimsoll rm ${users[0]?.slice(0, 12)}` },
              );
            removeVolume(engine, name);
            addEngineEvent(engine, 'volume', 'destroy', name, { driver });
          }),
        ),
      );
    }),
  );
  addExamples(command, [{ line: 'plimsoll volume rm data', says: 'one by name' }]);
}
