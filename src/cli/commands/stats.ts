// plimsoll stats: what containers use, as it changes.
import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { type Container, isAlive } from '../../engine/container.ts';
import type { Engine } from '../../engine/engine.ts';
import { freshContainers } from '../../engine/refresh-container.ts';
import { type ContainerSample, cpuPercent, sampleOf } from '../../engine/stats.ts';
import { humanSize } from '../../lib/human-units.ts';
import type { Context, Output } from '../context.ts';
import { addExamples } from '../examples.ts';
import { writeRows } from '../format-rows.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface StatsOptions extends StoreOption {
  readonly all?: boolean;
  readonly format?: string;
  readonly interval: string;
  readonly reset: boolean;
  readonly stream: boolean;
  readonly trunc: boolean;
}

/** Before the first table: what docker waits too. */
const firstMs = 500;

/** Adds `plimsoll stats` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('stats')
    .description('Shows what containers use: processor, memory, network, disk, processes.')
    .argument('[container...]', 'names or ids; default: all that run')
    .option('-a, --all', 'those that do not run too')
    .option('--format <format>', "table, 'table TEMPLATE', json, or a Go template")
    .option('-i, --interval <seconds>', 'between two looks', '1')
    .addOption(new Option('--no-reset', 'add to what the terminal shows'))
    .option('--no-stream', 'once')
    .option('--no-trunc', 'show ids in full');
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll stats', says: 'every second, until Ctrl-C' },
    { line: 'plimsoll stats --no-stream web', says: 'once' },
  ]);
  command.action((names: readonly string[], options: StatsOptions) =>
    withEngine(options, context, (engine) => stats(engine, names, options, context)),
  );
}

const headings = {
  ID: 'CONTAINER ID',
  Container: 'CONTAINER',
  Name: 'NAME',
  CPUPerc: 'CPU %',
  MemUsage: 'MEM USAGE / LIMIT',
  MemPerc: 'MEM %',
  NetIO: 'NET I/O',
  BlockIO: 'BLOCK I/O',
  PIDs: 'PIDS',
} as const;

type StatsRow = Readonly<Record<keyof typeof headings, string>>;

async function wanted(
  engine: Engine,
  names: readonly string[],
  all: boolean,
): Promise<readonly Container[]> {
  const fresh = await freshContainers(engine);
  if (names.length === 0) return fresh.filter(({ state }) => all || isAlive(state));
  return names.map((name) => engine.records.find(name));
}

function binarySize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  let value = bytes;
  let unit = 0;
  while (Number(value.toPrecision(4)) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${units[unit]}`;
}

function rowOf(
  { id, name }: Container,
  trunc: boolean,
  before: ContainerSample | undefined,
  after: ContainerSample | undefined,
): StatsRow {
  const shown = trunc ? id.slice(0, 12) : id;
  if (before === undefined || after === undefined) {
    const nothing = '--';
    return {
      ID: shown,
      Container: shown,
      Name: name,
      CPUPerc: nothing,
      MemUsage: '-- / --',
      MemPerc: nothing,
      NetIO: nothing,
      BlockIO: nothing,
      PIDs: nothing,
    };
  }
  const limit = Math.min(after.memoryLimit, totalmem());
  return {
    ID: shown,
    Container: shown,
    Name: name,
    CPUPerc: `${cpuPercent(before, after).toFixed(2)}%`,
    MemUsage: `${binarySize(after.memory)} / ${binarySize(limit)}`,
    MemPerc: `${((after.memory / limit) * 100).toFixed(2)}%`,
    NetIO: `${humanSize(after.receivedBytes)} / ${humanSize(after.sentBytes)}`,
    BlockIO: `${humanSize(after.readBytes)} / ${humanSize(after.writtenBytes)}`,
    PIDs: String(after.pids),
  };
}

async function stats(
  engine: Engine,
  names: readonly string[],
  { all = false, format, interval, reset, stream, trunc }: StatsOptions,
  context: Context,
): Promise<void> {
  const { stdout, signal } = context;
  const betweenMs = Number(interval) * 1000;
  if (!(betweenMs > 0))
    throw new PlimsollError('PL0001', `invalid interval '${interval}'`, { help: 'write seconds' });
  const look = async () => {
    const containers = await wanted(engine, names, all);
    const samples = new Map(containers.map((one) => [one.id, sampleOf(one, engine.now())]));
    return { containers, samples };
  };
  let before = await look();
  let waitMs = firstMs;
  while (!signal.aborted) {
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const after = await look();
    const rows = after.containers.map((one) =>
      rowOf(one, trunc, before.samples.get(one.id), after.samples.get(one.id)),
    );
    const redraws = reset && stream && stdout.isTerminal && (format ?? 'table').startsWith('table');
    // Home, and what is below cleared: as docker redraws.
    if (redraws) stdout.writeData('\u001b[H\u001b[J');
    write(stdout, rows, format);
    if (!stream) return;
    before = after;
    waitMs = betweenMs;
  }
}

function write(stdout: Output, rows: readonly StatsRow[], format: string | undefined): void {
  writeRows(stdout, rows, {
    format,
    table:
      '{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}',
    headings,
  });
}
