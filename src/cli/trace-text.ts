// A trace for people: who called, what, how often, with which errors; numbers and paths that matter; how long it took.
import { counted } from '../lib/counted.ts';
import { printable } from '../lib/printable.ts';
import type { Paint } from '../lib/style.ts';
import { padToWidth, textWidth } from '../lib/text-width.ts';
import type { LatencyChange } from '../observe/trace/latency.ts';
import { callsOf, type Trace, type TracedCall, type TracedPath } from '../observe/trace/trace.ts';
import { durationText } from './duration-text.ts';
import type { Page } from './facts-text.ts';

/** By what the calls are in order. */
export type TraceOrder = 'count' | 'time' | 'errors' | 'name' | 'first';

/** How much is shown. */
export interface TraceView {
  readonly order: TraceOrder;
  /** Lines of each list; the rest is told as a number. */
  readonly top: number;
  /** The table of times in place of the rest. */
  readonly latency: boolean;
}

const thousands = (count: number): string => count.toLocaleString('en-US');

interface Column {
  readonly head: string;
  readonly right?: boolean;
  readonly paint?: Paint;
}

/** A table whose heads are in capitals, as docker's; the last column is cut at the width. */
function columns(
  page: Page,
  heads: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = heads.map(({ head }, at) =>
    Math.max(textWidth(head), ...rows.map((row) => textWidth(row[at] ?? ''))),
  );
  const line = (cells: readonly string[], isHead: boolean): string =>
    heads
      .map(({ right, paint }, at) => {
        const cell = cells[at] ?? '';
        const width = widths[at] ?? 0;
        const last = at === heads.length - 1 && right !== true;
        const padded = right
          ? `${' '.repeat(Math.max(0, width - textWidth(cell)))}${cell}`
          : last
            ? cell
            : padToWidth(cell, width);
        return isHead || paint === undefined ? padded : paint(padded);
      })
      .join('  ')
      .trimEnd();
  return [
    page.style.bold(
      line(
        heads.map(({ head }) => head),
        true,
      ),
    ),
    ...rows.map((row) => line(row, false)),
  ];
}

function limited<T>(
  list: readonly T[],
  top: number,
): { readonly shown: readonly T[]; readonly more: number } {
  return { shown: list.slice(0, top), more: Math.max(0, list.length - top) };
}

const more = (page: Page, count: number): readonly string[] =>
  count === 0 ? [] : [page.style.dim(`… and ${thousands(count)} more: --top, or --format json`)];

function outcomesText({ outcomes }: TracedCall): string {
  return outcomes
    .filter(({ errno }) => errno !== undefined)
    .toSorted((a, b) => b.count - a.count)
    .map(({ errno, count }) => (count === 1 ? `${errno}` : `${errno} ${thousands(count)}`))
    .join(', ');
}

const orders: Readonly<
  Record<TraceOrder, (a: readonly [string, TracedCall], b: readonly [string, TracedCall]) => number>
> = {
  count: ([, a], [, b]) => b.count - a.count,
  time: ([, a], [, b]) => b.totalNs - a.totalNs,
  errors: ([, a], [, b]) => b.errors - a.errors || b.count - a.count,
  name: ([a], [b]) => (a < b ? -1 : 1),
  first: ([, a], [, b]) => a.firstNs - b.firstNs,
};

function callRows(trace: Trace, page: Page, { order, top }: TraceView): readonly string[] {
  const sorted = [...callsOf(trace)].sort(orders[order]);
  const { shown, more: rest } = limited(sorted, top);
  const rows = shown.map(([name, call]) => [
    name,
    thousands(call.count),
    call.errors === 0 ? '' : thousands(call.errors),
    call.leastNs === undefined ? '' : durationText(call.totalNs),
    call.leastNs === undefined ? '' : durationText(call.totalNs / call.count),
    durationText(call.firstNs),
    outcomesText(call),
  ]);
  return [
    ...columns(
      page,
      [
        { head: 'CALL', paint: page.style.bold },
        { head: 'COUNT', right: true },
        { head: 'ERRORS', right: true, paint: page.style.red },
        { head: 'TIME', right: true },
        { head: 'MEAN', right: true },
        { head: 'FIRST AT', right: true, paint: page.style.dim },
        { head: 'WHICH' },
      ],
      rows,
    ),
    ...more(page, rest),
  ];
}

function threadRows(trace: Trace, page: Page, { top }: TraceView): readonly string[] {
  const rows = trace.programs.flatMap(({ path, threads }) =>
    threads.map(({ name, threads: number, processes, calls }) => {
      const sum = (of: (call: TracedCall) => number): number =>
        calls.reduce((total, call) => total + of(call), 0);
      const most = calls.slice(0, 4).map((call) => call.name);
      const pids = processes.slice(0, 3).join(' ') + (processes.length > 3 ? ' …' : '');
      return [
        printable(path === '' ? '?' : path),
        printable(name),
        pids,
        String(number),
        thousands(sum(({ count }) => count)),
        thousands(sum(({ errors }) => errors)),
        most.join(' '),
      ];
    }),
  );
  const { shown, more: rest } = limited(rows, top);
  return [
    ...columns(
      page,
      [
        { head: 'PROGRAM', paint: page.style.bold },
        { head: 'THREAD' },
        { head: 'PID', paint: page.style.dim },
        { head: 'THREADS', right: true },
        { head: 'CALLS', right: true },
        { head: 'ERRORS', right: true },
        { head: 'MOST', paint: page.style.dim },
      ],
      shown,
    ),
    ...more(page, rest),
  ];
}

function valueRows({ values }: Trace, page: Page, { top }: TraceView): readonly string[] {
  const joined = new Map<string, number>();
  for (const { call, errno, arguments: given, count } of values) {
    const words = Object.values(given).map(({ name }) => name);
    const key = [call, words.join(', '), errno ?? ''].join('\0');
    joined.set(key, (joined.get(key) ?? 0) + count);
  }
  const rows = [...joined]
    .sort(([, a], [, b]) => b - a)
    .map(([key, count]) => {
      const [call = '', words = '', errno = ''] = key.split('\0');
      return [call, thousands(count), words, errno];
    });
  if (rows.length === 0) return [];
  const { shown, more: rest } = limited(rows, top);
  return [
    '',
    ...columns(
      page,
      [
        { head: 'CALL', paint: page.style.bold },
        { head: 'COUNT', right: true },
        { head: 'ARGUMENTS' },
        { head: 'ERROR', paint: page.style.red },
      ],
      shown,
    ),
    ...more(page, rest),
  ];
}

function pathRows({ paths }: Trace, page: Page, { top }: TraceView): readonly string[] {
  // What failed is what people look for; of the rest, what was opened.
  const worth = paths.filter(
    ({ path, errno, call }) => path !== '' && (errno !== undefined || call.startsWith('open')),
  );
  if (worth.length === 0) return [];
  const byErrno = (a: TracedPath, b: TracedPath): number =>
    Number(a.errno === undefined) - Number(b.errno === undefined) || b.count - a.count;
  const { shown, more: rest } = limited(worth.toSorted(byErrno), top);
  return [
    '',
    ...columns(
      page,
      [
        { head: 'PATH', paint: page.style.bold },
        { head: 'CALL' },
        { head: 'COUNT', right: true },
        { head: 'ERROR', paint: page.style.red },
        { head: 'FLAGS', paint: page.style.dim },
      ],
      shown.map(({ path, cut, call, count, errno, flags }) => [
        printable(`${path}${cut ? '…' : ''}`),
        call,
        thousands(count),
        errno ?? '',
        flags ?? '',
      ]),
    ),
    ...more(page, rest),
  ];
}

function latencyRows(trace: Trace, page: Page, { top }: TraceView): readonly string[] {
  const { shown, more: rest } = limited(trace.latency, top);
  const right = true;
  return [
    ...columns(
      page,
      [
        { head: 'CALL', paint: page.style.bold },
        ...['COUNT', 'TOTAL', 'MEAN', 'MIN', 'P50', 'P90', 'P99', 'MAX'].map((head) => ({
          head,
          right,
        })),
      ],
      shown.map((line) => [
        line.call,
        thousands(line.count),
        ...[
          line.totalNs,
          line.meanNs,
          line.leastNs,
          line.p50Ns,
          line.p90Ns,
          line.p99Ns,
          line.mostNs,
        ].map(durationText),
      ]),
    ),
    ...more(page, rest),
  ];
}

const lossWords: Readonly<Record<string, string>> = {
  counts: 'calls of threads that no room was left for',
  values: 'arguments',
  paths: 'paths',
  threads: 'threads',
  programs: 'names of programs',
  names: 'paths that could not be read',
  lines: 'lines of strace',
};

function headOf(trace: Trace, page: Page): string {
  const { target, source, durationMs, programs, losses } = trace;
  const calls = callsOf(trace);
  const sum = [...calls.values()].reduce((total, { count }) => total + count, 0);
  const threads = programs
    .flatMap((program) => program.threads)
    .reduce((total, one) => total + one.threads, 0);
  const lost = Object.entries(losses);
  const missing =
    lost.length === 0
      ? 'nothing lost'
      : `not kept: ${lost.map(([what, count]) => `${thousands(count)} ${lossWords[what] ?? what}`).join(', ')}`;
  const seconds = (durationMs / 1000).toFixed(durationMs < 10_000 ? 2 : 1);
  return (
    `${page.style.bold(printable(target))}: ${thousands(sum)} calls of ${counted(calls.size, 'kind')} in ${seconds} s, ` +
    `${counted(programs.length, 'program')}, ${counted(threads, 'thread')} (${source}, ${missing})`
  );
}

/** The whole report. */
export function traceText(trace: Trace, page: Page, view: TraceView): string {
  const parts = view.latency
    ? latencyRows(trace, page, view)
    : [
        ...threadRows(trace, page, view),
        '',
        ...callRows(trace, page, view),
        ...valueRows(trace, page, view),
        ...pathRows(trace, page, view),
      ];
  return `${[headOf(trace, page), '', ...parts].join('\n')}\n`;
}

/** What is redrawn while it goes on: the calls alone, as many as fit. */
export function liveTraceText(trace: Trace, page: Page, order: TraceOrder, rows: number): string {
  const top = Math.max(3, rows - 7 - Math.min(6, trace.programs.length));
  const view = { order, top, latency: false };
  const threads = threadRows(trace, page, { ...view, top: 6 }).filter(
    (line) => !line.includes('--top'),
  );
  const calls = callRows(trace, page, view).filter((line) => !line.includes('--top'));
  return `${[headOf(trace, page), '', ...threads, '', ...calls].join('\n')}\n`;
}

const change = (before: number, after: number): string => {
  if (before === 0) return '';
  const share = (100 * (after - before)) / before;
  return `${share >= 0 ? '+' : ''}${share.toFixed(Math.abs(share) < 10 ? 1 : 0)} %`;
};

/** Times of two traces side by side. */
export function compareText(
  before: Trace,
  after: Trace,
  changes: readonly LatencyChange[],
  page: Page,
  top: number,
): string {
  const { shown, more: rest } = limited(changes, top);
  const right = true;
  const pair = (
    a: number | undefined,
    b: number | undefined,
    show: (value: number) => string,
  ): readonly string[] => [a === undefined ? '' : show(a), b === undefined ? '' : show(b)];
  const rows = shown.map(({ call, before: a, after: b }) => [
    call,
    ...pair(a?.count, b?.count, thousands),
    ...pair(a?.meanNs, b?.meanNs, durationText),
    a === undefined || b === undefined
      ? a === undefined
        ? 'new'
        : 'gone'
      : change(a.meanNs, b.meanNs),
    ...pair(a?.p50Ns, b?.p50Ns, durationText),
    ...pair(a?.p99Ns, b?.p99Ns, durationText),
    a === undefined || b === undefined ? '' : change(a.p99Ns, b.p99Ns),
  ]);
  const sides = [before, after].map(
    ({ target, kernel, startedAt, durationMs }) =>
      `${printable(target)}, Linux ${printable(kernel)}, ${startedAt.slice(0, 16).replace('T', ' ')} UTC, ${(durationMs / 1000).toFixed(1)} s`,
  );
  const heads = ['COUNT A', 'B', 'MEAN A', 'B', 'CHANGE', 'P50 A', 'B', 'P99 A', 'B', 'CHANGE'];
  return `${[
    `A: ${sides[0] ?? ''}`,
    `B: ${sides[1] ?? ''}`,
    '',
    ...columns(
      page,
      [{ head: 'CALL', paint: page.style.bold }, ...heads.map((head) => ({ head, right }))],
      rows,
    ),
    ...more(page, rest),
  ].join('\n')}\n`;
}
