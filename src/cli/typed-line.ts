import type { Command } from 'commander';

/** The words of the line as they were typed, with the `--` that commander takes out. */
export function typedLine(program: Command): readonly string[] {
  // commander keeps them; its types do not tell.
  return 'rawArgs' in program && Array.isArray(program.rawArgs) ? program.rawArgs.map(String) : [];
}
