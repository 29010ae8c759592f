// Kernel releases as `uname -r` gives them, and their order. A release is the mainline version that the kernel is built
// from, the distribution's own build numbers, and words: "3.10.0-1160.el7.x86_64", "6.1.0-13-amd64", "5.4.0-150-generic",
// "5.15.153.1-microsoft-standard-WSL2", "6.12.0-rc3". A distribution kernel carries more than its version says
// (distributions.ts), so an order of releases is the order of their base and no more.

import { memoized } from '../lib/memo.ts';

/** A kernel release in its parts. */
export interface Release {
  readonly text: string;
  /** Numbers of the version: [3, 10, 0]. */
  readonly version: readonly number[];
  /** The mainline release: "3.10", "2.6.32". */
  readonly base: string;
  /** Numbers after the version: [1160] of "-1160.el7", [503, 11, 1] of "-503.11.1.el9_5". */
  readonly build: readonly number[];
  /** Release candidate, where it is one. */
  readonly candidate?: number;
  /** What the suffix tells: "el7", "fc41", "amzn2023", "azure", "WSL2" … */
  readonly flavour?: string;
}

const form = /^(\d+(?:\.\d+){0,4})(?:-rc(\d+))?(?:[-.+_~](.*))?$/;
const flavours =
  /(el\d+(?:_\d+)?|el\d+uek|fc\d+|amzn\d+|cm\d+|azl\d+|WSL2|Microsoft|azure|aws|gcp|oracle|generic|lowlatency|cloud-amd64|cloud-arm64|amd64|arm64|default|pve|linuxkit|lts|virt|talos|cos|fly|android\d+)/;

function read(text: string): Release | undefined {
  const trimmed = text.trim().replace(/^v(?=\d)/, '');
  if (trimmed.length > 256) return undefined;
  const match = form.exec(trimmed);
  const version = match?.[1]?.split('.').map(Number) ?? [];
  if (match === null || version.length < 2) return undefined;
  const rest = match[3] ?? '';
  const build = /^\d+(?:\.\d+)*(?=$|[-._+~])/.exec(rest)?.[0].split('.').map(Number) ?? [];
  // Linux 2.6 had its releases in the third number; since 3.0 the third number is the stable update.
  const base = version.slice(0, version[0] === 2 ? 3 : 2).join('.');
  const flavour = flavours.exec(rest)?.[1];
  return {
    text: trimmed,
    version,
    base,
    build,
    ...(match[2] === undefined ? {} : { candidate: Number(match[2]) }),
    ...(flavour === undefined ? {} : { flavour }),
  };
}

const known = memoized((text) => ({ release: read(text) }));

/** Reads a release; undefined when the text does not begin with a version of two numbers or more. */
export function parseRelease(text: string): Release | undefined {
  return known(text).release;
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = (a[at] ?? 0) - (b[at] ?? 0);
    if (order !== 0) return order < 0 ? -1 : 1;
  }
  return 0;
}

/** Tables ask for the same pairs over and over: what was found of them, up to so many releases. */
const mostCompared = 500;
const longestKept = 200;
const ordersOf = new Map<string, Map<string, number>>();

/**
 * Orders two releases: negative when `a` is the older. Version first, then release candidates before the release, then
 * the distribution's build numbers, so that "3.10" < "3.10.0-693.el7" < "3.10.0-1160.el7" < "5.3". Texts that are no
 * release are older than all that are.
 */
export function compareReleases(a: string, b: string): number {
  if (a === b) return 0;
  let orders = ordersOf.get(a);
  if (orders === undefined) {
    if (ordersOf.size >= mostCompared) ordersOf.clear();
    orders = new Map();
    ordersOf.set(a, orders);
  }
  const before = orders.get(b);
  if (before !== undefined) return before;
  const order = compareTexts(a, b);
  if (orders.size < mostCompared && a.length + b.length < longestKept) orders.set(b, order);
  return order;
}

function compareTexts(a: string, b: string): number {
  const left = parseRelease(a);
  const right = parseRelease(b);
  if (left === undefined || right === undefined) {
    if (left === right) return a < b ? -1 : a > b ? 1 : 0;
    return left === undefined ? -1 : 1;
  }
  const version = compareNumbers(left.version, right.version);
  if (version !== 0) return version;
  const candidate = (left.candidate ?? Infinity) - (right.candidate ?? Infinity);
  if (candidate < 0) return -1;
  if (candidate > 0) return 1;
  return compareNumbers(left.build, right.build);
}
