// plimsoll logs: what a container wrote.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { isAlive } from '../../engine/container.ts';
import { canBeRead, logKind } from '../../engine/logs/log-drivers.ts';
import { type LogReading, readLog } from '../../engine/logs/read-log.ts';
import { freshContainers } from '../../engine/refresh-container.ts';
import { parseMoment } from '../../lib/human-units.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface LogsOptions extends StoreOption {
  readonly details?: boolean;
  readonly follow?: boolean;
  readonly names?: boolean;
  readonly since?: string;
  readonly tail?: string;
  readonly timestamps?: boolean;
  readonly until?: string;
}

/** Adds `plimsoll logs` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('logs')
    .description('Shows what a container wrote to standard output and standard error.')
    .argument('<container>', 'name or id')
    .option('--details', 'with the options of its log driver')
    .option('-f, --follow', 'go on as it writes')
    .option('--names', 'with the name of the container before each line')
    .option('--since <time>', 'from then on: 10m, 2024-01-31T12:00:00, seconds since 1970')
    .option('-n, --tail <number>', 'only the last lines (default: all)')
    .option('-t, --timestamps', 'with the time of each line')
    .option('--until <time>', 'until then');
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll logs --tail 100 -f web', says: 'the last lines, and what comes' },
    { line: 'plimsoll logs --since 10m -t web', says: 'of the last ten minutes, with times' },
  ]);
  command.action((name: string, options: LogsOptions) => logs(name, options, context));
}

function momentOf(option: string, text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const moment = parseMoment(text, now);
  if (moment !== undefined) return moment;
  throw new PlimsollError('PL0001', `invalid value for "${option}": ${text}`, {
    help: `write ${option} 10m, ${option} 2024-01-31T12:00:00 or seconds since 1970`,
  });
}

async function logs(name: string, options: LogsOptions, context: Context): Promise<void> {
  const now = context.now().getTime();
  const sinceMs = momentOf('since', options.since, now);
  const untilMs = momentOf('until', options.until, now);
  const tail =
    options.tail === undefined || options.tail === 'all' ? undefined : Number(options.tail);
  if (tail !== undefined && !Number.isInteger(tail))
    throw new PlimsollError('PL0001', `invalid value for --tail: ${options.tail}`, {
      help: 'write a number, or all',
    });
  await withEngine(options, context, async (engine) => {
    await freshContainers(engine);
    const container = engine.records.find(name);
    const { id, settings, name: called } = container;
    if (!canBeRead(settings.log))
      throw new PlimsollError(
        'PL0826',
        `configured logging driver does not support reading: ${settings.log.driver}`,
        { help: 'make the container with another --log-driver' },
      );
    // Whether more may come: it lives, or will be started again.
    const ended = (): boolean => {
      const state = engine.records.get(id)?.state;
      return state === undefined || !(isAlive(state) || state.status === 'restarting');
    };
    const reading: LogReading = {
      ...(tail === undefined || tail < 0 ? {} : { tail }),
      ...(sinceMs === undefined ? {} : { sinceMs }),
      ...(untilMs === undefined ? {} : { untilMs }),
      ...(options.follow ? { follow: { ended, signal: context.signal } } : {}),
    };
    const details = options.details
      ? (await import('../../engine/logs/log-target.ts')).detailsOf(container)
      : undefined;
    const lines =
      logKind(settings.log.driver) === 'journald'
        ? (await import('../../engine/logs/read-journal.ts')).readJournal(
            id,
            reading,
            context.environment['PATH'],
          )
        : readLog(engine.places(id).log, reading);
    const inLine = new Set<string>();
    for await (const { time, stream, text } of lines) {
      const words = [
        ...(options.names ? [called] : []),
        ...(options.timestamps ? [utc(time)] : []),
        ...(details === undefined ? [] : [details]),
      ];
      // A long line comes in parts.
      const head = inLine.has(stream) ? '' : words.map((word) => `${word} `).join('');
      if (text.at(-1) === 0x0a) inLine.delete(stream);
      else inLine.add(stream);
      await context.writeBytes(
        Buffer.concat([Buffer.from(head), text]),
        settings.config.tty ? 'stdout' : stream,
      );
    }
  });
}

/** docker shows times in UTC, conmon writes them in the zone of the machine. */
function utc(time: string): string {
  const [, whole = '', fraction = '', zone = ''] =
    /^([^.]*?)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  const ms = Date.parse(`${whole}${zone}`);
  if (Number.isNaN(ms)) return time;
  return `${new Date(ms).toISOString().slice(0, 19)}${fraction}Z`;
}
