// The report for people: what was looked at, one line a host, then the findings as compilers show theirs. Notes and
// what hosts leave open are folded into one line unless they decide, so that the report is read and not scrolled past.
import type { CheckResult, HostResult } from '../check/finding.ts';
import { counted } from '../lib/counted.ts';
import { printable } from '../lib/printable.ts';
import type { Style } from '../lib/style.ts';
import { wrapText } from '../lib/text-width.ts';
import { formatFindingInFull, formatFindingInShort } from './finding-text.ts';
import { type GroupedFinding, groupFindings } from './group-findings.ts';
import { placeOfProblem } from './problem-place.ts';
import { type Cell, formatTable } from './text-table.ts';
import { verdictPaint, verdictWords } from './verdict-words.ts';

/** How a report is laid out for a terminal. */
export interface TerminalOptions {
  /** Columns to wrap at. */
  readonly width: number;
  readonly style: Style;
  /** Everything: notes, what is unknown, all evidence and references. */
  readonly all: boolean;
  /** Only the table of hosts. */
  readonly brief?: boolean;
  /** How the analysis went; left out where it is not known. */
  readonly analysis?: Analysis;
}

/** How the analysis went, as far as it is worth telling. */
export interface Analysis {
  readonly layers: number;
  /** The needs came from the cache. */
  readonly cached: boolean;
  readonly elapsedMs: number;
}

/** Groups shown in full, and in all, before the rest is only counted. */
const fullGroups = 3;
const shownGroups = 10;
const shownProblems = 3;
const shownStarts = 4;
/** Last lines of what a proved command wrote. */
const shownOutput = 5;
/** In a table of more hosts than this, a reason longer than so many characters is told once. */
const manyHosts = 6;
const longWhy = 40;
/** A report with more lines of findings than this ends with one line a host: its head is out of sight by then. */
const longReport = 40;

/** The whole report, with a newline at its end. */
export function formatTerminalReport(result: CheckResult, options: TerminalOptions): string {
  const blocks = [formatTarget(result, options), formatHosts(result.hosts, options)];
  if (options.brief !== true)
    blocks.push(formatProofs(result.hosts, options), ...formatFindings(result, options));
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function formatTarget({ target, hosts }: CheckResult, options: TerminalOptions): string[] {
  const { style, width, analysis, brief } = options;
  const is = [target.os, target.libc, target.platform].filter((part) => part !== undefined);
  const head = printable(
    [target.reference, is.join(', ')].filter((part) => part !== '').join(': '),
  );
  const lines = wrapText(head, width).map((line) => style.bold(line));
  if (brief === true) return lines;
  // One program: its counts and its own path tell nothing.
  const single = target.kind === 'elf';
  const looked = [
    single ? 'one ELF file' : target.kind,
    ...(analysis !== undefined && analysis.layers > 0 ? [counted(analysis.layers, 'layer')] : []),
    ...(single ? [] : [counted(target.elfFiles, 'ELF file'), counted(target.packages, 'package')]),
    ...(analysis === undefined
      ? []
      : [
          `${analysis.cached ? 'known from the cache' : 'read'} in ${formatDuration(analysis.elapsedMs)}`,
        ]),
  ].join(', ');
  const tiers = [...new Set(hosts.flatMap(({ findings }) => findings.map(({ tier }) => tier)))];
  const tier = tiers.length === 0 ? 'predicted' : tiers.join(', ');
  const proof =
    tier === 'predicted' && hosts.every(({ proof }) => proof === undefined)
      ? 'predicted from files alone, nothing was started'
      : `proof: ${tier}`;
  const starts = single ? '' : formatStarts(target.start, options.all);
  const more = [looked, ...(starts === '' ? [] : [`starts: ${starts}`]), proof];
  return [
    ...lines,
    ...more.flatMap((line) =>
      wrapText(printable(line), width - 2).map((part) => `  ${style.dim(part)}`),
    ),
  ];
}

/** Each step in full where all is asked for; else the names of what starts, the first few. */
function formatStarts(steps: readonly string[], all: boolean): string {
  if (all) return steps.map((step) => printable(step)).join(' → ');
  const names = steps.length === 1 ? steps : steps.map((step) => step.split(' ', 1)[0] ?? step);
  const shown = names.slice(0, shownStarts).map((name) => printable(name));
  const more = names.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(' → ');
}

function formatDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function formatHosts(hosts: readonly HostResult[], { style, width }: TerminalOptions): string[] {
  const told = new Map<string, string>();
  const rows: Cell[][] = hosts.map((result) => {
    const { host, why, verdict } = result;
    const before = told.get(why);
    if (before === undefined) told.set(why, host);
    const repeated = before !== undefined && hosts.length > manyHosts && why.length > longWhy;
    return [
      { text: printable(host) },
      { text: verdictWords(result), paint: verdictPaint(verdict, style) },
      repeated
        ? { text: printable(`as for ${before}`), paint: style.dim }
        : { text: printable(why) },
    ];
  });
  const head: Cell[] = ['HOST', 'VERDICT', 'WHY'].map((text) => ({ text, paint: style.dim }));
  return [...formatTable([head, ...rows], width)];
}

/** What a command did with each host in front of it. */
function formatProofs(hosts: readonly HostResult[], options: TerminalOptions): string[] {
  const { style, width, all } = options;
  const proved = hosts.flatMap(({ host, proof }) => (proof === undefined ? [] : [{ host, proof }]));
  const [first] = proved;
  if (first === undefined) return [];
  const rows = proved.map(({ host, proof }): Cell[] => {
    const { needed, tolerated, untried } = proof;
    const parts = [
      ...(needed.length === 0
        ? []
        : [`needs ${needed.map((set) => set.join(' with ')).join(', ')}`]),
      ...(tolerated.length === 0 ? [] : [`copes without ${tolerated.join(', ')}`]),
      ...(untried.length === 0 ? [] : [`not tried: ${untried.join(', ')}`]),
    ];
    return [
      { text: printable(host) },
      { text: proof.there, paint: proof.alike ? style.green : style.red },
      { text: parts.length === 0 ? 'met nothing that is refused' : printable(parts.join('; ')) },
    ];
  });
  const head: Cell[] = ['AS', 'ENDS WITH', 'WHAT IT MET'].map((text) => ({
    text,
    paint: style.dim,
  }));
  const output = proved.flatMap(({ proof }) => proof.output);
  const limits = new Set(proved.flatMap(({ proof }) => proof.limits));
  const count = proved.reduce((sum, { proof }) => sum + proof.runs.length, 0);
  const said = [
    ...wrapText(
      `ran ${printable(first.proof.command.join(' '))}: ends with ${first.proof.here} here, ${counted(count, 'run')} in all`,
      width,
    ).map((line) => style.bold(line)),
    ...formatTable([head, ...rows], width),
    ...output.slice(-shownOutput).map((line) => style.dim(`  | ${printable(line)}`)),
  ];
  const untold = all
    ? [...limits].flatMap((limit) => wrapText(`not imitated: ${printable(limit)}`, width))
    : limits.size > 0
      ? [`${counted(limits.size, 'thing')} of these hosts not imitated: --all names them`]
      : [];
  return [...said, ...untold.map((line) => style.dim(line))];
}

/** What decides on a host: everything that breaks or degrades, and what is unknown where that makes the verdict. */
function decides({ finding, hosts }: GroupedFinding, result: CheckResult): boolean {
  if (finding.severity === 'fatal' || finding.severity === 'degraded') return true;
  return (
    finding.severity === 'unknown' &&
    finding.worst === 'fatal' &&
    finding.reach !== 'file' &&
    result.hosts.some(({ host, verdict }) => verdict === 'unknown' && hosts.includes(host))
  );
}

function formatFindings(result: CheckResult, options: TerminalOptions): string[][] {
  const groups = groupFindings(result);
  const deciding = groups.filter((group) => options.all || decides(group, result));
  const shown = options.all ? deciding : deciding.slice(0, shownGroups);
  const folded = groups.filter((group) => !deciding.includes(group));
  const text = { ...options, hostCount: result.hosts.length };
  const told = new Set<string>();
  const blocks = shown.map((group, index) => {
    const short = !options.all && (index >= fullGroups || group.finding.reach === 'file');
    const lines = short
      ? formatFindingInShort(group, told, text)
      : formatFindingInFull(group, text);
    told.add(group.finding.help);
    return lines;
  });
  const long = blocks.reduce((sum, lines) => sum + lines.length + 1, 0) > longReport;
  const left = deciding.length - shown.length;
  const notes = folded.filter(({ finding }) => finding.severity === 'note').length;
  const unknown = folded.length - notes;
  const parts = [
    ...(left > 0 ? [counted(left, 'further finding')] : []),
    ...(notes > 0 ? [counted(notes, 'note')] : []),
    ...(unknown > 0 ? [counted(unknown, 'open question', 'open questions')] : []),
  ];
  const problems = formatProblems(result, options);
  if (problems.length > 0) blocks.push(problems);
  if (long) blocks.push(formatSummary(result.hosts, options));
  const last = [
    ...(parts.length > 0 ? [`${parts.join(', ')} not shown: --all shows everything`] : []),
    ...(shown.length > 0
      ? [`plimsoll explain ${shown[0]?.finding.code ?? ''} tells more about a code`]
      : []),
  ];
  if (last.length > 0) {
    blocks.push(
      last.flatMap((line) => wrapText(line, options.width).map((part) => options.style.dim(part))),
    );
  }
  return blocks;
}

/** One line a host for the end of a long report: "debian:12  ✗ fails  2 fatal, 3 degraded". */
function formatSummary(hosts: readonly HostResult[], { style, width }: TerminalOptions): string[] {
  const rows = hosts.map((result): Cell[] => {
    const counts = (['fatal', 'degraded', 'unknown'] as const).flatMap((severity) => {
      const count = result.findings.filter((finding) => finding.severity === severity).length;
      return count === 0 ? [] : [`${count} ${severity}`];
    });
    return [
      { text: printable(result.host) },
      { text: verdictWords(result), paint: verdictPaint(result.verdict, style) },
      { text: counts.length === 0 ? 'nothing found' : counts.join(', ') },
    ];
  });
  return [...formatTable(rows, width)];
}

function formatProblems({ problems }: CheckResult, options: TerminalOptions): string[] {
  const { style, width, all } = options;
  const shown = all ? problems : problems.slice(0, shownProblems);
  const lines = shown.flatMap((problem) => {
    const { code, message } = problem;
    const where = placeOfProblem(problem);
    const label = `warning[${code}]`;
    const [first = '', ...rest] = wrapText(
      `${label}: ${printable(message)}${where === '' ? '' : ` (${where})`}`,
      width,
    );
    return [`${style.yellow(label)}${first.slice(label.length)}`, ...rest.map((one) => `  ${one}`)];
  });
  const left = problems.length - shown.length;
  return left > 0
    ? [...lines, style.dim(`and ${counted(left, 'more warning')}: --all shows them`)]
    : lines;
}
