// What a run showed of what was predicted (check --prove): each finding becomes shown, refuted or not reached, and what the
// run met and nobody predicted becomes a finding of its own.
import type { Finding, FindingProof, HostProof, HostResult } from './finding.ts';
import type { FindingCode } from './finding-codes.ts';
import { findingOf } from './finding-of.ts';
import { compareFindings, verdictOf } from './verdict.ts';

/** A refusal that a run met, as far as findings hang on it. */
export interface ProvedRefusal {
  /** The call, or the call and the flag. */
  readonly key: string;
  readonly call: string;
  readonly flag?: string;
  readonly errno?: string;
  /** Who refuses it: kernel, filter, libseccomp, gvisor, configuration, sysctl, capability. */
  readonly by: string;
  readonly program: string;
  readonly count: number;
}

/** What came of a host, as the runs have it. */
export interface ProvedHost {
  readonly proof: HostProof;
  readonly needed: readonly (readonly ProvedRefusal[])[];
  readonly tolerated: readonly ProvedRefusal[];
  readonly untried: readonly ProvedRefusal[];
  /** The command ended here as nobody wants it to: what it shows is how it fails. */
  readonly failsHere: boolean;
  /** Nothing was put before it: this is the host. */
  readonly real: boolean;
}

/** Findings that hang on the release that the kernel tells. */
const byRelease: ReadonlySet<FindingCode> = new Set([
  'PL1001',
  'PL1002',
  'PL1003',
  'PL1007',
  'PL1012',
]);
/** The call that tells it. */
const telling = 'uname';

/** Characters of a program's name that the kernel keeps. */
const keptName = 15;

/** Whether a finding on single files is on the program that met something, or on a library that any program may use. */
function concerns({ reach, evidence }: Finding, { program }: ProvedRefusal): boolean {
  if (reach !== 'file' || program === '') return true;
  return evidence.some(({ path = '' }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return name.slice(0, keptName) === program || name.includes('.so');
  });
}

/** The refusals that a finding is about; undefined: nothing of it can be put before a container. */
function aboutOf(finding: Finding): ((refusal: ProvedRefusal) => boolean) | undefined {
  const { code, calls, flags } = finding;
  const asked = (about: (refusal: ProvedRefusal) => boolean) => (refusal: ProvedRefusal) =>
    about(refusal) && concerns(finding, refusal);
  if (flags !== undefined) return asked(({ flag }) => flag !== undefined && flags.includes(flag));
  if (calls !== undefined)
    return asked(({ call, flag }) => flag === undefined && calls.includes(call));
  return byRelease.has(code) ? asked(({ call }) => call === telling) : undefined;
}

function met({ key, errno, program, count }: ProvedRefusal): string {
  const answer = errno === undefined ? 'got what that host answers' : `got ${errno}`;
  const times = count > 1 ? ` ${count} times` : '';
  return count === 0
    ? `what /proc tells of the release`
    : `${program === '' ? 'it' : program} called ${key}${times} and ${answer}`;
}

function proofOf(finding: Finding, host: ProvedHost): FindingProof {
  const { proof, needed, tolerated, untried, failsHere, real } = host;
  const { here, there, alike } = proof;
  if (real)
    return failsHere
      ? { outcome: 'not-imitated', how: `this is the host, and the command ended with ${here}` }
      : { outcome: 'refuted', how: `this is the host, and the command ended with ${here}` };
  const about = aboutOf(finding);
  if (about === undefined)
    return {
      outcome: 'not-imitated',
      how: 'it is nothing that can be put before a container here',
    };
  const set = needed.find((refusals) => refusals.some(about));
  if (set !== undefined) {
    const own = set.filter(about).map(met).join('; ');
    const others = set.filter((one) => !about(one)).map(({ key }) => key);
    const together =
      others.length > 0 ? `refused together with ${others.join(', ')}` : 'refused alone';
    return {
      outcome: 'shown',
      how: `${own}; ${together}, the command no longer ends with ${here}`,
    };
  }
  if (failsHere && alike)
    return {
      outcome: 'not-reached',
      how: `the command ends with ${here} without the host too, which shows nothing`,
    };
  const borne = tolerated.find(about);
  if (borne !== undefined)
    return {
      outcome: 'refuted',
      how: `${met(borne)}, and the command ${alike ? `ended as without it (${there})` : 'copes with that alone'}`,
    };
  if (untried.some(about))
    return { outcome: 'not-reached', how: 'it was met, but not tried alone: there were too many' };
  const rest = alike
    ? `; it ended as without the host (${there})`
    : `; it ended before that, or does not come to it`;
  return { outcome: 'not-reached', how: `the command did not come to it${rest}` };
}

/** The mechanism of a refusal that nobody predicted. */
function codeOf({ by, flag, call }: ProvedRefusal): FindingCode {
  if (flag !== undefined) return 'PL1006';
  if (call === telling) return 'PL1003';
  switch (by) {
    case 'filter':
    case 'libseccomp':
      return 'PL3002';
    case 'gvisor':
      return 'PL1010';
    case 'configuration':
    case 'sysctl':
      return 'PL1005';
    case 'capability':
      return 'PL5006';
    default:
      return 'PL1004';
  }
}

function unpredicted(set: readonly ProvedRefusal[], { proof }: ProvedHost): Finding | undefined {
  const [first] = set;
  if (first === undefined) return undefined;
  const keys = set.map(({ key }) => key).join(' and ');
  const filter = first.by === 'filter' || first.by === 'libseccomp';
  const who = proof.command[0] ?? 'the command';
  const kernel = first.by === 'kernel' || first.by === 'gvisor';
  const title =
    first.call === telling
      ? `${who} does not take the release that the kernel tells`
      : `${who} needs ${keys}, which ${filter ? 'the filter refuses' : kernel ? 'the kernel does not know' : 'the host does not give'}`;
  const how = `${set.map(met).join('; ')}; refused ${set.length > 1 ? 'together' : 'alone'}, the command no longer ends with ${proof.here}`;
  return findingOf({
    code: codeOf(first),
    rule: `shown-${first.key.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    severity: 'fatal',
    certainty: 'observed',
    reach: 'start',
    tier: 'emulated',
    title,
    need: keys,
    offer: {
      value: first.errno ?? 'another answer',
      source: 'a run with that host in front of it',
    },
    evidence: [{ detail: how }],
    help: filter
      ? 'a newer engine on that host, or a profile that allows the call: --security-opt seccomp=PROFILE.json'
      : 'an older release of the image that does without it; else a host with a newer kernel',
    component: filter ? 'filter' : kernel ? 'kernel' : 'configuration',
    calls: [...new Set(set.map(({ call }) => call))],
    proof: { outcome: 'shown', how },
  });
}

/** It ended otherwise, and for nothing that could be tried alone. */
function unexplained({ proof, needed }: ProvedHost): readonly Finding[] {
  if (proof.alike || needed.length > 0) return [];
  const started = proof.there !== 'no start';
  return [
    findingOf({
      code: 'PL1004',
      rule: 'shown-as-a-whole',
      ...(started ? { severity: 'fatal' } : { severity: 'unknown', worst: 'fatal' }),
      certainty: 'observed',
      reach: 'start',
      tier: 'emulated',
      title: `${proof.command[0] ?? 'the command'} ends with ${proof.there} behind this host, and for no single call that could be watched`,
      need: `what it gets here, where it ends with ${proof.here}`,
      offer: { value: proof.there, source: 'a run with that host in front of it' },
      evidence: proof.output.slice(-3).map((detail) => ({ detail })),
      help: 'plimsoll run --as HOST IMAGE COMMAND shows the run itself; strace inside of it what failed last',
      component: 'kernel',
      proof: {
        outcome: 'shown',
        how: `it ends with ${proof.there}, without the host with ${proof.here}`,
      },
    }),
  ];
}

/** Weighs what was predicted by what was seen. */
function weighed(finding: Finding, host: ProvedHost): Finding {
  const proof = proofOf(finding, host);
  const tier = host.real ? 'real' : 'emulated';
  switch (proof.outcome) {
    case 'shown': {
      const about = aboutOf(finding);
      // A note about many calls stays one; each that is needed has a finding of its own.
      const alone = finding.severity !== 'note' && about !== undefined;
      return {
        ...finding,
        ...(alone ? { severity: 'fatal', reach: 'start' } : {}),
        certainty: 'observed',
        tier,
        proof,
      };
    }
    case 'refuted':
      return { ...finding, tier, proof };
    default:
      return { ...finding, proof };
  }
}

/** The result of a host with what runs showed. Pure. */
export function withProof(result: HostResult, host: ProvedHost, startKnown: boolean): HostResult {
  const findings = result.findings.map((finding) => weighed(finding, host));
  const told = (refusal: ProvedRefusal): boolean =>
    findings.some((finding) => finding.severity !== 'note' && aboutOf(finding)?.(refusal) === true);
  const more = host.needed
    .filter((set) => !set.some(told))
    .flatMap((set) => unpredicted(set, host) ?? []);
  const all = [...findings, ...more, ...unexplained(host)].sort(compareFindings);
  return { ...result, ...verdictOf(all, startKnown), findings: all, proof: host.proof };
}
