// plimsoll events: what happened, and what happens.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { type EngineEvent, eventsAfter } from '../../engine/events.ts';
import { jsonText } from '../../formats/go-template/print.ts';
import { parseMoment } from '../../lib/human-units.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { filledTemplate, templateOf, writeFilled } from '../format-rows.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface EventsOptions extends StoreOption {
  readonly filter?: readonly string[];
  readonly format?: string;
  readonly since?: string;
  readonly until?: string;
  readonly stream: boolean;
}

/** How often it is looked for new ones. */
const lookEveryMs = 100;

/** Adds `plimsoll events` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('events')
    .description(
      'Shows what happens to containers, as it happens; with --since what happened before too.',
    )
    .addOption(
      many('-f, --filter <key=value>', 'container, image, label, type, event; may be repeated'),
    )
    .option('--format <format>', 'json, or a Go template')
    .option('--since <time>', 'from then on: 10m, 2024-01-31T12:00:00, seconds since 1970')
    .option('--until <time>', 'until then')
    .addOption(new Option('--no-trunc', 'taken: nothing is cut').hideHelp())
    .option('--no-stream', 'end when all that happened was shown');
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll events --since 1h --no-stream', says: 'of the last hour' },
    { line: 'plimsoll events --filter event=die', says: 'ends of containers, as they come' },
  ]);
  command.action((options: EventsOptions) => events(options, context));
}

function momentOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const moment = parseMoment(text, now);
  if (moment !== undefined) return moment;
  throw new PlimsollError('PL0001', `'${text}' is no time`, {
    help: 'write 10m, 2024-01-31T12:00:00 or seconds since 1970',
  });
}

type Test = (event: EngineEvent) => boolean;

/** Several of one key are alternatives, of several keys all must hold. */
function testOf(filters: readonly string[]): Test {
  const byKey = new Map<string, Test[]>();
  for (const text of filters) {
    const equals = text.indexOf('=');
    const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
    const test = oneTest(key, value);
    if (equals < 1 || test === undefined)
      throw new PlimsollError('PL0001', `invalid filter '${text}'`, {
        help: 'there are: container, image, label, type, event, network, volume',
      });
    byKey.set(key, [...(byKey.get(key) ?? []), test]);
  }
  return (event) => [...byKey.values()].every((tests) => tests.some((test) => test(event)));
}

function oneTest(key: string, value: string): Test | undefined {
  const equals = value.indexOf('=');
  switch (key) {
    case 'container':
    case 'network':
    case 'volume':
      return ({ type, actor, attributes }) =>
        type === key && (actor.startsWith(value) || attributes['name'] === value);
    case 'image':
      return ({ type, actor, attributes }) =>
        attributes['image'] === value || (type === 'image' && actor.startsWith(value));
    case 'label':
      return ({ attributes }) =>
        equals < 0
          ? Object.hasOwn(attributes, value)
          : attributes[value.slice(0, equals)] === value.slice(equals + 1);
    case 'type':
      return ({ type }) => type === value;
    case 'event':
      return ({ action }) => action === value || action.startsWith(`${value}: `);
    default:
      return undefined;
  }
}

/** In docker's words and order of fields. */
function shownEvent({ timeNs, type, action, actor, attributes }: EngineEvent): object {
  const container = type === 'container';
  return {
    ...(container ? { status: action, id: actor, from: attributes['image'] ?? '' } : {}),
    Type: type,
    Action: action,
    Actor: { ID: actor, Attributes: attributes },
    scope: 'local',
    time: Number(timeNs / 1_000_000_000n),
    timeNano: timeNs,
  };
}

function lineOf(event: EngineEvent): string {
  const { timeNs, type, action, actor, attributes } = event;
  const ms = Number(timeNs / 1_000_000n);
  const nano = String(timeNs % 1_000_000_000n).padStart(9, '0');
  const shown = Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  const time = `${new Date(ms).toISOString().slice(0, 19)}.${nano}Z`;
  return `${time} ${type} ${action} ${actor}${shown.length === 0 ? '' : ` (${shown.join(', ')})`}`;
}

async function events(options: EventsOptions, context: Context): Promise<void> {
  const { stdout, signal } = context;
  const now = context.now().getTime();
  const sinceMs = momentOf(options.since, now);
  const untilMs = momentOf(options.until, now);
  const keeps = testOf(options.filter ?? []);
  const template =
    options.format === undefined || options.format === 'json'
      ? undefined
      : templateOf(options.format);
  await withEngine(options, context, async ({ database }) => {
    const show = (event: EngineEvent): void => {
      if (options.format === 'json') stdout.writeData(`${jsonText(shownEvent(event))}\n`);
      else if (template !== undefined)
        writeFilled(stdout, filledTemplate(template, shownEvent(event)));
      else stdout.write(`${lineOf(event)}\n`);
    };
    let last = 0;
    let first = true;
    while (!signal.aborted) {
      for (const event of eventsAfter(database, last)) {
        last = event.number;
        const ms = Number(event.timeNs / 1_000_000n);
        if (first && (sinceMs === undefined ? ms < now : ms < sinceMs)) continue;
        if (untilMs !== undefined && ms > untilMs) return;
        if (keeps(event)) show(event);
      }
      first = false;
      const over = untilMs !== undefined && context.now().getTime() >= untilMs;
      if (!options.stream || over) return;
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  });
}
