// One finding for the terminal, as compilers show theirs: in full, or in short where more important ones stand above.
import { briefTitle, firstWay } from '../lib/brief.ts';
import { printable } from '../lib/printable.ts';
import type { Style } from '../lib/style.ts';
import { wrapText } from '../lib/text-width.ts';
import type { Evidence } from '../needs/user-space.ts';
import type { GroupedFinding } from './group-findings.ts';
import { proofWords, severityPaint } from './verdict-words.ts';

/** How to show a finding. */
export interface FindingTextOptions {
  readonly width: number;
  readonly style: Style;
  /** All evidence, offers, symptoms and references. */
  readonly all: boolean;
  /** How many hosts were asked for. */
  readonly hostCount: number;
}

const shownEvidence = 2;
const shownOffers = 3;
const shownHosts = 6;
const shownSymptoms = 2;

/** A labelled text of a finding: "  help: …", its further lines below its first. */
function field(label: string, text: string, { style, width }: FindingTextOptions): string[] {
  const indent = 2 + label.length + 2;
  return wrapText(printable(text), width - indent).map((line, index) =>
    index === 0 ? `  ${style.blue(`${label}:`)} ${line}` : `${' '.repeat(indent)}${line}`,
  );
}

function head(
  { finding }: GroupedFinding,
  title: string,
  { style, width }: FindingTextOptions,
): string[] {
  const label = `${finding.severity}[${finding.code}]:`;
  const [first = '', ...rest] = wrapText(printable(`${label} ${title}`), width);
  return [
    `${style.bold(severityPaint(finding.severity, style)(label))}${style.bold(first.slice(label.length))}`,
    ...rest.map((line) => style.bold(line)),
  ];
}

function hostsOf({ hosts }: GroupedFinding, options: FindingTextOptions): string[] {
  const { hostCount, all } = options;
  if (hostCount <= 1) return [];
  const names = hosts.length === hostCount ? `all ${hostCount}` : nameSome(hosts, all);
  return field('hosts', names, options);
}

function nameSome(names: readonly string[], all: boolean): string {
  return all || names.length <= shownHosts
    ? names.join(', ')
    : `${names.slice(0, shownHosts - 1).join(', ')} and ${names.length - shownHosts + 1} more`;
}

/** "shown" and how, where a command was run. */
function proofOf({ finding: { proof } }: GroupedFinding, options: FindingTextOptions): string[] {
  if (proof === undefined) return [];
  const { outcome, how } = proof;
  return field('proof', `${proofWords[outcome]}: ${how}`, options);
}

/** The finding with what is needed and offered, evidence, symptom, fix and a reference. */
export function formatFindingInFull(group: GroupedFinding, options: FindingTextOptions): string[] {
  const { finding, offers } = group;
  const { all } = options;
  const shown = all ? offers : offers.slice(0, shownOffers);
  const more = offers.length - shown.length;
  const symptoms = finding.symptom?.split('; ') ?? [];
  return [
    ...head(group, finding.title, options),
    ...hostsOf(group, options),
    ...(finding.severity === 'fatal' && finding.reach === 'file'
      ? field('reach', 'only programs that are not known to start', options)
      : []),
    ...field('needs', `${finding.need} (${finding.certainty})`, options),
    ...shown.flatMap(({ hosts, value, source }) =>
      field(
        'offers',
        `${offers.length > 1 ? `${nameSome(hosts, all)}: ` : ''}${value} (${source})`,
        options,
      ),
    ),
    ...(more > 0 ? [`          and ${more} more`] : []),
    ...proofOf(group, options),
    ...formatEvidence(group, options),
    ...(symptoms.length === 0
      ? []
      : field('symptom', (all ? symptoms : symptoms.slice(0, shownSymptoms)).join('; '), options)),
    ...field('help', finding.help, options),
    ...(all ? finding.references : finding.references.slice(0, 1)).flatMap((reference) =>
      field('see', reference, options),
    ),
    ...(all ? field('rule', finding.rule, options) : []),
  ];
}

/** The finding in three or four lines; a fix that was told before is not told again. */
export function formatFindingInShort(
  group: GroupedFinding,
  told: ReadonlySet<string>,
  options: FindingTextOptions,
): string[] {
  const { finding } = group;
  const [first] = finding.evidence;
  const more = (finding.evidenceTotal ?? finding.evidence.length) - 1;
  const where = first === undefined ? undefined : (placeOf(first) ?? first.detail);
  return [
    ...head(group, briefTitle(finding.title), options),
    ...hostsOf(group, options),
    ...proofOf(group, options),
    ...(where === undefined
      ? []
      : field('at', more > 0 ? `${where} and ${more} more` : where, options)),
    ...(told.has(finding.help) ? [] : field('help', firstWay(finding.help), options)),
  ];
}

/** "/usr/bin/x:12", or nothing where no file is named. */
function placeOf({ path, line }: Evidence): string | undefined {
  return path === undefined || line === undefined ? path : `${path}:${line}`;
}

/** "/usr/bin/x:12, function f, layer 3 (pkg 1.2): imports y" */
export function formatEvidenceLine(evidence: Evidence): string {
  const { path, layer, function: inside, detail } = evidence;
  const place = placeOf(evidence);
  // A detail that names the file or the package itself needs no second mention of it.
  const named = path !== undefined && detail.split(' ').includes(path);
  const owner = evidence.package;
  const owned = owner !== undefined && !detail.includes(owner);
  const where = [
    ...(place === undefined || named ? [] : [place]),
    ...(inside === undefined ? [] : [`function ${inside}`]),
    ...(layer === undefined ? [] : [`layer ${layer}`]),
  ].join(', ');
  const package_ = where === '' ? `package ${owner ?? ''}` : ` (${owner ?? ''})`;
  const shown = owned ? `${where}${package_}` : where;
  return shown === '' ? detail : `${shown}: ${detail}`;
}

function formatEvidence({ finding }: GroupedFinding, options: FindingTextOptions): string[] {
  const { evidence, evidenceTotal } = finding;
  const shown = options.all ? evidence : evidence.slice(0, shownEvidence);
  const left = (evidenceTotal ?? evidence.length) - shown.length;
  return [
    ...shown.flatMap((one) => field('at', formatEvidenceLine(one), options)),
    ...(left > 0 ? [`      and ${left} more`] : []),
  ];
}
