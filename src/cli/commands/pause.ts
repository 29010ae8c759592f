// plimsoll pause: freezes containers.
import type { Command } from 'commander';
import { pauseContainer } from '../../engine/pause-container.ts';
import type { Context } from '../context.ts';
import { registerEach } from '../each-container-command.ts';

/** Adds `plimsoll pause` to the program. */
export function register(program: Command, context: Context): void {
  registerEach(program, context, {
    name: 'pause',
    description: 'Freezes all processes of containers, until unpause.',
    examples: [{ line: 'plimsoll pause web', says: 'its processes take no processor time' }],
    all: { says: 'all that run', fits: ({ state }) => state.status === 'running' },
    act: (engine, { id }) => pauseContainer(engine, id),
  });
}
