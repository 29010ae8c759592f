// Every command as it is defined, for what is made from the definitions: man pages, and the tests of the examples.
import { join } from 'node:path';
import type { Command } from 'commander';
import { createContext } from '../src/cli/context.ts';
import { loadAllCommands } from '../src/cli/load-all.ts';

/** The program with all its commands, in a context that writes nothing. */
export function allCommands(): Promise<Command> {
  const silent = { write: () => undefined };
  const root = join(import.meta.dirname, '..');
  const { context } = createContext({
    stdout: silent,
    stderr: silent,
    stdin: () => process.stdin,
    environment: {},
    cwd: root,
    packageRoot: root,
    now: () => new Date(0),
    signal: new AbortController().signal,
  });
  return loadAllCommands(context);
}
