// What the matchers of host conditions share: the form of an answer, and comparing values of an offer.
import type { Offer } from '../host/offer.ts';
import { satisfies } from '../lib/version.ts';
import type { HostLeaf, hostConditions } from './data-rule.ts';

/** What the offer says to a host condition. */
export interface HostAnswer {
  readonly truth: boolean | undefined;
  /** A clause when known; the name of what is asked when unknown. */
  readonly value: string;
  /** The part of the offer that decides: "sysctls.vm.max_map_count". */
  readonly part: string;
  /** Where it is known from, when the part of the offer does not tell. */
  readonly source?: string;
}

/** A kind of host condition that does not combine others. */
export type HostKind = keyof typeof hostConditions;

/** Matchers of some kinds, by the kind's name. */
export type HostMatchers<K extends HostKind = HostKind> = {
  readonly [One in K]: (condition: HostLeaf<One>, offer: Offer) => HostAnswer;
};

/** Comparisons that fields, container options and sysctls share. */
export interface Comparisons {
  readonly is?: string | number | boolean | undefined;
  readonly isNot?: string | number | boolean | undefined;
  readonly in?: readonly (string | number)[] | undefined;
  readonly below?: number | undefined;
  readonly atLeast?: number | undefined;
  readonly above?: number | undefined;
  readonly version?: string | undefined;
  readonly matches?: string | undefined;
  readonly contains?: string | undefined;
  readonly lacks?: string | undefined;
}

/** Whether a value is as wanted; what is not asked for counts as met. */
export function compares(value: unknown, wanted: Comparisons): boolean {
  const text = String(value);
  const number = Number(value);
  const { is, isNot, in: among, below, atLeast, above, version, matches, contains, lacks } = wanted;
  const members = Array.isArray(value) ? value.map(wordOf) : undefined;
  return (
    (is === undefined || text === String(is)) &&
    (isNot === undefined || text !== String(isNot)) &&
    (among === undefined || among.map(String).includes(text)) &&
    (below === undefined || number < below) &&
    (atLeast === undefined || number >= atLeast) &&
    (above === undefined || number > above) &&
    (version === undefined || satisfies(text, version)) &&
    (matches === undefined || new RegExp(matches, 'm').test(members?.join('\n') ?? text)) &&
    (contains === undefined || (members ?? [text]).includes(contains)) &&
    (lacks === undefined || !(members ?? [text]).includes(lacks))
  );
}

/** The value at a path of names with dots between them; undefined where there is none. */
export function valueAt(offer: Offer, path: string): unknown {
  let value: unknown = offer;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

const wordOf = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** A value for people. */
export function shown(value: unknown): string {
  if (Array.isArray(value))
    return value.length > 6 ? `${value.length} entries` : value.map(wordOf).join(', ') || 'empty';
  return typeof value === 'object' ? 'given' : String(value);
}

/** What an absent part makes of a condition. */
export function absence(
  absent: 'unknown' | 'true' | 'false' | undefined,
  name: string,
  part: string,
): HostAnswer {
  if (absent === 'true') return { truth: true, value: `there is no ${name}`, part };
  if (absent === 'false') return { truth: false, value: `there is no ${name}`, part };
  return { truth: undefined, value: name, part };
}

/** Kleene's "and". */
export function conjunction(parts: readonly (boolean | undefined)[]): boolean | undefined {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}
