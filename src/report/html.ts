// One page that can be mailed, archived and printed: no script, style, font or picture from anywhere else, and a
// content security policy that allows nothing but its own two blocks.
import { createHash } from 'node:crypto';
import type { CheckResult, HostResult } from '../check/finding.ts';
import { counted } from '../lib/counted.ts';
import type { Evidence } from '../needs/user-space.ts';
import { formatEvidenceLine } from './finding-text.ts';
import { type GroupedFinding, groupFindings } from './group-findings.ts';
import { pageScript, pageStyle } from './html-assets.ts';
import { type Markup, markup, trusted } from './markup.ts';
import { placeOfProblem } from './problem-place.ts';
import { proofWords, verdictWords } from './verdict-words.ts';

const shownEvidence = 5;
const severities = ['fatal', 'degraded', 'unknown', 'note'] as const;

/** Source expression for an inline block: Content Security Policy level 3, "hash-source". */
function hashOf(block: string): string {
  return `'sha256-${createHash('sha256').update(block).digest('base64')}'`;
}

/** The results as one page. `today` as "2026-11-22", `version` is Plimsoll's. */
export function formatHtml(
  results: readonly CheckResult[],
  { today, version }: { readonly today: string; readonly version: string },
): string {
  const names = results.map(({ target }) => target.reference).join(', ');
  const policy = `default-src 'none'; style-src ${hashOf(pageStyle)}; script-src ${hashOf(pageScript)}; base-uri 'none'; form-action 'none'`;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Plimsoll: ${names}</title>
<style>${trusted(pageStyle)}</style>
</head>
<body>
<main>
${results.length > 1 && formatGrid(results)}
${results.map((result, index) => formatSection(result, index, results.length))}
</main>
<footer><p>Plimsoll ${version}, ${today}. ${footnote(results)}</p></footer>
<script>${trusted(pageScript)}</script>
</body>
</html>
`;
  return page.html;
}

function formatGrid(results: readonly CheckResult[]): Markup {
  const hosts = results[0]?.hosts ?? [];
  return markup`<h1>${counted(results.length, 'target')} on ${counted(hosts.length, 'host')}</h1>
<div class="scroll" tabindex="0" role="region" aria-label="verdicts"><table>
<thead><tr><th scope="col">host</th>${results.map(
    ({ target }, index) =>
      markup`<th scope="col"><a href="#target-${index}">${target.reference}</a></th>`,
  )}</tr></thead>
<tbody>${hosts.map(
    ({ host }, row) =>
      markup`<tr><th scope="row">${host}</th>${results.map((result) => {
        const cell = result.hosts[row];
        return markup`<td>${cell !== undefined && formatVerdict(cell)}</td>`;
      })}</tr>
`,
  )}</tbody></table></div>`;
}

/** What the page rests on. */
function footnote(results: readonly CheckResult[]): string {
  return results.some(({ hosts }) => hosts.some(({ proof }) => proof !== undefined))
    ? 'A command was run with each host in front of it; what it did not come to is predicted from files.'
    : 'Findings are predicted from files alone: nothing was started.';
}

/** What a command did with each host in front of it. */
function formatProofs(hosts: readonly HostResult[]): Markup {
  const proved = hosts.flatMap(({ host, proof }) => (proof === undefined ? [] : [{ host, proof }]));
  return markup`<h2>Run <code>${proved[0]?.proof.command.join(' ') ?? ''}</code></h2>
<table class="hosts">
<thead><tr><th scope="col">As</th><th scope="col">Ends with</th><th scope="col">Needs</th><th scope="col">Copes without</th></tr></thead>
<tbody>${proved.map(
    ({
      host,
      proof,
    }) => markup`<tr><th scope="row">${host}</th><td>${proof.there} <span class="dim">(here: ${proof.here})</span></td><td>${proof.needed.map((set) => set.join(' with ')).join(', ')}</td><td>${proof.tolerated.join(', ')}</td></tr>
`,
  )}</tbody></table>
<details><summary>${counted(proved.flatMap(({ proof }) => proof.runs).length, 'run')}, and what is not imitated</summary><ul>${proved.flatMap(
    ({ host, proof }) => [
      ...proof.runs.map(
        ({ refused, ended }) => markup`<li>${host}: refused ${refused}: ${ended}</li>`,
      ),
      ...proof.limits.map((limit) => markup`<li>${host}, not imitated: ${limit}</li>`),
    ],
  )}</ul></details>`;
}

function formatVerdict(result: HostResult): Markup {
  return markup`<span class="verdict ${result.verdict}">${verdictWords(result)}</span>`;
}

function formatSection(result: CheckResult, index: number, count: number): Markup {
  const { target, hosts, problems } = result;
  const groups = groupFindings(result);
  const is = [
    target.os,
    target.libc,
    target.platform,
    target.kind,
    counted(target.elfFiles, 'ELF file'),
    counted(target.packages, 'package'),
  ].filter((part) => part !== undefined);
  const title =
    count > 1 ? markup`<h2>${target.reference}</h2>` : markup`<h1>${target.reference}</h1>`;
  return markup`<section id="target-${index}">
${title}
<p class="dim">${is.join(', ')}</p>
${target.start.length > 0 && markup`<p class="dim">Starts <code>${target.start.join(' → ')}</code></p>`}
<table class="hosts">
<thead><tr><th scope="col">Host</th><th scope="col">Verdict</th><th scope="col">Why</th></tr></thead>
<tbody>${hosts.map(
    (
      host,
    ) => markup`<tr><th scope="row">${host.host}<br><span class="dim">${host.summary !== host.host && host.summary}</span></th><td>${formatVerdict(host)}</td><td>${host.why}</td></tr>
`,
  )}</tbody></table>
${hosts.some(({ proof }) => proof !== undefined) && formatProofs(hosts)}${groups.length > 0 && markup`<h2>Findings</h2>${formatFilter(groups, hosts)}`}
${groups.map((group) => formatFinding(group, hosts))}
${problems.length > 0 && formatProblems(result)}
</section>
`;
}

function formatFilter(groups: readonly GroupedFinding[], hosts: readonly HostResult[]): Markup {
  const present = severities.filter((severity) =>
    groups.some(({ finding }) => finding.severity === severity),
  );
  return markup`<form data-filter hidden>
${
  hosts.length > 1 &&
  markup`<label>Host <select name="host"><option value="">all</option>${hosts.map(
    ({ host }, index) => markup`<option value="${index}">${host}</option>`,
  )}</select></label>`
}
<fieldset><legend>Show</legend>${present.map(
    (severity) =>
      markup`<label><input type="checkbox" name="severity" value="${severity}"${severity !== 'note' && trusted(' checked')}> ${severity}</label>`,
  )}</fieldset>
<span class="dim" role="status"></span>
</form>`;
}

function formatReference(reference: string): Markup {
  return /^https?:\/\//.test(reference)
    ? markup`<li><a href="${reference}" rel="noreferrer noopener">${reference}</a></li>`
    : markup`<li>${reference}</li>`;
}

function formatFinding(
  { finding, hosts, offers }: GroupedFinding,
  all: readonly HostResult[],
): Markup {
  const indexes = all.flatMap(({ host }, index) => (hosts.includes(host) ? [index] : []));
  const left = (finding.evidenceTotal ?? finding.evidence.length) - finding.evidence.length;
  const row = (label: string, content: Markup): Markup =>
    markup`<dt>${label}</dt><dd>${content}</dd>
`;
  return markup`<article class="${finding.severity}" data-severity="${finding.severity}" data-hosts="${indexes.join(' ')}">
<h3><span class="badge ${finding.severity}">${finding.severity} ${finding.code}</span> ${finding.title}</h3>
<dl>
${all.length > 1 && row('hosts', markup`${hosts.length === all.length ? `all ${all.length}` : hosts.join(', ')}`)}
${row('needs', markup`${finding.need} <span class="dim">(${finding.certainty})</span>`)}
${row(
  'offers',
  markup`<ul>${offers.map(
    (offer) =>
      markup`<li>${offers.length > 1 && `${offer.hosts.join(', ')}: `}${offer.value} <span class="dim">(${offer.source})</span></li>`,
  )}</ul>`,
)}
${finding.proof !== undefined && row('proof', markup`<strong>${proofWords[finding.proof.outcome]}</strong>: ${finding.proof.how}`)}${finding.evidence.length > 0 && row('at', formatEvidence(finding.evidence, left))}
${finding.symptom !== undefined && row('symptom', markup`<code>${finding.symptom}</code>`)}
${row('help', markup`<span class="help">${finding.help}</span>`)}
${finding.references.length > 0 && row('see', markup`<ul>${finding.references.map(formatReference)}</ul>`)}
</dl>
</article>
`;
}

/** The first pieces of evidence; the others unfold. `left` were never listed. */
function formatEvidence(evidence: readonly Evidence[], left: number): Markup {
  const item = (one: Evidence): Markup => markup`<li>${formatEvidenceLine(one)}</li>`;
  const folded = evidence.slice(shownEvidence);
  const uncounted = left > 0 && markup`<li>and ${left} more</li>`;
  if (folded.length === 0) return markup`<ul class="mono">${evidence.map(item)}${uncounted}</ul>`;
  return markup`<ul class="mono">${evidence.slice(0, shownEvidence).map(item)}</ul>
<details><summary>${folded.length + left} more</summary><ul class="mono">${folded.map(item)}${uncounted}</ul></details>`;
}

function formatProblems({ problems }: CheckResult): Markup {
  return markup`<details class="print"><summary>${counted(problems.length, 'part')} could not be read</summary><ul>${problems.map(
    (problem) => {
      const { code, message } = problem;
      const place = placeOfProblem(problem);
      return markup`<li><code>${code}</code> ${message}${place !== '' && markup` <code>${place}</code>`}</li>`;
    },
  )}</ul></details>`;
}
