// plimsoll completion SHELL: prints a completion script.
import { Argument, type Command } from 'commander';
import { findingCodes } from '../../check/finding-codes.ts';
import { operationCodes } from '../../diag/operation-codes.ts';
import { defaultLimits } from '../../lib/limits.ts';
import { failConditions } from '../check-options.ts';
import {
  bashCompletion,
  describeCommands,
  fishCompletion,
  qualifierWords,
  zshCompletion,
} from '../completion.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { loadAllCommands } from '../load-all.ts';

/** What images are most often built for. */
const platforms = [
  'linux/amd64',
  'linux/arm64',
  'linux/arm/v7',
  'linux/386',
  'linux/ppc64le',
  'linux/riscv64',
  'linux/s390x',
];
const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

async function run(shell: keyof typeof shells, context: Context): Promise<void> {
  const { allNames } = await import('../../host/named/names.ts');
  const { qualifiers } = await import('../../host/qualifiers.ts');
  const { default: rules } = await import('../../check/generated/data-rules.json', {
    with: { type: 'json' },
  });
  const { allSyscalls } = await import('../../kernel/syscalls.ts');
  const hosts = [...new Set(['this', ...allNames()])];
  const commands = describeCommands(await loadAllCommands(context), {
    host: hosts,
    from: hosts,
    to: hosts,
    'name|number': allSyscalls().map(({ name }) => name),
    what: failConditions,
    'os/arch': platforms,
    'name=value': Object.keys(defaultLimits).map((name) => `${name}=`),
    a: hosts,
    b: hosts,
    code: [
      ...Object.keys(operationCodes),
      ...Object.keys(findingCodes),
      ...rules.map(({ id }) => id),
    ],
    codes: Object.keys(findingCodes),
  });
  const after = qualifierWords(qualifiers.map(({ form }) => form));
  context.stdout.writeData(shells[shell](commands, after));
}

/** Adds `plimsoll completion` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('completion')
    .description('Prints a script that completes commands, options, host names and codes.')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(shells)))
    .action((shell: keyof typeof shells) => run(shell, context));
  addExamples(command, [
    {
      line: 'plimsoll completion bash > ~/.local/share/bash-completion/completions/plimsoll',
      says: 'for bash, from the next shell on',
    },
    {
      line: 'plimsoll completion zsh > ~/.zfunc/_plimsoll',
      says: 'for zsh, with ~/.zfunc in fpath',
    },
    {
      line: 'plimsoll completion fish > ~/.config/fish/completions/plimsoll.fish',
      says: 'for fish',
    },
  ]);
}
