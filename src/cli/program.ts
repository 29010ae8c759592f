// The command line: finds the command, loads its file only, runs it, and turns whatever goes wrong into one
// diagnostic and an exit code.
import { Command, CommanderError } from 'commander';
import { commandGroups } from './command-entry.ts';
import { commandWordsIn } from './command-name.ts';
import { type Context, createContext, type World } from './context.ts';
import { exitCodes } from './exit-code.ts';
import { fromCommander } from './failure.ts';
import generated from './generated/version.json' with { type: 'json' };
import { addGlobalOptions, addOwnGlobalOptions, globalOptionsOf } from './global-options.ts';
import { withoutBooleanValues } from './go-booleans.ts';
import { entryOf, isCommandWord, registerAsked, registerSummaries } from './register-commands.ts';
import { runAsNamespaceRoot } from './user-namespace.ts';

/** Adds what all commands share: look, errors as values, the global options. */
export function createProgram(context: Context): Command {
  const program = new Command('plimsoll');
  program
    .description(
      'Tells before anything is started whether the user space of a container image works on a host: what breaks there, why, and what fixes it.',
    )
    .usage('<command> [options]')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => Math.min(context.stdout.width, 100),
      getErrHelpWidth: () => Math.min(context.stderr.width, 100),
      getOutHasColors: () => true,
      getErrHasColors: () => true,
      // Shown as a diagnostic below.
      outputError: () => undefined,
    })
    .configureHelp({
      styleTitle: (text) => context.stdout.style.bold(text),
      subcommandTerm: (command) => command.name(),
    })
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .version(`plimsoll ${generated.version}`, '-V, --version', 'print the version')
    .showSuggestionAfterError(true);
  return program;
}

/** Registers names and summaries, and what a person reads below them. */
function registerForHelp(program: Command, words: readonly string[]): void {
  addOwnGlobalOptions(program);
  registerSummaries(program, words);
  program
    .command('help')
    .argument('[command...]')
    .description('show help of a command')
    .helpGroup(commandGroups.plimsoll);
  program.addHelpText(
    'after',
    '\nplimsoll <command> --help tells more, with examples. Start with: plimsoll check ./rootfs --host debian:12',
  );
}

/** Rewrites `help check` into `check --help`. */
function withoutHelpCommand(args: readonly string[]): readonly string[] {
  const at = args.indexOf('help');
  if (at < 0 || commandWordsIn(args)[0] !== 'help') return args;
  const asked = args.slice(at + 1);
  const known = asked[0] === undefined || isCommandWord(asked[0]);
  // A name that is mistyped is told as such; --help would show the general help instead.
  return [...args.slice(0, at), ...asked, ...(known ? ['--help'] : [])];
}

async function run(args: readonly string[], program: Command, context: Context): Promise<void> {
  const words = commandWordsIn(args);
  if (await registerAsked(program, context, words)) addGlobalOptions(program);
  else {
    registerForHelp(program, words);
    if (args.length === 0) {
      program.outputHelp({ error: true });
      context.setExitCode(exitCodes.wrongUse);
      return;
    }
  }
  const given = withoutBooleanValues(args, commandMeant(program, args));
  await program.parseAsync([...given], { from: 'user' });
}

/** The command that the words lead to, as far as it is known. */
function commandMeant(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const word of args) {
    command = command.commands.find((one) => one.name() === word) ?? command;
  }
  return command;
}

/** The words of a command without the program's: "kernel diff". */
function pathOf(command: Command): string | undefined {
  if (command.parent === null) return undefined;
  return [pathOf(command.parent), command.name()].filter((word) => word !== undefined).join(' ');
}

/** Runs the command line in a world and returns the exit code. */
export async function runProgram(given: readonly string[], world: World): Promise<number> {
  const args = withoutHelpCommand(given);
  const failureCode = entryOf(commandWordsIn(args))?.failure;
  const { context, apply, exitCode } = createContext(world, failureCode);
  const program = createProgram(context);
  program.hook('preAction', (_, command) => apply(globalOptionsOf(command)));
  try {
    const elsewhere = await runAsNamespaceRoot(args, context);
    if (elsewhere !== undefined) return elsewhere;
    await run(args, program, context);
    context.progress.clear();
    return exitCode();
  } catch (error) {
    const command = commandMeant(program, args);
    apply(globalOptionsOf(command));
    context.progress.clear();
    if (error instanceof CommanderError) {
      const wrong = fromCommander(error, pathOf(command));
      if (wrong !== undefined) context.fail(wrong);
      else context.setExitCode(error.exitCode === 0 ? exitCodes.works : exitCodes.wrongUse);
    } else context.fail(error);
    return exitCode();
  }
}
