// plimsoll tools: a tool out of an image, in the namespaces of a container or of this machine, with nothing installed in
// either. It is `run` with the options that looking into others takes; --dry-run shows them.
import type { Command } from 'commander';
import { printable } from '../../lib/printable.ts';
import { commandAfterDashes } from '../command-after-dashes.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { many } from '../option-kinds.ts';
import { commandLine, runOwn } from '../run-own.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface ToolsOptions extends StoreOption {
  readonly image: string;
  readonly volume?: readonly string[];
  readonly dryRun?: boolean;
}

/** What tracers, debuggers and sniffers need beside docker's capabilities. */
const rights = ['SYS_PTRACE', 'SYS_ADMIN', 'NET_ADMIN', 'NET_RAW', 'SYSLOG', 'DAC_READ_SEARCH'];

/** Adds `plimsoll tools` to the program. */
export function register(program: Command, context: Context): void {
  program.enablePositionalOptions();
  const command = program
    .command('tools')
    .description(
      "Runs a tool of an image in the namespaces of a container that runs, or of this machine ('host'): its processes and network are seen, " +
        'its files are below /proc/1/root (of a container) or /host. The tool has the rights that tracing and debugging take.',
    )
    .argument('<target>', 'name or id of a container, or host')
    .argument('<command...>', 'the tool and its arguments')
    .requiredOption('-i, --image <image>', 'an image that has the tool')
    .addOption(many('-v, --volume <source:dir>', 'mount something for the tool: ./out:/out'))
    .option('--dry-run', 'show the command that would be run')
    .passThroughOptions();
  addStoreOption(command);
  addExamples(command, [
    {
      line: 'plimsoll tools -i nicolaka/netshoot web -- tcpdump -i any port 80',
      says: 'its network',
    },
    { line: 'plimsoll tools -i tools:1 web -- strace -f -p 1', says: 'its first process' },
    { line: 'plimsoll tools -i tools:1 host -- ps -ef', says: 'all of this machine' },
  ]);
  command.action((target: string, words: readonly string[], options: ToolsOptions) =>
    runTool(target, commandAfterDashes(words), options, context),
  );
}

/** The words of `run`. */
function wordsOf(
  target: string,
  words: readonly string[],
  { image, volume = [], root }: ToolsOptions,
  terminal: boolean,
): readonly string[] {
  const joined =
    target === 'host'
      ? [
          ...[
            '--privileged',
            '--pid',
            'host',
            '--network',
            'host',
            '--ipc',
            'host',
            '--uts',
            'host',
          ],
          ...['-v', '/:/host'],
        ]
      : [
          ...['--pid', `container:${target}`, '--network', `container:${target}`],
          ...['--security-opt', 'seccomp=unconfined', '--security-opt', 'apparmor=unconfined'],
          ...rights.flatMap((one) => ['--cap-add', one]),
        ];
  return [
    'run',
    ...['--rm', '--no-check', '--no-healthcheck', terminal ? '-it' : '-i'],
    ...(root === undefined ? [] : ['--root', root]),
    ...joined,
    ...volume.flatMap((one) => ['-v', one]),
    // The image's own start is for its service.
    ...['--entrypoint', words[0] ?? ''],
    image,
    ...words.slice(1),
  ];
}

async function runTool(
  target: string,
  words: readonly string[],
  options: ToolsOptions,
  context: Context,
): Promise<void> {
  const { own, stdout, terminal } = context;
  const line = wordsOf(target, words, options, terminal !== undefined);
  if (options.dryRun || own === undefined) stdout.write(`${printable(commandLine(line))}\n`);
  else await runOwn(own, line, context);
}
