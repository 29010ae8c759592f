// Hosts on the terminal: one in detail, and the list of names.

import { leavesOf } from '../host/compare-offers.ts';
import { describeHost } from '../host/describe.ts';
import type { HostName } from '../host/named/host-names.ts';
import type { Offer } from '../host/offer.ts';
import { printable } from '../lib/printable.ts';
import type { Paint, Style } from '../lib/style.ts';
import { wrapText } from '../lib/text-width.ts';
import { notKnown, storyOf } from './host-story.ts';
import { formatTable } from './text-table.ts';

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

/** A value for one row: a long list is counted, unless all is asked for. */
export function shortened(value: string, all: boolean): string {
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

/** "value  [source]", with the source only where the row before has another. */
function sourcedRows(
  offer: Offer,
  entries: Iterable<readonly [path: string, label: string, value: string]>,
): readonly (readonly [string, string])[] {
  let last: string | undefined;
  return [...entries].map(([path, label, value]) => {
    const source = sourceOf(offer, path);
    const shown = source === undefined || source === last ? '' : `  [${printable(source)}]`;
    last = source;
    return [label, `${value === '' ? 'none' : value}${shown}`];
  });
}

/** Two columns: a name and what is said of it. */
export function pairs(
  list: readonly (readonly [string, string])[],
  paint: Paint,
  width: number,
  look: Paint = (text) => text,
): readonly string[] {
  return formatTable(
    list.map(([name, says]) => [
      { text: printable(name), paint },
      { text: says, paint: look },
    ]),
    width,
  );
}

/** Path of a setting begins so. */
export const settingPrefix = 'sysctls.';

function notKnownRow(unknown: readonly string[]): readonly [string, string] {
  return ['not known', unknown.join(', ')];
}

function flagsLine(flags: readonly string[], all: boolean): string {
  return all ? printable(flags.join(' ')) : `${flags.length} flags and arguments more`;
}

/** The source at the end of a line, in brackets, steps back. */
function sourceDimmed(line: string, style: Style): string {
  return line.replace(/ {2}\[[^\]]*\]?$|^[^[\]]*\]$/, (source) => style.dim(source));
}

/** Settings: each on a line with its source when all is asked for, else those of one source together. */
function settingLines(
  offer: Offer,
  settings: readonly (readonly [path: string, label: string, value: string])[],
  { width, style, all }: HostTableOptions,
): readonly string[] {
  if (settings.length === 0) return [];
  const named = (path: string): string => printable(path.slice(settingPrefix.length));
  const lines = ['', style.bold('settings')];
  if (all) {
    for (const [path, value] of sourcedRows(offer, settings))
      lines.push(`  ${style.cyan(named(path))} = ${sourceDimmed(value, style)}`);
    return lines;
  }
  const bySource = new Map<string, string[]>();
  for (const [path, , value] of settings) {
    const source = sourceOf(offer, path) ?? '';
    const text = `${named(path)}=${value}`;
    bySource.set(source, [...(bySource.get(source) ?? []), text]);
  }
  for (const [source, texts] of bySource) {
    if (source !== '') lines.push(style.dim(`  ${printable(source)}:`));
    lines.push(...indented(texts.join('  '), width));
  }
  return lines;
}

/** One host in detail: each part, its value, where it is known from; what could not be read. */
export function formatHost(offer: Offer, { width, style, all }: HostTableOptions): string {
  const found = foldedRows(leavesOf(offer), all);
  const leaves = [...found].map(([path, value]) => [path, path, shortened(value, all)] as const);
  const short = new Map(leaves.map(([path, , value]) => [path, value]));
  const calls = callLine(offer);
  const extra = [
    ...(calls === undefined ? [] : [['syscalls', 'syscalls', calls] as const]),
    ...(offer.flagsAdded === undefined || offer.flagsAdded.length === 0
      ? []
      : [['flagsAdded', 'flagsAdded', flagsLine(offer.flagsAdded, all)] as const]),
  ];
  const isSetting = ([path]: readonly [string, ...unknown[]]) => path.startsWith(settingPrefix);
  const parts = [
    ...(all ? leaves.filter((leaf) => !isSetting(leaf)) : storyOf(offer, short)),
    ...extra,
  ];
  const unknown = notKnown(offer);
  const lines = [
    `${style.bold(printable(offer.name))}: ${printable(describeHost(offer))}`,
    ...(offer.description === undefined ? [] : wrapText(printable(offer.description), width)),
    '',
    ...pairs(
      [...sourcedRows(offer, parts), ...(unknown.length === 0 ? [] : [notKnownRow(unknown)])],
      style.cyan,
      width,
      (line) => sourceDimmed(line, style),
    ),
    ...settingLines(offer, leaves.filter(isSetting), { width, style, all }),
  ];
  if (offer.unread !== undefined && offer.unread.length > 0) {
    lines.push('', style.bold('not read'));
    const unread = offer.unread.map(({ part, reason }) => [part, printable(reason)] as const);
    lines.push(...pairs(unread, style.yellow, width));
  }
  if (!all)
    lines.push('', style.dim('--verbose shows every setting; --format json is a host file'));
  return `${lines.join('\n')}\n`;
}

/** Text below a heading. */
export function indented(text: string, width: number): readonly string[] {
  return wrapText(text, width - 4).map((line) => `    ${line}`);
}

/** Names of one distribution: a heading, then its releases. */
function formatGroup(
  group: readonly HostName[],
  { width, style }: HostTableOptions,
): readonly string[] {
  const id = group[0]?.name.split(':', 1)[0] ?? '';
  const others = new Set(
    group.flatMap(({ also }) => also.map((name) => name.split(':', 1)[0] ?? '')),
  );
  others.delete(id);
  const heading = others.size === 0 ? '' : `  also as ${[...others].join(', ')}`;
  const rows = group.map((one) => {
    const codes = one.also.filter((name) => name.startsWith(`${id}:`));
    return [
      { text: `  ${one.name}`, paint: style.cyan },
      { text: codes.map((name) => name.slice(id.length + 1)).join(' ') },
      { text: one.kernel ?? 'kernel unknown' },
      { text: one.libc ?? '' },
      { text: one.engine ?? '' },
      { text: one.supportEnds ?? '' },
      // The last column of a table goes below its row where there is little room; this one never does.
      { text: '' },
    ];
  });
  return ['', `${style.bold(id)}${heading}`, ...formatTable(rows, width)];
}

/** The names, by distribution: kernel, C library, engine of its own archive, end of support, code names. */
export function formatHostNames(
  names: readonly HostName[],
  others: readonly { readonly name: string; readonly says: string }[],
  qualifiers: readonly { readonly form: string; readonly says: string }[],
  options: HostTableOptions,
): string {
  const { width, style } = options;
  const groups = Map.groupBy(names, ({ name }) => name.split(':', 1)[0]);
  return `${[
    style.bold('hosts: name, code name, kernel, C library, packaged engine, end of support'),
    ...[...groups.values()].flatMap((group) => formatGroup(group, options)),
    '',
    style.bold('other hosts'),
    ...pairs(
      others.map(({ name, says }) => [`  ${name}`, says]),
      style.cyan,
      width,
    ),
    '',
    style.bold('qualifiers, as in rhel:7.9+docker:1.13+cpu:x86-64-v1'),
    ...qualifiers.flatMap(({ form, says }) => [
      `  ${style.cyan(form)}`,
      ...wrapText(says, width - 6).map((line) => `      ${line}`),
    ]),
  ].join('\n')}\n`;
}
