// plimsoll top: the processes of a container, as ps of this machine shows them.
import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { withContainer } from '../../engine/engine.ts';
import { refreshContainer } from '../../engine/refresh-container.ts';
import { wrongStatus } from '../../engine/start-container.ts';
import { processesWith } from '../../runtime/cgroups.ts';
import { namespaceProcesses } from '../../sys/namespace-processes.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

/** Adds `plimsoll top` to the program. */
export function register(program: Command, context: Context): void {
  program.enablePositionalOptions();
  const command = program
    .command('top')
    .description(
      "Shows the processes of a container with this machine's ps; its options may follow the name.",
    )
    .argument('<container>', 'name or id')
    .argument('[ps-option...]', 'options of ps (default: -ef)')
    .passThroughOptions()
    .allowUnknownOption();
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll top web', says: 'its processes' },
    { line: 'plimsoll top web aux', says: 'with what they use' },
  ]);
  command.action((name: string, given: readonly string[], options: StoreOption) =>
    withEngine(options, context, async (engine) => {
      const { id } = engine.records.find(name);
      const container = await withContainer(engine, id, (one) => refreshContainer(engine, one));
      const { status, process } = container.state;
      if (status !== 'running' && status !== 'paused') throw wrongStatus(container, 'top');
      if (process === undefined) throw wrongStatus(container, 'top');
      const pids = engine.ordinaryUser
        ? namespaceProcesses(process.pid)
        : processesWith(process.pid);
      context.stdout.write(listing(given.length === 0 ? ['-ef'] : given, pids));
    }),
  );
}

/** The lines of ps for these processes. docker does the same: all processes, of which those with a PID among them stay. */
function listing(given: readonly string[], pids: readonly number[]): string {
  let text: string;
  try {
    text = execFileSync('ps', [...given], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new PlimsollError('PL0001', `ps ${given.join(' ')} failed`, {
      notes: said === '' ? [] : [said],
      help: 'install procps, or give options that its ps knows',
      cause,
    });
  }
  const [head = '', ...lines] = text.split('\n');
  const column = head.trim().split(/\s+/).indexOf('PID');
  if (column < 0)
    throw new PlimsollError('PL0001', "couldn't find PID field in ps output", {
      help: 'have ps show it: -o pid,args',
    });
  const wanted = new Set(pids.map(String));
  const shown = lines.filter((line) => wanted.has(line.trim().split(/\s+/)[column] ?? ''));
  return `${[head, ...shown].join('\n')}\n`;
}
