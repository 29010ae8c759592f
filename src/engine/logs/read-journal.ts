// The log of a container whose driver is journald, as journalctl gives it: conmon writes each line with the container's id
// (conmon, src/ctr_logging.c).
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { findProgram } from '../../sys/find-program.ts';
import type { LogLine } from './log-file.ts';
import type { LogReading } from './read-log.ts';

const lookEveryMs = 300;

/** The lines of a container in the journal, in order. @throws PlimsollError PL0823 where there is no journalctl */
export async function* readJournal(
  id: string,
  reading: LogReading,
  path: string | undefined,
): AsyncGenerator<LogLine, undefined> {
  const program = findProgram('journalctl', path);
  if (program === undefined)
    throw new PlimsollError('PL0823', 'there is no journalctl on this machine', {
      help: 'install systemd: logs of the driver journald are in its journal alone',
    });
  const { tail, sinceMs, untilMs, follow } = reading;
  const words = [
    ...['-o', 'json', '--no-pager', '--quiet', `CONTAINER_ID_FULL=${id}`],
    ...(sinceMs === undefined ? [] : [`--since=@${sinceMs / 1000}`]),
    ...(untilMs === undefined ? [] : [`--until=@${untilMs / 1000}`]),
  ];
  let from = [`--lines=${tail ?? 'all'}`];
  if (follow !== undefined && !follow.ended()) {
    for await (const { line, cursor } of entries(
      program,
      [...words, ...from, '--follow'],
      follow,
    )) {
      if (cursor !== undefined) from = ['--lines=all', `--after-cursor=${cursor}`];
      yield line;
    }
    if (follow.signal.aborted) return undefined;
  }
  // What came between the last look and the end.
  for await (const { line } of entries(program, [...words, ...from], undefined)) yield line;
  return undefined;
}

async function* entries(
  program: string,
  words: readonly string[],
  follow: LogReading['follow'],
): AsyncGenerator<{ readonly line: LogLine; readonly cursor: string | undefined }, undefined> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const timer = setInterval(() => {
    if (follow !== undefined && (follow.signal.aborted || follow.ended())) child.kill();
  }, lookEveryMs);
  try {
    for await (const text of createInterface({ input: child.stdout })) {
      const line = parseEntry(text);
      const cursor = /"__CURSOR":"([^"]+)"/.exec(text)?.[1];
      if (line !== undefined) yield { line, cursor };
    }
    return undefined;
  } finally {
    clearInterval(timer);
    child.kill();
  }
}

/** Standard error has the priority of errors. */
const errorPriority = '3';

/** An entry of the journal, as `journalctl -o json` writes it. */
export function parseEntry(text: string): LogLine | undefined {
  let entry: Readonly<Record<string, unknown>>;
  try {
    entry = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const { MESSAGE: message, PRIORITY: priority, __REALTIME_TIMESTAMP: micros } = entry;
  // What is no text comes as an array of bytes.
  const bytes = Array.isArray(message)
    ? Buffer.from(message as number[])
    : Buffer.from(`${message ?? ''}`);
  const partial = entry['CONTAINER_PARTIAL_MESSAGE'] === 'true';
  const at = BigInt(String(micros ?? 0));
  const whole = new Date(Number(at / 1000n)).toISOString().slice(0, 19);
  return {
    time: `${whole}.${String(at % 1_000_000n).padStart(6, '0')}000Z`,
    stream: priority === errorPriority ? 'stderr' : 'stdout',
    // conmon leaves the end of a line in it.
    text: partial || bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.of(0x0a)]),
  };
}
