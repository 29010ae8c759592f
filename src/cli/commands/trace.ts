// plimsoll trace: which system calls a container, or a command, really makes: by program and thread, with counts, errors,
// times, and the arguments that matter.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { isAlive } from '../../engine/container.ts';
import type { Engine } from '../../engine/engine.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { compareLatency } from '../../observe/trace/latency.ts';
import type { TraceMeans } from '../../observe/trace/start-trace.ts';
import type { Trace } from '../../observe/trace/trace.ts';
import { parseTrace } from '../../observe/trace/trace-file.ts';
import type { Context } from '../context.ts';
import { addCreateOptions, type CreateOptions, createFromOptions } from '../create-from-options.ts';
import { addExamples } from '../examples.ts';
import { hostCommandOf } from '../host-command.ts';
import { numberOption } from '../number-option.ts';
import { withEngine } from '../open-engine.ts';
import {
  type Session,
  traceMachineCommand,
  traceNewContainer,
  traceRequest,
  traceRunningContainer,
} from '../trace-session.ts';
import { compareText, liveTraceText, type TraceOrder, traceText } from '../trace-text.ts';
import { typedLine } from '../typed-line.ts';
import { writeWhole } from '../write-whole.ts';

interface TraceOptions extends CreateOptions {
  readonly with: TraceMeans;
  readonly format: 'table' | 'json';
  readonly output?: string;
  readonly sort: TraceOrder;
  readonly top: string;
  readonly latency?: boolean;
  readonly duration?: string;
  readonly compare?: boolean;
}

/** Adds `plimsoll trace` to the program. */
export function register(program: Command, context: Context): void {
  program.enablePositionalOptions();
  const command = program
    .command('trace')
    .description(
      'Counts the system calls of a new container, of one that runs, or of a command of this machine: by program and ' +
        'thread, with errors, times, and the arguments and paths that matter. The kernel counts them itself (eBPF), or ' +
        'strace, where this user may not ask it to. A new container is removed when it has ended.',
    )
    .argument('[image|container]', 'name or id; for a command of this machine: -- COMMAND')
    .argument('[command...]', "what to start in place of the image's own")
    .addOption(
      new Option('--with <means>', 'by which means')
        .choices(['auto', 'ebpf', 'strace'])
        .default('auto'),
    )
    .addOption(
      new Option('--format <form>', 'form of the report')
        .choices(['table', 'json'])
        .default('table'),
    )
    .addOption(new Option('-o, --output <file>', 'write the report to a file'))
    .addOption(
      new Option('--sort <by>', 'order of the calls')
        .choices(['count', 'time', 'errors', 'name', 'first'])
        .default('count'),
    )
    .addOption(new Option('--top <lines>', 'lines of each list').default('40'))
    .addOption(new Option('--latency', 'show how long calls took: mean, percentiles, extremes'))
    .addOption(
      new Option('--duration <seconds>', 'look at it so long; a new container is stopped then'),
    )
    .addOption(
      new Option('--compare', 'compare the times of two saved traces: --compare A.json B.json'),
    );
  addCreateOptions(command);
  addExamples(command, [
    { line: 'plimsoll trace -- ls -l', says: 'of a command of this machine' },
    { line: 'plimsoll trace redis:8 -- redis-server --version', says: 'of a new container' },
    { line: 'plimsoll trace web', says: 'of one that runs, live, until Ctrl-C' },
    { line: 'plimsoll trace --format json -o a.json -- make', says: 'saved' },
    { line: 'plimsoll trace --compare a.json b.json', says: 'before and after an update' },
  ]);
  command.action((first: string | undefined, rest: readonly string[], options: TraceOptions) =>
    run(first, rest, options, typedLine(program), context),
  );
}

async function run(
  first: string | undefined,
  rest: readonly string[],
  options: TraceOptions,
  line: readonly string[],
  context: Context,
): Promise<void> {
  if (options.compare) return compare([first, ...rest], options, context);
  const request = traceRequest(options.with, context);
  const ofMachine = hostCommandOf(line, 'trace');
  if (ofMachine !== undefined)
    return finish(
      await traceMachineCommand(ofMachine, request, context),
      options,
      'stderr',
      context,
    );
  if (first === undefined)
    throw new PlimsollError('PL0001', 'an image, a container or a command is missing', {
      help: 'plimsoll trace IMAGE, plimsoll trace CONTAINER, or plimsoll trace -- COMMAND',
    });
  // After an image the two dashes are a habit, and no word of the command.
  const words = rest[0] === '--' ? rest.slice(1) : rest;
  const durationMs =
    options.duration === undefined
      ? undefined
      : numberOption('--duration', options.duration) * 1000;
  await withEngine(options, context, async (engine) => {
    const running = words.length === 0 ? runningContainer(engine, first) : undefined;
    if (running !== undefined) {
      const session = await traceRunningContainer(
        running,
        {
          ...(durationMs === undefined ? {} : { durationMs }),
          ...(showsLive(options, context)
            ? { show: (trace) => draw(trace, options, context) }
            : {}),
        },
        request,
        context,
      );
      return finish(session, options, 'stdout', context);
    }
    const { id } = await createFromOptions(engine, first, words, { ...options, rm: true }, context);
    const stdin = options.interactive === true;
    const session = await traceNewContainer(
      engine,
      id,
      first,
      { stdin, ...(durationMs === undefined ? {} : { durationMs }) },
      request,
      context,
    );
    await finish(session, options, 'stderr', context);
  });
}

function runningContainer(engine: Engine, name: string) {
  const found = engine.records
    .list()
    .find(
      ({ id, name: own }) =>
        own === name || id === name || (name.length >= 12 && id.startsWith(name)),
    );
  return found !== undefined && isAlive(found.state) ? found : undefined;
}

function showsLive({ format, output }: TraceOptions, { stdout, terminal }: Context): boolean {
  return format === 'table' && output === undefined && stdout.isTerminal && terminal !== undefined;
}

function draw(trace: Trace, { sort }: TraceOptions, { stdout, terminal }: Context): void {
  const { rows = 24, columns = 80 } = terminal?.size() ?? {};
  const lines = liveTraceText(trace, { width: columns, style: stdout.style }, sort, rows)
    .split('\n')
    .slice(0, rows - 1);
  // Home, and what is below cleared: as docker redraws.
  stdout.writeData('\u001b[H\u001b[J');
  stdout.write(lines.join('\n'));
}

/** Where it goes: what a command wrote is on standard output already, so that its report goes to standard error. */
async function finish(
  { trace, exitCode }: Session,
  options: TraceOptions,
  to: 'stdout' | 'stderr',
  context: Context,
): Promise<void> {
  const { format, output, sort, latency = false } = options;
  const { stdout, cwd } = context;
  const target = context[to];
  const view = { order: sort, top: numberOption('--top', options.top), latency };
  const json = (): string => `${JSON.stringify(trace, undefined, 2)}\n`;
  if (output !== undefined) {
    const { plainStyle } = await import('../../lib/style.ts');
    const content =
      format === 'json' ? json() : traceText(trace, { width: 120, style: plainStyle }, view);
    await writeWhole(resolve(cwd, output), content, output);
  } else if (format === 'json') target.writeData(json());
  else {
    if (to === 'stdout' && showsLive(options, context)) stdout.writeData('\u001b[H\u001b[J');
    target.write(traceText(trace, { width: target.width, style: target.style }, view));
  }
  context.setExitCode(exitCode);
}

async function compare(
  files: readonly (string | undefined)[],
  { format, top }: TraceOptions,
  { cwd, stdout }: Context,
): Promise<void> {
  const [a, b, ...others] = files;
  if (a === undefined || b === undefined || others.length > 0)
    throw new PlimsollError('PL0001', 'two saved traces are compared, no more and no fewer', {
      help: 'plimsoll trace --compare A.json B.json',
    });
  const read = (path: string): Trace => {
    let content: string;
    try {
      content = readFileSync(resolve(cwd, path), 'utf8');
    } catch (cause) {
      throw new PlimsollError('PL0841', `${path} cannot be read: ${systemReason(cause)}`, {
        at: { path },
        help: 'name a file that plimsoll trace --format json --output wrote',
        cause,
      });
    }
    return parseTrace(content, path);
  };
  const [before, after] = [read(a), read(b)];
  const changes = compareLatency(before, after);
  if (format === 'json')
    stdout.writeData(
      `${JSON.stringify({ schema: 'plimsoll.trace-comparison/1', calls: changes }, undefined, 2)}\n`,
    );
  else
    stdout.write(
      compareText(
        before,
        after,
        changes,
        { width: stdout.width, style: stdout.style },
        numberOption('--top', top),
      ),
    );
}
