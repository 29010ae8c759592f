// Which containers a command is about: docker names them; podman's options choose them as well.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type Container, isAlive } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { freshContainers } from '../engine/refresh-container.ts';
import { systemReason } from '../lib/system-reason.ts';
import { parseContainerFilters } from './container-filters.ts';
import { many } from './option-kinds.ts';

/** The options as commander gives them. */
export interface WhichOptions {
  readonly all?: boolean;
  readonly filter?: readonly string[];
  readonly cidfile?: readonly string[];
  readonly latest?: boolean;
}

/** Adds podman's options that choose containers; -f is --force for some commands. */
export function addWhichOptions(command: Command, filterLetter = true): Command {
  return command
    .addOption(
      many(
        `${filterLetter ? '-f, ' : ''}--filter <key=value>`,
        'those that fit: name, label, status … as for ps; may be repeated',
      ),
    )
    .addOption(many('--cidfile <file>', 'the one whose id is in a file'))
    .option('-l, --latest', 'the one that was made last');
}

/** The containers; or with --all every one that `fits` (default: is alive). @throws PlimsollError PL0001, PL0820 */
export async function namedContainers(
  engine: Engine,
  names: readonly string[],
  options: WhichOptions,
  cwd: string,
  fits: (container: Container) => boolean = ({ state }) => isAlive(state),
): Promise<readonly string[]> {
  const { all = false, filter = [], cidfile = [], latest = false } = options;
  const named = [...names, ...cidfile.map((path) => idIn(resolve(cwd, path), path))];
  const ways = [named.length > 0, all || filter.length > 0, latest].filter(Boolean).length;
  if (ways !== 1)
    throw new PlimsollError('PL0001', 'expected containers, or an option that chooses them', {
      help: 'plimsoll ps lists them; --help shows the options',
    });
  if (named.length > 0) return named;
  const containers = await freshContainers(engine);
  if (latest) return containers.slice(0, 1).map(({ id }) => id);
  const chosen = parseContainerFilters(filter, engine);
  return containers.filter((one) => (!all || fits(one)) && chosen.keeps(one)).map(({ id }) => id);
}

/** The id that `--cidfile` of run wrote. @throws PlimsollError PL0001 */
function idIn(path: string, given: string): string {
  try {
    return (readFileSync(path, 'utf8').split('\n')[0] ?? '').trim();
  } catch (cause) {
    throw new PlimsollError('PL0001', `the id could not be read: ${systemReason(cause)}`, {
      at: { path: given },
      help: 'name a file that plimsoll run --cidfile wrote',
      cause,
    });
  }
}
