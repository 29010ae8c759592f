// The report for people: what was looked at, one line a host, then the findings as compilers show theirs. Notes and
// what hosts leave open are folded into one line unless they decide, so that the report is read and not scrolled past.
import type { CheckResult, HostResult } from '../check/finding.ts';
import { printable } from '../lib/printable.ts';
import type { Style } from '../lib/style.ts';
import { wrapText } from '../lib/text-width.ts';
import type { Evidence } from '../needs/user-space.ts';
import { type GroupedFinding, groupFindings } from './group-findings.ts';
import { type Cell, formatTable } from './text-table.ts';
import { counted, severityPaint, verdictPaint, verdictWords } from './verdict-words.ts';

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
const fullGroups = 6;
const shownGroups = 14;
const fullEvidence = 3;
const shownProblems = 3;
const shownHosts = 6;

/** The whole report, with a newline at its end. */
export function formatTerminalReport(result: CheckResult, options: TerminalOptions): string {
  const blocks = [formatTarget(result, options), formatHosts(result.hosts, options)];
  if (options.brief !== true) blocks.push(...formatFindings(result, options));
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
  const looked = [
    target.kind,
    ...(analysis !== undefined && analysis.layers > 0 ? [counted(analysis.layers, 'layer')] : []),
    counted(target.elfFiles, 'ELF file'),
    counted(target.packages, 'package'),
    ...(analysis === undefined
      ? []
      : [
          `${analysis.cached ? 'known from the cache' : 'read'} in ${formatDuration(analysis.elapsedMs)}`,
        ]),
  ].join(', ');
  const tiers = [...new Set(hosts.flatMap(({ findings }) => findings.map(({ tier }) => tier)))];
  const tier = tiers.length === 0 ? 'predicted' : tiers.join(', ');
  const proof =
    tier === 'predicted' ? 'predicted from files alone, nothing was started' : `proof: ${tier}`;
  const starts = target.start.map((step) => printable(step)).join(' → ');
  const more = [looked, ...(starts === '' ? [] : [`starts: ${starts}`]), proof];
  return [
    ...lines,
    ...more.flatMap((line) =>
      wrapText(printable(line), width - 2).map((part) => `  ${style.dim(part)}`),
    ),
  ];
}

function formatDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function formatHosts(hosts: readonly HostResult[], { style, width }: TerminalOptions): string[] {
  const rows: Cell[][] = hosts.map((result) => [
    { text: printable(result.host) },
    { text: verdictWords(result), paint: verdictPaint(result.verdict, style) },
    { text: printable(result.why) },
  ]);
  const head: Cell[] = ['HOST', 'VERDICT', 'WHY'].map((text) => ({ text, paint: style.dim }));
  return [...formatTable([head, ...rows], width)];
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
  const blocks = shown.map((group, index) => {
    const short = !options.all && (index >= fullGroups || group.finding.reach === 'file');
    return formatGroup(group, result.hosts.length, short, options);
  });
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

/** A labelled text of a finding: "  help: …", its further lines below its first. */
function formatField(label: string, text: string, { style, width }: TerminalOptions): string[] {
  const indent = 2 + label.length + 2;
  return wrapText(text, width - indent).map((line, index) =>
    index === 0 ? `  ${style.blue(`${label}:`)} ${line}` : `${' '.repeat(indent)}${line}`,
  );
}

function formatGroup(
  { finding, hosts, offers }: GroupedFinding,
  hostCount: number,
  short: boolean,
  options: TerminalOptions,
): string[] {
  const { style, width, all } = options;
  const look = severityPaint(finding.severity, style);
  const label = `${finding.severity}[${finding.code}]:`;
  const [first = '', ...rest] = wrapText(printable(`${label} ${finding.title}`), width);
  const lines = [
    `${style.bold(look(label))}${style.bold(first.slice(label.length))}`,
    ...rest.map((line) => style.bold(line)),
  ];
  const field = (name: string, text: string): void => {
    lines.push(...formatField(name, printable(text), options));
  };
  if (hostCount > 1)
    field('hosts', hosts.length === hostCount ? `all ${hostCount}` : hosts.join(', '));
  if (finding.severity === 'fatal' && finding.reach === 'file')
    field('reach', 'only programs that are not known to start');
  if (short) {
    lines.push(...formatEvidence(finding.evidence, finding.evidenceTotal, 1, options));
    field('help', finding.help);
    return lines;
  }
  field('needs', `${finding.need} (${finding.certainty})`);
  for (const offer of all ? offers : offers.slice(0, shownHosts)) {
    const who = offers.length > 1 ? `${nameSome(offer.hosts)}: ` : '';
    field('offers', `${who}${offer.value} (${offer.source})`);
  }
  if (!all && offers.length > shownHosts) field('offers', `and ${offers.length - shownHosts} more`);
  const shownEvidence = all ? finding.evidence.length : fullEvidence;
  lines.push(...formatEvidence(finding.evidence, finding.evidenceTotal, shownEvidence, options));
  if (finding.symptom !== undefined) field('symptom', finding.symptom);
  field('help', finding.help);
  for (const reference of all ? finding.references : finding.references.slice(0, 1))
    field('see', reference);
  if (all) field('rule', finding.rule);
  return lines;
}

function nameSome(names: readonly string[]): string {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

/** "/usr/bin/x:12, function f, layer 3 (pkg 1.2): imports y" */
export function formatEvidenceLine(evidence: Evidence): string {
  const { path, line, layer, function: inside, detail } = evidence;
  const owner = evidence.package;
  const where = [
    ...(path === undefined ? [] : [line === undefined ? path : `${path}:${line}`]),
    ...(inside === undefined ? [] : [`function ${inside}`]),
    ...(layer === undefined ? [] : [`layer ${layer}`]),
  ].join(', ');
  const place =
    owner === undefined ? where : where === '' ? `package ${owner}` : `${where} (${owner})`;
  return place === '' || place === detail ? detail : `${place}: ${detail}`;
}

function formatEvidence(
  evidence: readonly Evidence[],
  total: number | undefined,
  count: number,
  options: TerminalOptions,
): string[] {
  const shown = evidence.slice(0, count);
  const lines = shown.flatMap((one) =>
    formatField('at', printable(formatEvidenceLine(one)), options),
  );
  const left = (total ?? evidence.length) - shown.length;
  return left > 0 ? [...lines, `      and ${left} more`] : lines;
}

function formatProblems({ problems }: CheckResult, options: TerminalOptions): string[] {
  const { style, width, all } = options;
  const shown = all ? problems : problems.slice(0, shownProblems);
  const lines = shown.flatMap(({ code, message, at }) => {
    const label = `warning[${code}]`;
    const [first = '', ...rest] = wrapText(
      printable(`${label}: ${message}${at === undefined ? '' : ` (${at})`}`),
      width,
    );
    return [`${style.yellow(label)}${first.slice(label.length)}`, ...rest.map((one) => `  ${one}`)];
  });
  const left = problems.length - shown.length;
  return left > 0
    ? [...lines, style.dim(`and ${counted(left, 'more warning')}: --all shows them`)]
    : lines;
}
