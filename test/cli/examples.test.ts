// Every command has examples, and each uses commands and options that exist. Those that need nothing but this
// program are run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { allCommands } from '../../scripts/all-commands.ts';
import { examplesFor } from '../../src/cli/examples.ts';
import { runPlimsoll } from './run-plimsoll.ts';

const program = await allCommands();

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

const commands = leaves(program);
const runnable =
  /^plimsoll (?:explain|kernel|syscall|host (?:list|show|diff)|completion)(?: [\w.:+-]+)*$/;

test('every command was seen', () => {
  assert.ok(commands.length >= 8, `only ${commands.length}`);
});

/** Whether there is such an option; letters may stand together: -it. */
function areKnown(flag: string, known: readonly (string | undefined)[]): boolean {
  if (known.includes(flag)) return true;
  return /^-[a-zA-Z]+$/.test(flag) && [...flag.slice(1)].every((one) => known.includes(`-${one}`));
}

for (const command of commands) {
  const name =
    command.parent === program ? command.name() : `${command.parent?.name()} ${command.name()}`;
  test(`examples of ${name}`, async () => {
    const own = examplesFor(command);
    const examples =
      own.length > 0 ? own : command.parent === null ? [] : examplesFor(command.parent);
    assert.ok(examples.length > 0, 'has examples');
    const known = [...command.options, ...program.options].flatMap(({ long, short }) => [
      long,
      short,
    ]);
    for (const { line } of own) {
      assert.match(line, new RegExp(`plimsoll ${name}\\b`));
      // What stands behind -- is another program's.
      const [ours = ''] = line.split('plimsoll ').at(-1)?.split(' -- ') ?? [];
      for (const [, flag = ''] of ours.matchAll(/(?:^| )(--?[a-zA-Z][\w-]*)/g))
        assert.ok(areKnown(flag, known), `${flag} of: ${line}`);
      if (!runnable.test(line)) continue;
      const ran = await runPlimsoll(line.split(' ').slice(1));
      assert.equal(ran.code, 0, `${line}\n${ran.stderr}`);
      assert.ok(ran.stdout.length > 0, line);
    }
  });
}
