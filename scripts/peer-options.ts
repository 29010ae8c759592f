// Writes docs/docker-options.md: which options of docker and podman are there, which do something else, which are not there
// and why. What is there is read from the commands themselves; test/docs/peer-options.test.ts holds the page against them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { allCommands } from './all-commands.ts';

const root = join(import.meta.dirname, '..');

/** Where the page is. */
export const peerOptionsPage: string = join(root, 'docs/docker-options.md');

/** Lines of a table in scripts/peer-options, as cells. */
function cellsOf(name: string): readonly (readonly string[])[] {
  return readFileSync(join(root, 'scripts/peer-options', name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));
}

/** One option of docker or podman. */
interface PeerOption {
  readonly command: string;
  readonly option: string;
  readonly short: string;
  readonly whose: string;
}

interface Note {
  readonly commands: readonly string[];
  readonly option: string;
  readonly kind: string;
  readonly why: string;
}

/** The page, and what in the notes does not fit the commands. */
export interface PeerOptions {
  readonly page: string;
  readonly faults: readonly string[];
}

/** Options by command: "volume ls" and its flags. */
function flagsOf(command: Command, words: readonly string[] = []): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const flags = command.options.flatMap(({ long, short }) => [long, short]);
  found.set(words.join(' '), new Set(flags.filter((flag) => flag != null)));
  for (const one of command.commands)
    for (const [name, its] of flagsOf(one, [...words, one.name()])) found.set(name, its);
  return found;
}

const introduction = `# Options of docker and podman

For each command: the options that are there with the same meaning, and those that are not there or do something else.
Compared with docker 28.2.2 and podman 6.0.0-dev (19 May 2026). \`scripts/peer-options.ts\` writes this page from the
commands themselves; a test fails when it is not what they have. Commands that are not named here are not there: among
them \`build\` and \`buildx\`, \`search\`, \`swarm\` and what belongs to it, \`plugin\`, \`context\`, \`checkpoint\`, \`pod\`,
\`kube\`, \`machine\`, \`secret\`.
`;

/** Makes the page. */
export async function peerOptions(): Promise<PeerOptions> {
  const own = flagsOf(await allCommands());
  const options = cellsOf('options.tsv').map(
    ([command = '', option = '', short = '', whose = '']): PeerOption => ({
      command,
      option,
      short,
      whose,
    }),
  );
  const notes = cellsOf('notes.tsv').map(
    ([commands = '', option = '', kind = '', why = '']): Note => ({
      commands: commands.split(','),
      option,
      kind,
      why,
    }),
  );
  const used = new Set<Note>();
  const faults: string[] = [];
  const sections: string[] = [];
  for (const command of new Set(options.map((one) => one.command))) {
    const flags = own.get(command);
    if (flags === undefined) {
      faults.push(`${command}: no such command`);
      continue;
    }
    const there: string[] = [];
    const rows: string[] = [];
    for (const { option, short, whose } of options.filter((one) => one.command === command)) {
      const isThere = flags.has(option) || flags.has(option.replace(/^--/, '--no-'));
      const note = notes.find(
        (one) =>
          one.option === option && (one.commands.includes(command) || one.commands[0] === '*'),
      );
      if (note !== undefined) used.add(note);
      const shown = short === '' ? `\`${option}\`` : `\`${short}\` \`${option}\``;
      if (isThere && short !== '' && !flags.has(short))
        faults.push(`${command} ${option}: without ${short}`);
      if (note === undefined) {
        if (isThere) there.push(shown);
        else faults.push(`${command} ${option} [${whose}]: neither there nor in the notes`);
        continue;
      }
      if (isThere !== (note.kind === 'differs'))
        faults.push(`${command} ${option}: the notes say ${note.kind}`);
      const what = note.kind === 'differs' ? 'differs' : 'not there';
      rows.push(`| ${shown} | ${whose.replace(',', ', ')} | ${what} | ${note.why} |`);
    }
    sections.push(
      [
        `## ${command}`,
        ...(there.length === 0 ? [] : [`There: ${there.join(', ')}.`]),
        ...(rows.length === 0
          ? []
          : [['| option | whose | | |', '| --- | --- | --- | --- |', ...rows].join('\n')]),
      ].join('\n\n'),
    );
  }
  for (const note of notes)
    if (!used.has(note))
      faults.push(`${note.commands.join(',')} ${note.option}: a note on nothing`);
  return { page: `${[introduction.trimEnd(), ...sections].join('\n\n')}\n`, faults };
}

if (process.argv[1] === import.meta.filename) {
  const { page, faults } = await peerOptions();
  writeFileSync(peerOptionsPage, page);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
}
