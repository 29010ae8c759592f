// plimsoll unshare: as podman unshare and buildah unshare.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { runInUserNamespace } from '../../sys/user-namespace.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { namespaceRun } from '../user-namespace.ts';

/** Adds `plimsoll unshare` to the program. */
export function register(program: Command, context: Context): void {
  // What stands behind the command's name is its own, options too.
  program.enablePositionalOptions();
  const command = program
    .command('unshare')
    .description(
      'Runs a command as root of the user namespace in which images of an ordinary user are kept: there their files ' +
        'have the owners that images say. A shell where no command is given.',
    )
    .argument('[command...]', 'the command and its arguments; default: $SHELL, else /bin/sh')
    .passThroughOptions()
    .action(async (given: readonly string[]) => {
      const { own, environment } = context;
      if (own === undefined || own.uid === 0) {
        throw new PlimsollError('PL0001', 'root needs no user namespace', {
          help: 'run the command as it is',
        });
      }
      const [first = environment['SHELL'] || '/bin/sh', ...rest] = given;
      context.setExitCode(await runInUserNamespace(namespaceRun(own, [first, ...rest], context)));
    });
  addExamples(command, [
    { line: 'plimsoll unshare', says: 'a shell as root of the namespace' },
    { line: 'plimsoll unshare cat /proc/self/uid_map', says: 'which ids the namespace has' },
  ]);
}
