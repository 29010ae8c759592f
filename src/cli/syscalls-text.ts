// `syscalls` for the terminal: the calls as a table, and the chain behind one of them.

import { counted } from '../lib/counted.ts';
import { printable } from '../lib/printable.ts';
import type { CallEvidence, ReportedCall, SyscallsReport } from '../needs/code/syscall-report.ts';
import type { Cell } from '../report/text-table.ts';
import { type Page, paragraph, section, table } from './facts-text.ts';

const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** "glibc's pthread_create", in short: file and function. */
const placeText = ({ path, function: name }: CallEvidence): string =>
  printable(`${lastName(path)}: ${name}`);

function argumentText({ arguments: given }: ReportedCall): string {
  const parts = Object.entries(given).map(([name, { values, complete }]) => {
    const shown = values
      .slice(0, 4)
      .map((value) => (value > 9 ? `0x${value.toString(16)}` : `${value}`));
    const more = values.length > 4 || !complete ? ['…'] : [];
    return `${name} ${[...shown, ...more].join(' ')}`;
  });
  return parts.join(', ');
}

function missingText({ onMissing }: ReportedCall): string {
  return onMissing.ENOSYS === 'unknown' ? '' : onMissing.ENOSYS;
}

function rowOf(call: ReportedCall, page: Page): readonly Cell[] {
  const [first] = call.evidence;
  const more = call.evidence.length > 1 ? `  +${call.evidence.length - 1}` : '';
  return [
    { text: String(call.number).padStart(4), paint: page.style.dim },
    { text: call.abi === 'i386' ? `${call.name} (int 0x80)` : call.name, paint: page.style.bold },
    { text: missingText(call) },
    { text: `${first === undefined ? '' : placeText(first)}${more}` },
    { text: argumentText(call), paint: page.style.dim },
  ];
}

/** The whole report. */
export function syscallsText(report: SyscallsReport, page: Page, all: boolean): string {
  const { syscalls, programs, unresolved, target } = report;
  const files = new Set(programs.flatMap(({ files: each }) => each));
  const head = `${printable(target)}: ${syscalls.length} system calls can be reached, in ${counted(files.size, 'file')}\n`;
  const rows = syscalls.map((call) => rowOf(call, page));
  const shown = all ? unresolved : unresolved.slice(0, 12);
  const open = shown.map(({ kind, path, function: name, address, detail }): readonly Cell[] => [
    { text: kind, paint: page.style.yellow },
    {
      text: printable(
        path === undefined ? '' : `${lastName(path)}: ${name ?? ''} ${address ?? ''}`,
      ),
    },
    { text: printable(detail) },
  ]);
  const rest = unresolved.length - shown.length;
  const lines = [
    page.style.bold(head),
    ...table(page, rows),
    ...(open.length > 0
      ? ['', ...section(page, `not solved (${unresolved.length})`, table(page, open))]
      : []),
    ...(rest > 0 ? paragraph(page, `${rest} more with --verbose`) : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** How a program comes to a call: the chain of each place, the shortest first. */
export function whyText(call: ReportedCall, page: Page): string {
  const chains = [...call.evidence].sort((a, b) => a.chain.length - b.chain.length);
  const lines: string[] = [];
  for (const { program, chain, root, address } of chains) {
    lines.push(page.style.bold(`${call.name} (${call.number}) in ${printable(program)}`));
    lines.push(`  ${page.style.dim(root)}`);
    for (const { path, function: name } of chain)
      lines.push(`  → ${printable(name)}  ${page.style.dim(printable(path))}`);
    lines.push(`  → system call at ${address}`, '');
  }
  return lines.join('\n');
}
