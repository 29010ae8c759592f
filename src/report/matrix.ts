// The grid of several targets on several hosts, for the terminal: hosts down, targets across, and below it why
// something fails, each reason once.
import type { CheckResult, HostResult } from '../check/finding.ts';
import { printable } from '../lib/printable.ts';
import { cutFrontToWidth, textWidth, wrapText } from '../lib/text-width.ts';
import { groupFindings } from './group-findings.ts';
import type { TerminalOptions } from './terminal.ts';
import { type Cell, formatTable } from './text-table.ts';
import { counted, severityPaint, verdictPaint, verdictWords } from './verdict-words.ts';

/** Columns that a target's name may take at the head of its column. */
const headWidth = 24;
const shownReasons = 12;

/** The grid and its reasons, with a newline at the end. All results have the same hosts in the same order. */
export function formatMatrix(results: readonly CheckResult[], options: TerminalOptions): string {
  const { style, width } = options;
  const hosts = results[0]?.hosts.map(({ host }) => host) ?? [];
  const names = results.map(({ target }) => printable(target.reference));
  const hostWidth = Math.max(4, ...hosts.map((host) => textWidth(printable(host))));
  const cellWidth = Math.max(
    ...results.flatMap((result) => result.hosts.map((cell) => textWidth(verdictWords(cell)))),
    0,
  );
  const room = Math.floor((width - hostWidth - 2) / Math.max(results.length, 1)) - 2;
  // Too many targets for names at the head: number them.
  const numbered = room < Math.max(cellWidth, 8);
  const heads = names.map((name, index) =>
    numbered ? `[${index + 1}]` : cutFrontToWidth(name, Math.min(room, headWidth)),
  );
  const rows: Cell[][] = hosts.map((host, row) => [
    { text: printable(host) },
    ...results.map((result) => cellOf(result.hosts[row], numbered, options)),
  ]);
  const head: Cell[] = ['HOST', ...heads].map((text) => ({ text, paint: style.dim }));
  // An empty last column: every other keeps its own width.
  const table = formatTable(
    [head, ...rows].map((row) => [...row, { text: '' }]),
    width,
  );
  const legend = numbered
    ? names.flatMap((name, index) => wrapText(`[${index + 1}] ${name}`, width))
    : [];
  const blocks = [[...table], legend];
  if (options.brief !== true) blocks.push(formatReasons(results, options));
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function cellOf(result: HostResult | undefined, short: boolean, { style }: TerminalOptions): Cell {
  if (result === undefined) return { text: '' };
  const words = verdictWords(result);
  return {
    text: short ? words.replace(/,.*/, '') : words,
    paint: verdictPaint(result.verdict, style),
  };
}

/** Every reason for a failure or degradation once, with the targets and hosts that it concerns. */
function formatReasons(
  results: readonly CheckResult[],
  { style, width, all }: TerminalOptions,
): string[] {
  const found = results.flatMap((result) =>
    groupFindings(result)
      .filter(({ finding: { severity } }) => all || severity === 'fatal' || severity === 'degraded')
      .map((group) => ({ ...group, target: result.target.reference })),
  );
  const reasons = [
    ...Map.groupBy(
      found,
      ({ finding }) => `${finding.severity}\0${finding.code}\0${finding.title}`,
    ).values(),
  ];
  const shown = all ? reasons : reasons.slice(0, shownReasons);
  const lines = shown.flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const { finding } = first;
    const label = `${finding.severity}[${finding.code}]`;
    const where = members.map(({ target, hosts }) => `${target} on ${hosts.join(', ')}`).join('; ');
    const [head = '', ...rest] = wrapText(printable(`${label}: ${finding.title}`), width);
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
