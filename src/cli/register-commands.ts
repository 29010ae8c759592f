// From the table of commands to commander's commands: one that was asked for, all of a group by name, or all of them.
import type { Command } from 'commander';
import { type CommandEntry, commandGroups } from './command-entry.ts';
import { commandFolders, commandTable } from './command-table.ts';
import type { Context } from './context.ts';
import { renameExamples } from './examples.ts';

/** A way to type a command. */
interface Form {
  readonly entry: CommandEntry;
  /** One word, or a group's and the one after it. */
  readonly words: readonly string[];
}

const forms: readonly Form[] = commandTable.flatMap((entry) =>
  [entry.name, entry.also]
    .filter((line) => line !== undefined)
    .map((line) => ({ entry, words: line.split(' ') })),
);

/** The form that a line begins with. */
function formOf([first, second]: readonly string[]): Form | undefined {
  return forms.find(
    ({ words }) => words[0] === first && (words.length === 1 || words[1] === second),
  );
}

/** The entry of the command whose words a line begins with. */
export function entryOf(words: readonly string[]): CommandEntry | undefined {
  return formOf(words)?.entry;
}

/** Whether the word leads to other commands only. */
function isFolder(word: string | undefined): boolean {
  return commandFolders.some(({ name }) => name === word);
}

/** Whether the word begins a command. */
export function isCommandWord(word: string): boolean {
  return isFolder(word) || forms.some(({ words }) => words[0] === word);
}

function folderIn(program: Command, name: string): Command {
  const there = program.commands.find((command) => command.name() === name);
  if (there !== undefined) return there;
  const folder = commandFolders.find((one) => one.name === name);
  const summary = folder?.summary ?? '';
  return program
    .command(name)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}`)
    .helpGroup(folder === undefined ? '' : commandGroups[folder.group])
    .helpCommand(false);
}

async function registerForm(
  program: Command,
  context: Context,
  { entry, words }: Form,
): Promise<void> {
  const { register } = await entry.load();
  const [first = '', second] = words;
  if (second === undefined) {
    register(program, context);
    program.commands.at(-1)?.helpGroup(commandGroups[entry.group]);
    return;
  }
  const folder = folderIn(program, first);
  register(folder, context);
  const command = folder.commands.at(-1);
  if (command === undefined || entry.name === words.join(' ')) return;
  // A second name for a command that help shows at its first: "plimsoll images" in its examples is "plimsoll image ls".
  renameExamples(command, `plimsoll ${entry.name}`, `plimsoll ${words.join(' ')}`);
  command.name(second);
}

/** Registers the command that the words name, with its module; false when they name none or a folder. */
export async function registerAsked(
  program: Command,
  context: Context,
  words: readonly string[],
): Promise<boolean> {
  const form = formOf(words);
  if (form === undefined) return false;
  await registerForm(program, context, form);
  return true;
}

/** Registers names and summaries alone: what the help of the program, or of the folder that the words name, shows. */
export function registerSummaries(program: Command, [first]: readonly string[]): void {
  if (isFolder(first)) {
    const folder = folderIn(program, first ?? '');
    for (const { entry, words } of forms) {
      if (words[0] === first && words[1] !== undefined)
        folder.command(words[1]).description(entry.summary);
    }
    return;
  }
  const folders = commandFolders.filter(({ name }) => forms.some(({ words }) => words[0] === name));
  const shown = [...commandTable.filter(({ name }) => !name.includes(' ')), ...folders];
  // Headings stand in the order in which they first come.
  for (const [group, heading] of Object.entries(commandGroups)) {
    for (const { name, summary } of shown.filter((entry) => entry.group === group))
      program.command(name).description(summary).helpGroup(heading);
  }
}

/** Registers everything in every form. */
export async function registerAll(program: Command, context: Context): Promise<void> {
  for (const form of forms) await registerForm(program, context, form);
}
