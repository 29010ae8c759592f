// `kernel diff` for the terminal: who is compared, then what each side alone has; most useful first.
import type { KernelDiff, Surplus } from '../kernel/kernel-diff.ts';
import type { KernelSubject } from '../kernel/kernel-subject.ts';
import { counted } from '../lib/counted.ts';
import { cutToWidth } from '../lib/text-width.ts';
import type { Cell } from '../report/text-table.ts';
import { type Page, section, table } from './facts-text.ts';

function subjectRow(letter: string, kernel: KernelSubject, page: Page): readonly Cell[] {
  const { added, removed, flagsAdded } = kernel;
  const carried = [
    added.length > 0 ? `+${added.length} calls` : '',
    removed.length > 0 ? `-${removed.length} calls` : '',
    flagsAdded.length > 0 ? `+${flagsAdded.length} flags` : '',
  ].filter((part) => part !== '');
  return [
    { text: letter, paint: page.style.bold },
    { text: kernel.name, paint: page.style.cyan },
    { text: kernel.release ?? '' },
    { text: [`Linux ${kernel.base}`, ...carried].join(' '), paint: page.style.dim },
  ];
}

/** Calls by the release that brought them: one row a release. */
function callRows(surplus: Surplus, page: Page): readonly (readonly Cell[])[] {
  const rows = new Map<string, string[]>();
  for (const call of surplus.calls) {
    const key = `${call.since ?? ''}${call.backported ? ' *' : ''}`;
    rows.set(key, [...(rows.get(key) ?? []), call.name]);
  }
  return [...rows].map(([release, names]) => [
    { text: release.padEnd(6), paint: page.style.dim },
    { text: names.join(' ') },
  ]);
}

/** As many symbols as fit on a line, and how many are left. */
function fitting(symbols: readonly string[], room: number): string {
  const shown: string[] = [];
  for (const symbol of symbols) {
    const left = symbols.length - shown.length - 1;
    const rest = left > 0 ? ` … ${left} more`.length : 0;
    if (shown.length > 0 && [...shown, symbol].join(' ').length + rest > room) break;
    shown.push(symbol);
  }
  const more = symbols.length - shown.length;
  return `${shown.join(' ')}${more > 0 ? ` … ${more} more` : ''}`;
}

function flagRows(surplus: Surplus, page: Page, all: boolean): readonly (readonly Cell[])[] {
  const names = surplus.flags.map(({ interface: name }) => name);
  const longest = Math.min(Math.max(0, ...names.map(({ length }) => length)), 30);
  // Two for the indent, the count's four, and two gaps of two.
  const room = page.width - 2 - longest - 8;
  return surplus.flags.map(({ interface: name, symbols }) => [
    { text: cutToWidth(name, longest) },
    { text: String(symbols.length).padStart(4), paint: page.style.dim },
    { text: all ? symbols.join(' ') : fitting(symbols, room) },
  ]);
}

function side(
  surplus: Surplus,
  has: KernelSubject,
  lacks: KernelSubject,
  page: Page,
  all: boolean,
): readonly string[] {
  const title = (what: string): string => `Only ${has.name} has: ${what}`;
  const flags = surplus.flags.reduce((sum, { symbols }) => sum + symbols.length, 0);
  const backported = surplus.calls.some((call) => call.backported);
  const lines = [
    ...section(page, title(counted(surplus.calls.length, 'system call')), [
      ...table(page, callRows(surplus, page)),
      ...(backported ? [page.style.dim(`* came to mainline later; ${has.name} carries it`)] : []),
    ]),
    ...section(
      page,
      title(`${counted(flags, 'flag, option or command', 'flags, options and commands')}`),
      table(page, flagRows(surplus, page, all)),
    ),
    ...section(
      page,
      title(counted(surplus.gates.length, 'switch', 'switches that can take calls away')),
      table(
        page,
        surplus.gates.map(({ since, name, calls }) => [
          { text: since.padEnd(6), paint: page.style.dim },
          { text: name },
          { text: calls.join(' ') },
        ]),
      ),
    ),
  ];
  return lines.length > 0 ? lines : ['', `Nothing in ${has.name} that ${lacks.name} lacks.`];
}

/** The page. `all` shows every flag. */
export function kernelDiffText(diff: KernelDiff, page: Page, all: boolean): string {
  const { a, b, abi } = diff;
  const lines = [
    `${page.style.bold('kernel diff')}  ${a.name} → ${b.name}  ${page.style.dim(abi)}`,
    '',
    ...table(page, [subjectRow('A', a, page), subjectRow('B', b, page)]).map((line) => `  ${line}`),
    ...side(diff.onlyB, b, a, page, all),
    ...side(diff.onlyA, a, b, page, all),
  ];
  const folded = !all && lines.some((line) => / … \d+ more$/.test(line));
  if (folded) lines.push('', page.style.dim('--verbose shows every flag, --format json all of it'));
  return `${lines.join('\n')}\n`;
}
