// Hosts on the terminal: one in detail, two compared, and the list of names.

import { leavesOf, type OfferDifference } from '../host/compare-offers.ts';
import { describeHost } from '../host/describe.ts';
import type { HostName } from '../host/named/host-names.ts';
import type { Offer } from '../host/offer.ts';
import { printable } from '../lib/printable.ts';
import type { Style } from '../lib/style.ts';
import { wrapText } from '../lib/text-width.ts';
import { type Cell, formatTable } from './text-table.ts';

/** How to show. */
export interface HostTableOptions {
  readonly width: number;
  readonly style: Style;
  /** Long lists and all settings in full. */
  readonly all: boolean;
}

/** Lists of more than this many words are counted, unless all is asked for. */
const longList = 12;

/** Tables of many rows that are folded into one line. */
const folded: readonly (readonly [string, string])[] = [
  ['sysctls.', 'settings'],
  ['kernel.config.', 'configuration options'],
  ['lsm.selinuxBooleans.', 'SELinux booleans'],
];
const mostRows = 30;

function shortened(value: string, all: boolean): string {
  const words = value.split(' ');
  if (all || words.length <= longList || !/^[\w./:-]+( [\w./:-]+)*$/.test(value))
    return printable(value);
  return `${printable(words.slice(0, longList).join(' '))} … (${words.length})`;
}

function sourceOf(offer: Offer, path: string): string | undefined {
  const steps = path.split('.');
  for (let count = steps.length; count > 0; count--) {
    const source = offer.sources?.[steps.slice(0, count).join('.')];
    if (source !== undefined) return source;
  }
  return undefined;
}

function foldedRows(
  leaves: ReadonlyMap<string, string>,
  all: boolean,
): ReadonlyMap<string, string> {
  const rows = new Map(leaves);
  if (all) return rows;
  for (const [prefix, noun] of folded) {
    const below = [...rows.keys()].filter((path) => path.startsWith(prefix));
    if (below.length <= mostRows) continue;
    for (const path of below) rows.delete(path);
    rows.set(prefix.slice(0, -1), `${below.length} ${noun}`);
  }
  return rows;
}

function callLine(offer: Offer): string | undefined {
  const exact = Object.entries(offer.syscalls?.exact ?? {});
  if (exact.length > 0) return exact.map(([abi, names]) => `${names.length} (${abi})`).join(', ');
  const { added, removed } = offer.syscalls ?? {};
  if (added === undefined && removed === undefined) return undefined;
  return `those of Linux ${offer.kernel?.base ?? '?'}, ${added?.length ?? 0} more, ${removed?.length ?? 0} less`;
}

/** One host in detail: each part, its value, where it is known from; what could not be read. */
export function formatHost(offer: Offer, { width, style, all }: HostTableOptions): string {
  const rows: (readonly Cell[])[] = [];
  const row = (path: string, value: string): void => {
    const source = sourceOf(offer, path);
    rows.push([
      { text: path, paint: style.cyan },
      { text: source === undefined ? value : `${value}  [${printable(source)}]` },
    ]);
  };
  for (const [path, value] of foldedRows(leavesOf(offer), all)) row(path, shortened(value, all));
  const calls = callLine(offer);
  if (calls !== undefined) row('syscalls', calls);
  if (offer.flagsAdded !== undefined && offer.flagsAdded.length > 0) {
    row('flagsAdded', shortened(offer.flagsAdded.join(' '), all));
  }
  const lines = [
    `${style.bold(printable(offer.name))}: ${printable(describeHost(offer))}`,
    ...(offer.description === undefined ? [] : wrapText(printable(offer.description), width)),
    '',
    ...formatTable(rows, width),
  ];
  if (offer.unread !== undefined && offer.unread.length > 0) {
    lines.push('', style.bold('not read:'));
    const unread = offer.unread.map(({ part, reason }) => [
      { text: printable(part), paint: style.yellow },
      { text: printable(reason) },
    ]);
    lines.push(...formatTable(unread, width));
  }
  if (!all)
    lines.push('', style.dim('--verbose shows every setting; --format json is a host file'));
  return `${lines.join('\n')}\n`;
}

function indented(text: string, width: number): readonly string[] {
  return wrapText(text, width - 4).map((line) => `    ${line}`);
}

/** Two hosts compared. */
export function formatHostDifference(
  from: Offer,
  to: Offer,
  difference: OfferDifference,
  { width, style, all }: HostTableOptions,
): string {
  const lines = [
    `${style.bold(printable(from.name))}: ${printable(describeHost(from))}`,
    `${style.bold(printable(to.name))}: ${printable(describeHost(to))}`,
  ];
  const shownCalls = (names: readonly string[]): string =>
    all || names.length <= 60
      ? names.join(' ')
      : `${names.slice(0, 60).join(' ')} … (${names.length})`;
  if (difference.calls.length > 0) {
    lines.push('', style.bold(`system calls in a container (${difference.abi})`));
    for (const group of difference.calls) {
      lines.push(`  ${style.cyan(`${group.from} → ${group.to}`)}: ${group.calls.length}`);
      lines.push(...indented(shownCalls(group.calls), width));
    }
  } else if (difference.abi === undefined) {
    lines.push('', 'the machines have no system call table in common');
  }
  for (const [name, flags] of [
    [from.name, difference.flags.from],
    [to.name, difference.flags.to],
  ] as const) {
    if (flags.length === 0) continue;
    lines.push(
      '',
      style.bold(
        `flags carried beyond the base release by ${printable(name)} only: ${flags.length}`,
      ),
    );
    lines.push(...indented(shownCalls(flags), width));
  }
  if (difference.parts.length > 0) {
    lines.push('', style.bold('parts'));
    const unknown = 'unknown';
    const rows = difference.parts.map(({ part, from: before, to: after }) => [
      { text: part, paint: style.cyan },
      { text: `${shortened(before ?? unknown, all)} → ${shortened(after ?? unknown, all)}` },
    ]);
    lines.push(...formatTable(rows, width));
  }
  if (lines.length === 2) lines.push('', 'nothing that is known differs');
  return `${lines.join('\n')}\n`;
}

/** The names, by distribution. */
export function formatHostNames(
  names: readonly HostName[],
  others: readonly { readonly name: string; readonly says: string }[],
  qualifiers: readonly { readonly form: string; readonly says: string }[],
  { width, style }: HostTableOptions,
): string {
  const head = ['NAME', 'KERNEL', 'C LIBRARY', 'ENGINE', 'SUPPORT ENDS', 'ALSO'].map((text) => ({
    text,
    paint: style.bold,
  }));
  const rows = names.map((one) => [
    { text: one.name, paint: style.cyan },
    { text: one.kernel ?? '?' },
    { text: one.libc ?? '?' },
    { text: one.engine ?? '-' },
    { text: one.supportEnds ?? '?' },
    { text: one.also.join(' ') },
  ]);
  const pairs = (list: readonly (readonly [string, string])[]) =>
    formatTable(
      list.map(([name, says]) => [{ text: name, paint: style.cyan }, { text: says }]),
      width,
    );
  return `${[
    ...formatTable([head, ...rows], width),
    '',
    style.bold('other hosts'),
    ...pairs(others.map(({ name, says }) => [name, says])),
    '',
    style.bold('qualifiers, as in rhel:7.9+docker:1.13+cpu:x86-64-v1'),
    ...pairs(qualifiers.map(({ form, says }) => [form, says])),
  ].join('\n')}\n`;
}
