// A probe is a list of parts. Each reads its files, returns its piece of the offer, and says where every value
// comes from and what it could not read.
import type { Offer } from '../offer.ts';
import type { HostReader } from './reader.ts';

/** Answers of this machine that are kept between runs, by key: those that cost much and last as long as a kernel runs. */
export interface KeptAnswers {
  get(key: string): string | undefined;
  put(key: string, value: string): void;
}

/** What a part of the probe has to work with. */
export interface ProbeContext {
  readonly reader: HostReader;
  /** Where a part of the offer comes from: `from('kernel.config', '/proc/config.gz')`. */
  readonly from: (part: string, source: string) => void;
  /** A part that could not be read, and why. */
  readonly missing: (part: string, reason: string) => void;
  /** What the parts before have found. */
  readonly soFar: Partial<Offer>;
  /** Runs a program of the probed system with a time limit; its output, or undefined. Only in a live system. */
  readonly run: (program: string, args: readonly string[]) => Promise<string | undefined>;
  /** Absent where nothing is kept, and for trees of other machines. */
  readonly kept?: KeptAnswers | undefined;
}

/** One part of the probe. */
export type ProbePart = (context: ProbeContext) => Partial<Offer> | Promise<Partial<Offer>>;

/** "not readable (EACCES)" or "not there", for a path that gave nothing. */
export function whyUnread(reader: HostReader, path: string): string {
  const code = reader.unread.get(path);
  if (code === undefined) return `${path} is not there`;
  return code === 'EACCES' || code === 'EPERM'
    ? `${path}: permission denied`
    : `${path} could not be read (${code})`;
}

/** Leaves out undefined members, so that an offer holds only what is known. */
export function known<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as T;
}

/** `known`, or undefined when nothing is. */
export function knownOrNone<T extends object>(value: T): T | undefined {
  const left = known(value);
  return Object.keys(left).length === 0 ? undefined : left;
}
