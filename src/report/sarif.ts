// SARIF 2.1.0 (OASIS standard of 27 March 2020), for code scanning services and editors. One run a target; one result
// for a finding with all hosts that have it. Sections named below are the standard's.
import { createHash } from 'node:crypto';
import type { CheckResult, Finding } from '../check/finding.ts';
import { type FindingCode, findingCodes } from '../check/finding-codes.ts';
import { encodeFileName } from '../lib/file-name.ts';
import { printable } from '../lib/printable.ts';
import type { Evidence } from '../needs/user-space.ts';
import { type GroupedFinding, groupFindings } from './group-findings.ts';

const schemaAddress =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
/** GitHub shows no more results of a run, and no more locations of a result: the least important go. */
const mostResults = 5000;
const mostLocations = 100;
/** Names the root of the target in artifact locations (3.14.14). */
const rootId = 'TARGETROOT';

type Level = 'error' | 'warning' | 'note';

function levelOf({ severity, worst }: Finding): Level {
  if (severity === 'fatal') return 'error';
  if (severity === 'degraded') return 'warning';
  return severity === 'unknown' && worst === 'fatal' ? 'warning' : 'note';
}

/** A path inside the target as a relative reference (RFC 3986, 4.2). */
function uriOf(path: string): string {
  const relative = path.replace(/^\/+/, '');
  return encodePath(relative === '' ? '.' : relative);
}

function encodePath(path: string): string {
  return path.split('/').map(encodeSegment).join('/');
}

/** Percent-encoding is of bytes, so a name that is not UTF-8 has a form too. */
function encodeSegment(name: string): string {
  if (name.isWellFormed()) return encodeURIComponent(name);
  return encodeFileName(name)
    .toString('latin1')
    .replace(/[^\w.~-]/g, (byte) => {
      return `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
    });
}

/** 3.28: the file that is the evidence, and below it the function, layer and package. */
function locationOf(evidence: Evidence, reference: string): object {
  const { path, line, layer, function: inside } = evidence;
  const owner = evidence.package;
  const logical = [
    ...(inside === undefined ? [] : [{ name: inside, kind: 'function' }]),
    ...(owner === undefined ? [] : [{ name: owner, kind: 'package' }]),
    ...(layer === undefined ? [] : [{ name: layer, kind: 'layer' }]),
  ];
  return {
    physicalLocation: {
      artifactLocation:
        path === undefined
          ? { uri: encodePath(reference) }
          : { uri: uriOf(path), uriBaseId: rootId },
      ...(line === undefined ? {} : { region: { startLine: line } }),
    },
    ...(logical.length === 0 ? {} : { logicalLocations: logical }),
    message: { text: printable(evidence.detail) },
  };
}

/** 3.27.17: the same finding keeps its fingerprint when files move or hosts are added. */
function fingerprintOf({ code, rule, need, severity }: Finding): string {
  return createHash('sha256')
    .update([code, rule, need, severity].join('\0'))
    .digest('hex')
    .slice(0, 32);
}

function isAddress(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

function resultOf(
  { finding, hosts, offers }: GroupedFinding,
  ruleIndex: number,
  reference: string,
): object {
  const evidence =
    finding.evidence.length > 0
      ? finding.evidence.slice(0, mostLocations)
      : [{ detail: finding.need }];
  const offered = offers.map(({ value, source }) => `${value} (${source})`).join('; ');
  return {
    ruleId: finding.code,
    ruleIndex,
    level: levelOf(finding),
    message: {
      text: printable(
        `${finding.title} (on ${hosts.join(', ')}). Needs: ${finding.need}. Offered: ${offered}. Fix: ${finding.help}`,
      ),
    },
    locations: [locationOf(evidence[0] ?? { detail: finding.need }, reference)],
    ...(evidence.length > 1
      ? {
          relatedLocations: evidence
            .slice(1)
            .map((one, index) => ({ id: index + 1, ...locationOf(one, reference) })),
        }
      : {}),
    partialFingerprints: {
      'plimsollFinding/v1': fingerprintOf(finding),
      // By this name GitHub tells alerts apart; it cannot hash lines of files that are in no repository.
      primaryLocationLineHash: `${fingerprintOf(finding)}:1`,
    },
    properties: {
      hosts,
      rule: finding.rule,
      severity: finding.severity,
      ...(finding.worst === undefined ? {} : { worst: finding.worst }),
      certainty: finding.certainty,
      tier: finding.tier,
      ...(finding.proof === undefined ? {} : { proof: finding.proof }),
      reach: finding.reach,
      component: finding.component,
      offers,
      ...(finding.symptom === undefined ? {} : { symptom: finding.symptom }),
      references: finding.references,
    },
  };
}

function ruleOf(code: FindingCode, findings: readonly Finding[]): object {
  const address = findings.flatMap(({ references }) => references).find(isAddress);
  const title = findingCodes[code];
  return {
    id: code,
    name: title
      .split(/[^a-zA-Z0-9]+/)
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(''),
    shortDescription: { text: title },
    help: { text: `plimsoll explain ${code} says what it means and what to do.` },
    ...(address === undefined ? {} : { helpUri: address }),
  };
}

function runOf(result: CheckResult, version: string): object {
  const groups = groupFindings(result).slice(0, mostResults);
  const codes = [...new Set(groups.map(({ finding }) => finding.code))].sort();
  const { reference, digest, platform } = result.target;
  return {
    tool: {
      driver: {
        name: 'plimsoll',
        semanticVersion: version,
        rules: codes.map((code) =>
          ruleOf(
            code,
            groups.map(({ finding }) => finding).filter((finding) => finding.code === code),
          ),
        ),
      },
    },
    automationDetails: { id: `plimsoll/${encodePath(reference)}/` },
    originalUriBaseIds: { [rootId]: { description: { text: `root of ${printable(reference)}` } } },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: true,
        toolExecutionNotifications: result.problems.map(({ code, message, at }) => ({
          descriptor: { id: code },
          level: 'warning',
          message: { text: printable(message) },
          ...(at === undefined
            ? {}
            : {
                locations: [
                  { physicalLocation: { artifactLocation: { uri: uriOf(at), uriBaseId: rootId } } },
                ],
              }),
        })),
      },
    ],
    results: groups.map((group) => resultOf(group, codes.indexOf(group.finding.code), reference)),
    properties: {
      target: { reference, digest, platform },
      verdicts: result.hosts.map(({ host, verdict, certain, why, proof }) => ({
        host,
        verdict,
        certain,
        why,
        ...(proof === undefined ? {} : { proof }),
      })),
    },
  };
}

/** The results as one SARIF log; `version` is Plimsoll's. */
export function formatSarif(results: readonly CheckResult[], version: string): string {
  const log = {
    $schema: schemaAddress,
    version: '2.1.0',
    runs: results.map((result) => runOf(result, version)),
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}
