// Where the store is: kept apart from opening it, so that help and completion need not load the store.
import { isAbsolute, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Context } from './context.ts';

/** `--root` of every command that uses the store. */
export interface StoreOption {
  readonly root?: string;
}

/** Adds `--root`. */
export function addStoreOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--root <directory>',
      'where the store is (default: PLIMSOLL_ROOT, else /var/lib/plimsoll, a user: ~/.local/share/plimsoll)',
    ),
  );
}

/**
 * Absolute path of the store: --root, PLIMSOLL_ROOT, /var/lib/plimsoll of root, $XDG_DATA_HOME/plimsoll or
 * ~/.local/share/plimsoll of everybody else (XDG base directory specification; relative values are ignored).
 * @throws PlimsollError PL0001 where none of them is there
 */
export function storeRootOf(
  { root }: StoreOption,
  { environment, cwd, user }: Pick<Context, 'environment' | 'cwd' | 'user'>,
): string {
  const given = root ?? environment['PLIMSOLL_ROOT'];
  if (given) return resolve(cwd, given);
  if (user === 0) return '/var/lib/plimsoll';
  const data = environment['XDG_DATA_HOME'];
  if (data && isAbsolute(data)) return join(data, 'plimsoll');
  const home = environment['HOME'];
  if (home && isAbsolute(home)) return join(home, '.local/share/plimsoll');
  throw new PlimsollError('PL0001', 'there is no folder for the store: HOME is not set', {
    help: 'name one with --root or PLIMSOLL_ROOT',
  });
}
