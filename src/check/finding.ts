// A finding is one thing that a check has to say: a need, the offer it met, what will be seen, and the fix.
import type { Certainty, Evidence } from '../needs/user-space.ts';
import type { FindingCode } from './finding-codes.ts';

/**
 * fatal: it will not work. degraded: it works worse than it should, or less safely. unknown: the offer does not say,
 * and `worst` tells what it could come to. note: worth knowing, no effect on the verdict.
 */
export type Severity = 'fatal' | 'degraded' | 'unknown' | 'note';

/** What a finding touches: what starts, the user space as a whole, or a file beside those. */
export type Reach = 'start' | 'user-space' | 'file';

/** What the proof rests on. */
export type Tier = 'predicted' | 'emulated' | 'real';

/** One thing that breaks, may break, or is worth knowing on one host, with what to do about it. */
export interface Finding {
  readonly code: FindingCode;
  /** Identifier of the rule, stable: "elasticsearch-max-map-count". */
  readonly rule: string;
  readonly severity: Severity;
  /** With severity 'unknown': what it would be if the answer were bad. */
  readonly worst?: 'fatal' | 'degraded';
  readonly certainty: Certainty;
  /**
   * What it touches: what starts, the user space as a whole (its C library, its loader, its architecture), or only
   * some other file. A fatal finding of the last kind does not make the verdict 'fails'.
   */
  readonly reach: Reach;
  readonly tier: Tier;
  /** One line: lower case, no full stop: "mongod needs AVX, which this processor lacks". */
  readonly title: string;
  /** What is asked: one line. */
  readonly need: string;
  /** What is offered: one line, with where that is known from. */
  readonly offer: { readonly value: string; readonly source: string };
  readonly evidence: readonly Evidence[];
  /** How many pieces of evidence there were, when `evidence` holds only the first. */
  readonly evidenceTotal?: number;
  /** What users see, word for word where one message is known. */
  readonly symptom?: string;
  /** The fix; where there are several, the safest first. */
  readonly help: string;
  /** Addresses of what it rests on. */
  readonly references: readonly string[];
  /** Who is to change: image, libc, engine, runtime, filter, lsm, kernel, configuration, hardware. */
  readonly component: Component;
  /** The system calls that it is about, where it is about some. */
  readonly calls?: readonly string[];
  /** The flags that it is about. */
  readonly flags?: readonly string[];
  /** What a run showed of it (--prove). */
  readonly proof?: FindingProof;
}

/**
 * shown: the command ends otherwise for this alone. refuted: it met this and copes, or the host as a whole changes nothing.
 * not-reached: the command never came to it. not-imitated: it is nothing that can be put before a container here.
 */
export type ProofOutcome = 'shown' | 'refuted' | 'not-reached' | 'not-imitated';

/** What a run showed of a finding. */
export interface FindingProof {
  readonly outcome: ProofOutcome;
  /** One sentence: what was seen. */
  readonly how: string;
}

/** Who is to change. */
export const components = [
  'image',
  'libc',
  'engine',
  'runtime',
  'filter',
  'lsm',
  'kernel',
  'configuration',
  'hardware',
  'support',
] as const;

/** The part of the stack that is to blame. */
export type Component = (typeof components)[number];

/** One word for a host. */
export type Verdict = 'works' | 'degraded' | 'fails' | 'unknown';

/** What a check says of one host. */
export interface HostResult {
  readonly host: string;
  /** One line on what the host is: "Linux 3.10.0-1160.el7, docker 1.13.1". */
  readonly summary: string;
  readonly verdict: Verdict;
  /** False when code that is not in the image decides, or part could not be read: 'works' is then not certain. */
  readonly certain: boolean;
  /** One line: why this verdict. */
  readonly why: string;
  /** Most important first. */
  readonly findings: readonly Finding[];
  /** What a command did with this host in front of it (--prove). */
  readonly proof?: HostProof;
}

/** A command that was run here, and with a host in front of it. */
export interface HostProof {
  readonly command: readonly string[];
  /** How it ended without the host: "exit 0". */
  readonly here: string;
  readonly there: string;
  readonly alike: boolean;
  /** What it needs: refusals of which each set, by itself, has it end otherwise. Calls, or a call and a flag. */
  readonly needed: readonly (readonly string[])[];
  /** Refusals that it met and copes with. */
  readonly tolerated: readonly string[];
  /** Met, and not tried alone. */
  readonly untried: readonly string[];
  /** Every run: what was refused in it, and how it ended. */
  readonly runs: readonly { readonly refused: string; readonly ended: string }[];
  /** What of the host is not imitated. */
  readonly limits: readonly string[];
  /** The last lines that it wrote with the host in front of it, where it ended otherwise. */
  readonly output: readonly string[];
}

/** The whole answer of a check: the content of the JSON report (schemas/check.schema.json). */
export interface CheckResult {
  readonly schema: 'plimsoll.check/1';
  readonly target: {
    readonly kind: string;
    readonly reference: string;
    readonly digest?: string;
    readonly platform?: string;
    readonly os?: string;
    readonly libc?: string;
    readonly start: readonly string[];
    readonly elfFiles: number;
    readonly packages: number;
  };
  readonly hosts: readonly HostResult[];
  /** What could not be read. */
  readonly problems: readonly {
    readonly code: string;
    readonly message: string;
    /** Path inside the target. */
    readonly at?: string;
    /** As evidence names layers. */
    readonly layer?: string;
    /** Byte offset in the file, or in the layer's archive. */
    readonly offset?: number;
  }[];
}
