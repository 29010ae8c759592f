// Every command with its options, for what is made from the definitions: completions and man pages.
import type { Command } from 'commander';
import type { Context } from './context.ts';
import { addGlobalOptions } from './global-options.ts';
import { createProgram } from './program.ts';
import { registerAll } from './register-commands.ts';

/** The program with all commands registered. */
export async function loadAllCommands(context: Context): Promise<Command> {
  const program = createProgram(context);
  await registerAll(program, context);
  addGlobalOptions(program);
  return program;
}
