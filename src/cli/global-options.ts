// Options that every command takes, before or after its name. Each command has them as options of its own, but for
// those whose letters mean something else there: `images -q` prints identifiers, `run -v` mounts a volume, as docker
// has it.
import { type Command, Option } from 'commander';
import type { GlobalOptions } from './context.ts';

const heading = 'Global options:';
const ours = new WeakSet<Option>();

function definitions(): readonly { readonly option: Option; readonly long: string }[] {
  const color = new Option('--color <when>', 'colour the output').choices([
    'auto',
    'always',
    'never',
  ]);
  color.defaultValueDescription = 'auto';
  return [
    { option: color, long: '--color <when>' },
    {
      option: new Option('-q, --quiet', 'say nothing but the result and errors'),
      long: '--quiet',
    },
    {
      option: new Option('-v, --verbose', 'show what is folded otherwise').conflicts('quiet'),
      long: '--verbose',
    },
  ];
}

/** Adds the options to the command; what it has itself stays as it is. */
export function addOwnGlobalOptions(command: Command): void {
  const group = command.options.length === 0 || command.parent === null ? 'Options:' : heading;
  for (const { option, long } of definitions()) {
    const taken = (flag: string | null | undefined): boolean =>
      flag !== null &&
      flag !== undefined &&
      command.options.some((own) => own.long === flag || own.short === flag);
    if (taken(option.long)) continue;
    const added = taken(option.short) ? new Option(long, option.description) : option;
    ours.add(added);
    command.addOption(added.helpGroup(group));
  }
  command.enablePositionalOptions();
}

/** Adds the options to the command and to all below it. */
export function addGlobalOptions(command: Command): void {
  addOwnGlobalOptions(command);
  for (const below of command.commands) addGlobalOptions(below);
}

/** Whether the option is one that all commands have. */
export function isGlobalOption(option: Option): boolean {
  return ours.has(option);
}

/** The values given on the way to a command: what stands nearer to its end wins. */
export function globalOptionsOf(command: Command): GlobalOptions {
  const above = command.parent === null ? {} : globalOptionsOf(command.parent);
  const own = command.options.flatMap((option): readonly (readonly [string, unknown])[] => {
    const name = option.attributeName();
    return ours.has(option) && command.getOptionValueSource(name) === 'cli'
      ? [[name, command.getOptionValue(name)]]
      : [];
  });
  return { ...above, ...Object.fromEntries(own) };
}
