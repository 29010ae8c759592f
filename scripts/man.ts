// Writes man/*.1 from the command definitions: one page for plimsoll, one for each command and subcommand.
// mdoc would be shorter to write, man(7) is read everywhere.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { commandFolders } from '../src/cli/command-table.ts';
import { examplesFor } from '../src/cli/examples.ts';
import { isGlobalOption } from '../src/cli/global-options.ts';
import { entryOf } from '../src/cli/register-commands.ts';
import { wrapText } from '../src/lib/text-width.ts';
import { allCommands } from './all-commands.ts';

const root = join(import.meta.dirname, '..');

/** A line for roff that stays one: backslashes and hyphens as they are. */
function roffLine(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

/** A text for roff: backslashes and hyphens as they are, no line that starts a request. */
export function roff(text: string): string {
  return roffLine(text)
    .split('\n')
    .flatMap((line) => wrapText(line, 78))
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join('\n');
}

function heading(title: string, body: readonly string[]): readonly string[] {
  return body.length === 0 ? [] : [`.SH ${title}`, ...body];
}

function optionItem(option: Option): readonly string[] {
  const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`;
  const fallback = option.defaultValueDescription ?? option.defaultValue;
  const shown =
    fallback === undefined || typeof fallback === 'boolean' ? '' : `; default: ${fallback}`;
  return ['.TP', `.B ${roff(option.flags)}`, roff(`${option.description}${choices}${shown}`)];
}

type ExitStatus = readonly (readonly [string, string])[];

const exitStatus: ExitStatus = [
  ['0', 'it works, or nothing that --fail-on names was found'],
  ['1', 'it fails on at least one host, or what --fail-on names was found'],
  ['2', 'wrong use: command line, host, rule file or policy file'],
  ['3', 'the target could not be analysed, or the report not be written'],
  ['130', 'interrupted'],
];

/** Of commands that docker has too. */
const plainExitStatus: ExitStatus = [
  ['0', 'done'],
  ['1', 'the operation failed, or one of several did'],
  ['2', 'wrong use of the command line'],
  ['130', 'interrupted'],
];

/** What the command of that name ends with. */
function exitStatusOf(name: string): ExitStatus {
  const [, ...words] = name.split(' ');
  const plain =
    commandFolders.some((folder) => folder.name === words.join(' ')) ||
    entryOf(words)?.failure === 1;
  return plain ? plainExitStatus : exitStatus;
}

/** The page of one command. `date` as "2026-11-22". */
export function manPage(
  command: Command,
  name: string,
  { date, version }: { readonly date: string; readonly version: string },
): string {
  const title = name.replaceAll(' ', '-');
  const [summary = '', ...more] = command.description().split('\n');
  const usage = command.createHelp().commandUsage(command);
  const page = [
    `.TH ${title.toUpperCase()} 1 ${date} "plimsoll ${version}" "Plimsoll manual"`,
    ...heading('NAME', [roff(`${title} - ${summary.replace(/\.$/, '')}`)]),
    ...heading('SYNOPSIS', [`.B ${roffLine(usage)}`]),
    ...heading('DESCRIPTION', [roff([summary, ...more].join('\n'))]),
    ...heading(
      'ARGUMENTS',
      command.registeredArguments.flatMap((argument) => [
        '.TP',
        `.I ${roff(argument.name())}`,
        roff(argument.description),
      ]),
    ),
    ...heading(
      'OPTIONS',
      command.options
        .filter((option) => command.parent === null || !isGlobalOption(option))
        .flatMap(optionItem),
    ),
    ...heading(
      'COMMANDS',
      command.commands.flatMap((one) => [
        '.TP',
        `.BR ${roff(`${title}-${one.name()}`)} (1)`,
        roff(one.description().split('\n')[0] ?? ''),
      ]),
    ),
    ...heading(
      'EXIT STATUS',
      exitStatusOf(name).flatMap(([code, says]) => ['.TP', `.B ${code}`, roff(says)]),
    ),
    ...heading(
      'EXAMPLES',
      examplesFor(command).flatMap(({ line, says }, index) => [
        ...(index === 0 ? [] : ['.PP']),
        roff(`${says.charAt(0).toUpperCase()}${says.slice(1)}:`),
        '.PP',
        '.nf',
        '.RS 4',
        roffLine(line),
        '.RE',
        '.fi',
      ]),
    ),
    ...heading('SEE ALSO', [
      name === 'plimsoll' ? roff('plimsoll <command> --help') : '.BR plimsoll (1)',
    ]),
  ];
  return `${page.join('\n')}\n`;
}

/** Writes all pages and returns their names. */
export async function writeManPages(): Promise<readonly string[]> {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  // The date of the last change that the CHANGELOG names, so that the same sources give the same pages.
  const date =
    /\b\d{4}-\d{2}-\d{2}\b/.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))?.[0] ?? '';
  const folder = join(root, 'man');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  const visit = (command: Command, name: string): void => {
    const file = `${name.replaceAll(' ', '-')}.1`;
    writeFileSync(join(folder, file), manPage(command, name, { date, version: manifest.version }));
    written.push(file);
    for (const one of command.commands) visit(one, `${name} ${one.name()}`);
  };
  visit(await allCommands(), 'plimsoll');
  return written;
}

if (import.meta.main) console.log(`man: ${(await writeManPages()).length} pages`);
