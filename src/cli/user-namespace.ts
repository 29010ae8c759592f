// Files of images belong to many users. An ordinary user has them in a user namespace of their own: commands that make
// or remove such files start themselves again in one, as podman does.
import { rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { formatDiagnostic } from '../diag/format-diagnostic.ts';
import type { NamespaceRun } from '../sys/user-namespace.ts';
import { commandWordsIn } from './command-name.ts';
import type { Context, OwnCommand } from './context.ts';
import { hostCommandOf } from './host-command.ts';
import { entryOf } from './register-commands.ts';
import { storeRootOf } from './store-option.ts';

/** Set in the namespace: the user's number outside of it. */
export const namespaceVariable = 'PLIMSOLL_NAMESPACE_OF';

/** What a program in the namespace of this user is run with; the store stays where the user has it. */
export function namespaceRun(
  { uid, gid }: OwnCommand,
  command: readonly [string, ...(readonly string[])],
  context: Context,
): NamespaceRun {
  const { environment, stderr, signal } = context;
  const [program, ...args] = command;
  return {
    command: program,
    args,
    environment: {
      ...environment,
      PLIMSOLL_ROOT: storeRootOf({}, context),
      [namespaceVariable]: String(uid),
    },
    user: { uid, gid, ...nameOfUser() },
    signal,
    onOneId: (reason) =>
      stderr.write(
        formatDiagnostic(
          {
            code: 'PL0727',
            severity: 'warning',
            message: 'files of images will all belong to you: there are no further ids',
            notes: [reason],
          },
          stderr.style,
        ),
      ),
  };
}

function nameOfUser(): { readonly name?: string } {
  try {
    return { name: userInfo().username };
  } catch {
    // Not in /etc/passwd: the number will do.
    return {};
  }
}

/**
 * Runs this very command in a user namespace when it must be, and gives its exit code; undefined when it can be run
 * here. @throws PlimsollError PL0727
 */
export async function runAsNamespaceRoot(
  line: readonly string[],
  context: Context,
): Promise<number | undefined> {
  const { own } = context;
  if (own === undefined || own.uid === 0) return undefined;
  if (context.environment[namespaceVariable] !== undefined) return undefined;
  const entry = entryOf(commandWordsIn(line));
  const files = entry?.files;
  if (entry === undefined || files === undefined || isHelp(line)) return undefined;
  // A command of this machine runs as who it is.
  if (hostCommandOf(line, entry.name) !== undefined && entry.onMachine === true) return undefined;
  if (files !== true && !files.some((option) => line.includes(option))) return undefined;
  const command = [own.command, ...own.args, ...line] as const;
  const shared = entry.group === 'containers';
  if (shared && entry.name !== 'spec') return runInKeptNamespace(own, command, context);
  const { runInUserNamespace } = await import('../sys/user-namespace.ts');
  return runInUserNamespace(namespaceRun(own, command, context));
}

/**
 * Runs this very command where an ordinary user's containers are, for one that found out late that it needs to: gives
 * whether it did, with its exit code left. @throws PlimsollError PL0727
 */
export async function rerunWithContainers(context: Context): Promise<boolean> {
  const { own, environment } = context;
  if (own === undefined || own.uid === 0 || environment[namespaceVariable] !== undefined)
    return false;
  const command = [own.command, ...own.args, ...own.line] as const;
  context.setExitCode(await runInKeptNamespace(own, command, context));
  return true;
}

/** Runs the command where this user's other containers are. @throws PlimsollError PL0727 */
async function runInKeptNamespace(
  own: OwnCommand,
  command: readonly [string, ...(readonly string[])],
  context: Context,
): Promise<number> {
  const { announceEntry, holderCommand, lockNamespace, namespaceMember } = await import(
    './kept-namespace.ts'
  );
  const { enterUserNamespace, runInUserNamespace } = await import('../sys/user-namespace.ts');
  const { runFolderOf } = await import('../engine/state-folder.ts');
  const runFolder = runFolderOf(context.environment, own.uid);
  announceEntry(runFolder);
  let member = namespaceMember(runFolder);
  if (member === undefined) {
    const lock = await lockNamespace(runFolder, context.signal);
    try {
      member = namespaceMember(runFolder);
      if (member === undefined) {
        rmSync(join(runFolder, 'namespace.pid'), { force: true });
        await runInUserNamespace(namespaceRun(own, holderCommand(runFolder), context));
        member = namespaceMember(runFolder);
      }
    } finally {
      lock.release();
    }
  }
  const run = namespaceRun(own, command, context);
  if (member === undefined) return runInUserNamespace(run);
  return enterUserNamespace(run, member, (send) =>
    context.takeSignals((signal) => {
      // What is typed at a terminal reaches every process there by itself.
      const typed = signal === 'SIGINT' || signal === 'SIGQUIT';
      if (!typed || context.terminal === undefined) send(signal);
    }),
  );
}

function isHelp(line: readonly string[]): boolean {
  return line[0] === 'help' || line.includes('--help') || line.includes('-h');
}
