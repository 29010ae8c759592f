// The command line: finds the command, loads its file only, runs it, and turns whatever goes wrong into one
// diagnostic and an exit code.
import { Command, CommanderError, Option } from 'commander';
import { formatDiagnostic } from '../diag/format-diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { commandNameIn } from './command-name.ts';
import { type CommandEntry, commandTable } from './command-table.ts';
import { type Context, createContext, type GlobalOptions, type World } from './context.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import generated from './generated/version.json' with { type: 'json' };

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
      showGlobalOptions: true,
    })
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .addOption(
      new Option('--color <when>', 'colour the output')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .addOption(new Option('-q, --quiet', 'say nothing but the result and errors'))
    .addOption(new Option('-v, --verbose', 'show what is folded otherwise').conflicts('quiet'))
    .version(`plimsoll ${generated.version}`, '-V, --version', 'print the version')
    .showSuggestionAfterError(true);
  return program;
}

/** Registers one command, and the names and summaries of all others where they are wanted for help. */
async function registerCommand(
  program: Command,
  context: Context,
  entry: CommandEntry,
): Promise<void> {
  const { register } = await entry.load();
  register(program, context);
}

function registerSummaries(program: Command): void {
  for (const { name, summary } of commandTable) program.command(name).description(summary);
  program.command('help').argument('[command...]').description('show help of a command');
  program.addHelpText(
    'after',
    '\nplimsoll <command> --help tells more, with examples. Start with: plimsoll check ./rootfs --host debian:12',
  );
}

/** Rewrites `help check` into `check --help`. */
function withoutHelpCommand(args: readonly string[]): readonly string[] {
  const at = args.indexOf('help');
  if (at < 0 || commandNameIn(args) !== 'help') return args;
  const asked = args.slice(at + 1);
  const known = asked[0] === undefined || commandTable.some(({ name }) => name === asked[0]);
  // A name that is mistyped is told as such; --help would show the general help instead.
  return [...args.slice(0, at), ...asked, ...(known ? ['--help'] : [])];
}

async function run(args: readonly string[], program: Command, context: Context): Promise<void> {
  const given = withoutHelpCommand(args);
  const name = commandNameIn(given);
  const entry = commandTable.find((candidate) => candidate.name === name);
  if (entry) {
    await registerCommand(program, context, entry);
  } else {
    registerSummaries(program);
    if (given.length === 0) {
      program.outputHelp({ error: true });
      context.setExitCode(exitCodes.wrongUse);
      return;
    }
  }
  await program.parseAsync([...given], { from: 'user' });
}

/** The words of the command that was meant, with its subcommands: "kernel diff". */
function commandPath(program: Command, args: readonly string[]): string | undefined {
  let command = program;
  const words: string[] = [];
  for (const word of args) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) continue;
    words.push(word);
    command = next;
  }
  return words.length === 0 ? undefined : words.join(' ');
}

/** What commander says, as one of our errors; undefined when it only showed help. `name` is the command's, if any. */
function fromCommander(error: CommanderError, name: string | undefined): PlimsollError | undefined {
  // A command that only has subcommands showed its help on standard error.
  if (error.exitCode === 0 || error.code === 'commander.help') return undefined;
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const hint = rest.join(' ').match(/\(Did you mean (.*)\?\)/)?.[1];
  const help = hint
    ? `did you mean ${hint}?`
    : name === undefined
      ? 'plimsoll --help lists the commands, plimsoll <command> --help its options'
      : `plimsoll ${name} --help shows how it is written, with examples`;
  return new PlimsollError('PL0001', first.replace(/\.$/, ''), { help });
}

/** Any failure as an error with a code. */
function asPlimsollError(
  error: unknown,
  signal: AbortSignal,
  name: string | undefined,
): PlimsollError | undefined {
  if (error instanceof CommanderError) return fromCommander(error, name);
  if (signal.aborted) return new PlimsollError('PL0002', 'interrupted', { cause: error });
  if (error instanceof PlimsollError) return error;
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new PlimsollError('PL0004', 'internal error', {
    notes: said.split('\n').slice(0, 12),
    help: 'this is a defect of Plimsoll: please report it with the command line and these lines',
    cause: error,
  });
}

/** Runs the command line in a world and returns the exit code. */
export async function runProgram(args: readonly string[], world: World): Promise<number> {
  const { context, apply, exitCode } = createContext(world);
  const program = createProgram(context);
  const options = (): GlobalOptions => program.opts<GlobalOptions>();
  program.hook('preAction', () => apply(options()));
  try {
    await run(args, program, context);
    context.progress.clear();
    return exitCode();
  } catch (error) {
    apply(options());
    context.progress.clear();
    const failure = asPlimsollError(error, context.signal, commandPath(program, args));
    if (failure === undefined) {
      const shown = error instanceof CommanderError && error.exitCode === 0;
      return shown ? exitCodes.works : exitCodes.wrongUse;
    }
    const code = exitCodeOf(failure.code);
    if (failure.code !== 'PL0002') {
      context.stderr.write(formatDiagnostic(failure.diagnostic, context.stderr.style));
    }
    return code;
  }
}
