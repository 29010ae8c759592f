// The table of commands and what becomes of it: help that fits, two names for one command, exit codes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { commandTable } from './command-table.ts';
import { createContext } from './context.ts';
import { addExamples, examplesFor, renameExamples } from './examples.ts';
import { addGlobalOptions, globalOptionsOf, isGlobalOption } from './global-options.ts';
import { entryOf, registerSummaries } from './register-commands.ts';

test('names are unique, summaries fit into a line of help', () => {
  const names = commandTable.flatMap(({ name, also }) =>
    also === undefined ? [name] : [name, also],
  );
  assert.equal(new Set(names).size, names.length);
  for (const { name, summary } of commandTable) {
    assert.ok(summary.length <= 60, `${name}: ${summary.length}`);
    assert.match(summary, /^[a-z].*[^.]$/, name);
  }
  for (const name of names) assert.equal(entryOf(name.split(' '))?.load !== undefined, true, name);
});

test('help lists every command that is one word', () => {
  const program = new Command('plimsoll');
  registerSummaries(program, []);
  const listed = program.commands.map((command) => command.name());
  for (const { name } of commandTable)
    assert.equal(listed.includes(name), !name.includes(' '), name);
});

function withOptions(flags: readonly string[], line: readonly string[]) {
  const program = new Command('plimsoll').exitOverride();
  let found: unknown;
  const images = program.command('images').action(() => {
    found = { global: globalOptionsOf(images), own: images.opts() };
  });
  for (const flag of flags) images.option(flag, 'its own');
  addGlobalOptions(program);
  program.parse([...line], { from: 'user' });
  return { found, images };
}

test('global options count before and after the command, the last one wins', () => {
  const { found } = withOptions([], ['--color', 'never', '-q', 'images', '--color', 'always']);
  assert.deepEqual(found, {
    global: { color: 'always', quiet: true },
    own: { color: 'always' },
  });
});

test('what a command calls -q is its own', () => {
  const { found, images } = withOptions(
    ['-q, --quiet', '-v, --volume <v>'],
    ['images', '-q', '-v', 'a:b', '--verbose'],
  );
  assert.deepEqual(found, {
    global: { verbose: true },
    own: { quiet: true, volume: 'a:b', verbose: true },
  });
  assert.deepEqual(
    images.options.filter(isGlobalOption).map(({ flags }) => flags),
    ['--color <when>', '--verbose'],
  );
});

test('failed operations end with 3, of commands that docker has with 1, wrong use with 2', () => {
  for (const [failure, code, expected] of [
    [undefined, 'PL0101', 3],
    [1, 'PL0101', 1],
    [1, 'PL0001', 2],
    [1, 'PL0002', 130],
  ] as const) {
    const said: string[] = [];
    const stream = { write: (text: string) => void said.push(text) };
    const opened = createContext(
      {
        stdout: stream,
        stderr: stream,
        stdin: () => process.stdin,
        environment: {},
        cwd: '/',
        packageRoot: '/',
        now: () => new Date(0),
        signal: new AbortController().signal,
      },
      failure,
    );
    opened.context.fail(new PlimsollError(code, 'no such thing'));
    assert.equal(opened.exitCode(), expected);
    assert.equal(said.join(''), code === 'PL0002' ? '' : `error[${code}]: no such thing\n`);
  }
});

test('examples are told with the name that was used', () => {
  const command = addExamples(new Command('images'), [
    { line: 'plimsoll images | plimsoll images -q', says: '' },
  ]);
  renameExamples(command, 'plimsoll images', 'plimsoll image ls');
  assert.deepEqual(examplesFor(command), [
    { line: 'plimsoll image ls | plimsoll image ls -q', says: '' },
  ]);
});
