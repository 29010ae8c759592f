// Real failures as tests: each incident has the image and the host that failed together, what the check must say of
// them, and counterparts, images or hosts changed in the one thing that matters, of which it must not say it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { check } from '../../../src/check/check.ts';
import { shippedRules } from '../../../src/check/data-rules.ts';
import type { Finding, HostResult, Severity, Verdict } from '../../../src/check/finding.ts';
import type { FindingCode } from '../../../src/check/finding-codes.ts';
import { codeRuleWords } from '../../../src/check/rules/rule-texts.ts';
import { findHost } from '../../../src/host/find-host.ts';
import type { Offer } from '../../../src/host/offer.ts';
import { openTarget } from '../../../src/image/open-target.ts';
import type { Needs } from '../../../src/needs/need.ts';
import { readNeeds } from '../../../src/needs/read-needs.ts';
import { type Fixture, writeFixture } from './fixture.ts';

/** A named host, a named host with parts replaced, or the parts of an offer that matter. */
export type HostSpec =
  | string
  | ({ readonly base?: string } & Partial<Omit<Offer, 'schema' | 'name'>>);

export interface Counterpart {
  /** What is different, in a few words: "Docker 20.10.10". */
  readonly because: string;
  readonly image?: Fixture;
  readonly host?: HostSpec;
}

export interface Incident {
  /** A short slug of its own. */
  readonly id: string;
  readonly title: string;
  /** Where it was reported. */
  readonly source: string;
  readonly image: Fixture;
  readonly host: HostSpec;
  readonly expect: {
    readonly code: FindingCode;
    readonly severity?: Severity;
    readonly verdict?: Verdict;
    readonly help: RegExp;
    readonly symptom?: RegExp;
  };
  readonly counterpart: Counterpart | readonly Counterpart[];
}

/** Registers a test for each incident, and prints how many were found at the end. */
export function incidentSuite(name: string, incidents: readonly Incident[]): void {
  let found = 0;
  let silent = 0;
  let counterparts = 0;
  const ids = new Set<string>();
  for (const incident of incidents) {
    assert.ok(!ids.has(incident.id), `two incidents are named ${incident.id}`);
    ids.add(incident.id);
    test(`${name}: ${incident.id}: ${incident.title}`, async () => {
      const needs = await needsOf(incident.image);
      const result = await resultOf(needs, incident.host);
      expectFound(result, incident);
      found += 1;
      const others = [incident.counterpart].flat();
      counterparts += others.length;
      assert.ok(others.length > 0, 'an incident needs a counterpart');
      for (const other of others) {
        const changed = other.image === undefined ? needs : await needsOf(other.image);
        const answer = await resultOf(changed, other.host ?? incident.host);
        const alarms = answer.findings.filter(
          (finding) => finding.code === incident.expect.code && isAlarm(finding),
        );
        assert.deepEqual(alarms.map(brief), [], `counterpart "${other.because}" must be silent`);
        silent += 1;
      }
    });
  }
  after(() => {
    console.log(
      `${name}: ${found} of ${incidents.length} incidents found, ${silent} of ${counterparts} counterparts silent`,
    );
  });
}

const dataRules = new Set(shippedRules.map(({ id }) => id));

/** `plimsoll explain` knows every rule that findings name, with its codes. */
function expectExplained({ findings }: HostResult): void {
  for (const { rule, code } of findings) {
    assert.ok(
      dataRules.has(rule) || codeRuleWords(rule)?.codes.includes(code),
      `src/check/rules/rule-texts.ts does not know ${rule} with ${code}`,
    );
  }
}

function expectFound(result: HostResult, { expect }: Incident): void {
  expectExplained(result);
  const same = result.findings.filter((finding) => finding.code === expect.code);
  const all = result.findings.map(brief).join('\n  ');
  assert.ok(same.length > 0, `no ${expect.code} among:\n  ${all}\nverdict ${result.verdict}`);
  const fits = same.filter(
    (finding) =>
      (expect.severity === undefined ? isAlarm(finding) : finding.severity === expect.severity) &&
      expect.help.test(finding.help) &&
      (expect.symptom === undefined || expect.symptom.test(finding.symptom ?? '')),
  );
  assert.ok(
    fits.length > 0,
    `${expect.code} found, but not as expected:\n  ${same.map((finding) => `${brief(finding)}\n    help: ${finding.help}\n    symptom: ${finding.symptom}`).join('\n  ')}`,
  );
  if (expect.verdict !== undefined)
    assert.equal(result.verdict, expect.verdict, `${result.why}\n  ${all}`);
}

const isAlarm = ({ severity }: Finding): boolean => severity === 'fatal' || severity === 'degraded';

const brief = ({ code, rule, severity, title, offer }: Finding): string =>
  `${severity}[${code}] ${rule}: ${title} (${offer.value})`;

/** What the image of a fixture needs, read as every image is. */
export async function needsOf(image: Fixture): Promise<Needs> {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-incident-'));
  try {
    writeFixture(image, directory);
    const signal = AbortSignal.timeout(60_000);
    const target = await openTarget(`oci:${directory}`, { signal });
    try {
      return await readNeeds(target, { signal });
    } finally {
      if ('close' in target) await target.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function resultOf(needs: Needs, host: HostSpec): Promise<HostResult> {
  const offer = await offerOf(host);
  const [result] = check(needs, [offer], { today: '2026-01-15' }).hosts;
  assert.ok(result);
  return result;
}

async function offerOf(host: HostSpec): Promise<Offer> {
  if (typeof host === 'string') return named(host);
  const { base, ...parts } = host;
  const below: Offer =
    base === undefined ? { schema: 'plimsoll.host/1', name: 'made' } : await named(base);
  return merged(below, parts);
}

function named(name: string): Promise<Offer> {
  const refuse = (): Promise<never> => Promise.reject(new Error('incidents read no host files'));
  return findHost(name, { readFile: refuse, probe: refuse });
}

/** Objects are merged part by part; anything else is replaced. */
function merged<T>(below: T, above: unknown): T {
  if (!isRecord(below) || !isRecord(above)) return (above ?? below) as T;
  const out: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) out[key] = merged(out[key], value);
  return out as T;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
