// Dotted versions ("5.14.1", "v1.2.0-rc3", "20.10.10+dfsg1-1") and ranges of them. Package versions of dpkg, rpm and
// apk have orders of their own (package-version.ts); this is the order of upstream releases.

import { memoized } from './memo.ts';

interface Version {
  readonly numbers: readonly number[];
  /** A pre-release: it sorts before the release that it leads to. */
  readonly preRelease: readonly (string | number)[] | undefined;
}

const digits = /^\d+$/;
const preReleaseWord = /^[-._~]?(alpha|beta|rc|pre|preview|dev|a|b)(?=[\d.\-_]|$)/i;

function read(text: string): Version {
  const trimmed = text.trim().replace(/^[vV](?=\d)/, '');
  const head = /^\d+(?:\.\d+)*/.exec(trimmed)?.[0] ?? '';
  const rest = trimmed.slice(head.length);
  const numbers = head === '' ? [] : head.split('.').map(Number);
  if (!preReleaseWord.test(rest)) return { numbers, preRelease: undefined };
  const words = rest.toLowerCase().match(/\d+|[a-z]+/g) ?? [];
  return {
    numbers,
    preRelease: words.map((word) => (digits.test(word) ? Number(word) : word)),
  };
}

const parse = memoized(read);

function compareParts(a: string | number | undefined, b: string | number | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  if (typeof a === typeof b) return a < b ? -1 : 1;
  return typeof a === 'number' ? -1 : 1;
}

/**
 * Orders two dotted versions: negative when `a` is the older. Missing parts count as zero ("5.10" = "5.10.0"), a
 * leading "v" and what follows the version ("+dfsg1-1", "-amd64") do not count, a pre-release comes before its release.
 */
export function compareVersions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  const length = Math.max(left.numbers.length, right.numbers.length);
  for (let at = 0; at < length; at++) {
    const order = (left.numbers[at] ?? 0) - (right.numbers[at] ?? 0);
    if (order !== 0) return order < 0 ? -1 : 1;
  }
  if (left.preRelease === undefined || right.preRelease === undefined) {
    if (left.preRelease === right.preRelease) return 0;
    return left.preRelease === undefined ? 1 : -1;
  }
  const parts = Math.max(left.preRelease.length, right.preRelease.length);
  for (let at = 0; at < parts; at++) {
    const order = compareParts(left.preRelease[at], right.preRelease[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Whether what a comparison gave (negative, zero, positive) is what >=, <=, >, <, != or = asks for. */
export function orderFits(order: number, operator: string): boolean {
  switch (operator) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '!=':
      return order !== 0;
    default:
      return order === 0;
  }
}

const comparator = /(?:(>=|<=|!=|==|>|<|=|\^|~)\s*)?(v?\d[^\s|,]*|\*)/gi;

function holds(version: string, operator: string, bound: string): boolean {
  if (bound === '*') return true;
  const wildcard = /^(v?\d+(?:\.\d+)*)\.[x*]$/i.exec(bound)?.[1];
  if (wildcard !== undefined) return startsWith(version, wildcard) !== (operator === '!=');
  const order = compareVersions(version, bound);
  // Parts that have to be the same: major and minor, or major.
  const same = operator === '~' ? 2 : operator === '^' ? 1 : undefined;
  return same === undefined
    ? orderFits(order, operator)
    : order >= 0 && startsWith(version, parse(bound).numbers.slice(0, same).join('.'));
}

function startsWith(version: string, prefix: string): boolean {
  const numbers = parse(version).numbers;
  return parse(prefix).numbers.every((number, at) => number === (numbers[at] ?? 0));
}

/**
 * Whether a version lies in a range: comparators (>= <= > < = !=, ~ same minor, ^ same major, "9.x", "*") that must all
 * hold, alternatives apart by "||": ">=5 <9.1 || =2". A range without any comparator holds for nothing.
 */
export function satisfies(version: string, range: string): boolean {
  return range.split('||').some((alternative) => {
    const parts = [...alternative.matchAll(comparator)];
    return (
      parts.length > 0 &&
      parts.every(([, operator = '=', bound = '']) => holds(version, operator, bound))
    );
  });
}
