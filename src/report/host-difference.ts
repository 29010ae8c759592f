// Two hosts compared, on the terminal: calls by what a container gets for them, then parts and settings. What says
// nothing new is left out unless all is asked for.
import type { OfferDifference } from '../host/compare-offers.ts';
import { describeHost } from '../host/describe.ts';
import type { Offer } from '../host/offer.ts';
import { printable } from '../lib/printable.ts';
import { type HostTableOptions, indented, pairs, settingPrefix, shortened } from './host-tables.ts';

/** Changed settings that are shown unless all is asked for. */
const mostChanges = 60;
const configPrefix = 'kernel.config.';

/** "-NET_RAW -MKNOD +SYS_CHROOT" */
function membersChanged(before: string, after: string): string {
  const [old, now] = [before, after].map((list) => list.split(' ').filter((one) => one !== ''));
  const signed = [
    ...(old ?? []).filter((one) => !now?.includes(one)).map((one) => `-${one}`),
    ...(now ?? []).filter((one) => !old?.includes(one)).map((one) => `+${one}`),
  ];
  return printable(signed.join(' ').replaceAll('CAP_', ''));
}

/** Whether a changed part tells something that no other row does. */
function tells(part: string): boolean {
  return !part.startsWith(configPrefix) && !['kernel.base', 'engine.libseccomp'].includes(part);
}

/** Options of the kernel that only one side has, where both are known. */
function optionRows({ parts }: OfferDifference): readonly (readonly [string, string])[] {
  const changed = parts.filter(({ part }) => part.startsWith(configPrefix));
  const having = (value: 'from' | 'to', other: 'from' | 'to'): readonly string[] =>
    changed
      .filter((one) => /^[ym]$/.test(one[value] ?? '') && one[other] === 'n')
      .map(({ part }) => part.slice(configPrefix.length).replace('CONFIG_', ''));
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['kernel.config: only before', having('from', 'to')],
    ['kernel.config: only after', having('to', 'from')],
  ];
  return rows
    .filter(([, names]) => names.length > 0)
    .map(([label, names]) => [label, printable(names.join(' '))] as const);
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
  const { flags } = difference;
  for (const [name, only] of [
    [from.name, flags?.from ?? []],
    [to.name, flags?.to ?? []],
  ] as const) {
    if (only.length === 0) continue;
    lines.push('', style.bold(`flags and arguments of ${printable(name)} only: ${only.length}`));
    lines.push(...indented(shownCalls(only), width));
  }
  const changes = difference.parts.map(({ part, from: before, to: after }) => ({
    part,
    text:
      !all && part === 'capabilities' && before !== undefined && after !== undefined
        ? membersChanged(before, after)
        : `${shortened(before ?? 'unknown', all)} → ${shortened(after ?? 'unknown', all)}`,
  }));
  const isSetting = ({ part }: { part: string }) => part.startsWith(settingPrefix);
  const parts = changes.filter((change) => !isSetting(change) && (all || tells(change.part)));
  const options = all ? [] : optionRows(difference);
  if (parts.length + options.length > 0) {
    lines.push('', style.bold('parts'));
    const rows = [...parts.map(({ part, text }) => [part, text] as const), ...options];
    lines.push(...pairs(rows, style.cyan, width));
  }
  const settings = changes.filter(isSetting);
  if (settings.length > 0) lines.push('', style.bold('settings'));
  for (const { part, text } of all ? settings : settings.slice(0, mostChanges)) {
    lines.push(`  ${style.cyan(printable(part.slice(settingPrefix.length)))} = ${text}`);
  }
  if (!all && settings.length > mostChanges) {
    lines.push(`  … and ${settings.length - mostChanges} more; --verbose shows them`);
  }
  if (lines.length === 2) lines.push('', 'nothing that is known differs');
  return `${lines.join('\n')}\n`;
}
