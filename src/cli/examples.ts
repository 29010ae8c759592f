// Examples belong to a command's definition: --help and the man pages show the same ones, and a test runs them.
import type { Command } from 'commander';

/** One line to type, and what it does. */
export interface Example {
  readonly line: string;
  readonly says: string;
}

const examplesOf = new WeakMap<Command, readonly Example[]>();

/** Gives a command its examples, shown at the end of its help. */
export function addExamples(command: Command, examples: readonly Example[]): Command {
  examplesOf.set(command, examples);
  return command.addHelpText(
    'after',
    () => `\nExamples:\n${examples.map(({ line, says }) => `  # ${says}\n  ${line}`).join('\n')}`,
  );
}

/** The examples of a command, for its man page. */
export function examplesFor(command: Command): readonly Example[] {
  return examplesOf.get(command) ?? [];
}
