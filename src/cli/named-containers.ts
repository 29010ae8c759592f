import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type Container, isAlive } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { freshContainers } from '../engine/refresh-container.ts';

/**
 * The containers that a command is about: those that were named, or with --all every one that fits (default: is alive).
 * @throws PlimsollError PL0001 for neither, and for both
 */
export async function namedContainers(
  engine: Engine,
  names: readonly string[],
  { all = false }: { readonly all?: boolean },
  fits: (container: Container) => boolean = ({ state }) => isAlive(state),
): Promise<readonly string[]> {
  if ((names.length === 0) !== all)
    throw new PlimsollError('PL0001', 'expected containers, or --all', {
      help: 'plimsoll ps lists them',
    });
  if (!all) return names;
  return (await freshContainers(engine)).filter(fits).map(({ id }) => id);
}
