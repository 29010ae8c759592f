// Every command with its options, for what is made from the definitions: completions and man pages.
import type { Command } from 'commander';
import { commandTable } from './command-table.ts';
import type { Context } from './context.ts';
import { createProgram } from './program.ts';

/** The program with all commands registered. */
export async function loadAllCommands(context: Context): Promise<Command> {
  const program = createProgram(context);
  for (const { load } of commandTable) {
    const { register } = await load();
    register(program, context);
  }
  return program;
}
