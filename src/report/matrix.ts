// The grid of several targets on several hosts, for the terminal: hosts down, targets across, and below it why
// something fails, each reason once.
import type { CheckResult, Finding, HostResult } from '../check/finding.ts';
import { briefTitle } from '../lib/brief.ts';
import { counted } from '../lib/counted.ts';
import { printable } from '../lib/printable.ts';
import { cutFrontToWidth, textWidth, wrapText } from '../lib/text-width.ts';
import { type GroupedFinding, groupFindings } from './group-findings.ts';
import type { TerminalOptions } from './terminal.ts';
import { type Cell, formatTable } from './text-table.ts';
import { severityPaint, verdictPaint, verdictWords } from './verdict-words.ts';

/** Columns that a target's name may take at the head of its column. */
const headWidth = 24;
/** A name cut shorter than this tells nothing. */
const namesFrom = 8;
const gap = 2;
const shownReasons = 10;
const shownPlaces = 3;

/** The grid and its reasons, with a newline at the end. All results have the same hosts in the same order. */
export function formatMatrix(results: readonly CheckResult[], options: TerminalOptions): string {
  const blocks = formatGrid(results, options);
  if (options.brief !== true) blocks.push(formatReasons(results, options));
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** The targets' names without the folders that all of them have in common. */
function shortNames(results: readonly CheckResult[]): readonly string[] {
  const names = results.map(({ target }) => printable(target.reference));
  const [first = '', ...rest] = names;
  const folders = first.split('/').slice(0, -1);
  const differs = folders.findIndex(
    (_, at) => !rest.every((name) => name.startsWith(`${folders.slice(0, at + 1).join('/')}/`)),
  );
  const common = folders.slice(0, differs < 0 ? folders.length : differs).join('/');
  return rest.length === 0 || common === ''
    ? names
    : names.map((name) => name.slice(common.length + 1));
}

/** The grid: names at the head where they fit, else numbers with a legend, in as many parts as the width asks for. */
function formatGrid(results: readonly CheckResult[], options: TerminalOptions): string[][] {
  const hosts = results[0]?.hosts.map(({ host }) => printable(host)) ?? [];
  const names = shortNames(results);
  const left = options.width - Math.max(4, ...hosts.map(textWidth));
  const widest = Math.max(
    0,
    ...results.flatMap((result) => result.hosts.map((cell) => textWidth(verdictWords(cell)))),
  );
  const room = Math.floor(left / Math.max(results.length, 1)) - gap;
  if (room >= Math.max(widest, namesFrom)) {
    const heads = names.map((name) => cutFrontToWidth(name, Math.min(room, headWidth)));
    return [formatPart(results, hosts, heads, options)];
  }
  const heads = names.map((_, index) => `[${index + 1}]`);
  const each = Math.max(1, Math.floor(left / (widest + gap)));
  const parts = Array.from({ length: Math.ceil(results.length / each) }, (_, part) => {
    const range = [part * each, (part + 1) * each] as const;
    return formatPart(results.slice(...range), hosts, heads.slice(...range), options);
  });
  const legend = names.flatMap((name, index) =>
    wrapText(`${heads[index] ?? ''} ${name}`, options.width),
  );
  return [...parts, legend];
}

function formatPart(
  results: readonly CheckResult[],
  hosts: readonly string[],
  heads: readonly string[],
  options: TerminalOptions,
): string[] {
  const head: Cell[] = ['HOST', ...heads].map((text) => ({ text, paint: options.style.dim }));
  const rows: Cell[][] = hosts.map((host, row) => [
    { text: host },
    ...results.map((result) => cellOf(result.hosts[row], options)),
  ]);
  // An empty last column: every other keeps its own width.
  const table = [head, ...rows].map((row) => [...row, { text: '' }]);
  return [...formatTable(table, options.width)];
}

function cellOf(result: HostResult | undefined, { style }: TerminalOptions): Cell {
  if (result === undefined) return { text: '' };
  return { text: verdictWords(result), paint: verdictPaint(result.verdict, style) };
}

/** Findings of the same kind, whatever the versions: glibc 2.31 and glibc 2.36 fail for the same reason. */
function reasonOf({ severity, code, title }: Finding): string {
  return `${severity}\0${code}\0${briefTitle(title).replace(/\d[\w.:+~-]*/g, '0')}`;
}

const severityOrder = { fatal: 0, degraded: 1, unknown: 2, note: 3 } as const;

function weightOf([first]: readonly GroupedFinding[]): number {
  return first === undefined ? 0 : severityOrder[first.finding.severity];
}

/** Cells of the grid that the reason concerns. */
function cellsOf(members: readonly GroupedFinding[]): number {
  return members.reduce((sum, { hosts }) => sum + hosts.length, 0);
}

/** Every reason for a failure or degradation once, with the targets and hosts that it concerns. */
function formatReasons(
  results: readonly CheckResult[],
  { style, width, all }: TerminalOptions,
): string[] {
  const names = shortNames(results);
  const found = results.flatMap((result, index) =>
    groupFindings(result)
      .filter(({ finding: { severity } }) => all || severity === 'fatal' || severity === 'degraded')
      .map((group) => ({ ...group, target: names[index] ?? '' })),
  );
  const reasons = [...Map.groupBy(found, ({ finding }) => reasonOf(finding)).values()].sort(
    (a, b) => weightOf(a) - weightOf(b) || cellsOf(b) - cellsOf(a),
  );
  const shown = all ? reasons : reasons.slice(0, shownReasons);
  const lines = shown.flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const { finding } = first;
    const label = `${finding.severity}[${finding.code}]`;
    const titles = new Set(members.map((member) => member.finding.title));
    const alike = titles.size > 1 ? ' (and alike)' : '';
    const places = [...Map.groupBy(members, ({ hosts }) => hosts.join(', ')).entries()].map(
      ([hosts, same]) => `${[...new Set(same.map(({ target }) => target))].join(', ')} on ${hosts}`,
    );
    const more = all ? 0 : Math.max(0, places.length - shownPlaces);
    const where = [
      ...places.slice(0, places.length - more),
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join('; ');
    const [head = '', ...rest] = wrapText(
      printable(`${label}: ${briefTitle(finding.title)}${alike}`),
      width,
    );
    return [
      `${severityPaint(finding.severity, style)(label)}${head.slice(label.length)}`,
      ...rest.map((line) => `  ${line}`),
      ...wrapText(printable(where), width - 2).map((line) => `  ${style.dim(line)}`),
    ];
  });
  const left = reasons.length - shown.length;
  if (left > 0)
    lines.push(style.dim(`${counted(left, 'further finding')} not shown: --all shows everything`));
  if (shown.length > 0)
    lines.push(style.dim('plimsoll check on one of the targets tells where, and what to do'));
  return lines;
}
