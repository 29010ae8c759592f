// plimsoll unpause: lets frozen containers go on.
import type { Command } from 'commander';
import { unpauseContainer } from '../../engine/pause-container.ts';
import type { Context } from '../context.ts';
import { registerEach } from '../each-container-command.ts';

/** Adds `plimsoll unpause` to the program. */
export function register(program: Command, context: Context): void {
  registerEach(program, context, {
    name: 'unpause',
    description: 'Lets the processes of paused containers go on.',
    examples: [{ line: 'plimsoll unpause web', says: 'as if nothing had been' }],
    all: { says: 'all that are paused', fits: ({ state }) => state.status === 'paused' },
    act: (engine, { id }) => unpauseContainer(engine, id),
  });
}
