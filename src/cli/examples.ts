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
    () =>
      `\nExamples:\n${examplesFor(command)
        .map(({ line, says }) => `  # ${says}\n  ${line}`)
        .join('\n')}`,
  );
}

/** The examples of a command, for its man page. */
export function examplesFor(command: Command): readonly Example[] {
  return examplesOf.get(command) ?? [];
}

/** Has the examples of a command, and of all below it, begin with other words. */
export function renameExamples(command: Command, from: string, to: string): void {
  const renamed = examplesFor(command).map(({ line, says }) => ({
    line: line.replaceAll(from, to),
    says,
  }));
  if (renamed.length > 0) examplesOf.set(command, renamed);
  for (const below of command.commands) renameExamples(below, from, to);
}
