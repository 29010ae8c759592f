// `syscalls` for the terminal: the calls as a table, and the chain behind one of them.

import { counted } from '../lib/counted.ts';
import { printable } from '../lib/printable.ts';
import type { SyscallsDifference } from '../needs/code/compare-reports.ts';
import type { CallEvidence, ReportedCall, SyscallsReport } from '../needs/code/syscall-report.ts';
import type { Cell } from '../report/text-table.ts';
import { type Page, paragraph, section, table } from './facts-text.ts';

const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** "glibc's pthread_create", in short: file and function. */
const placeText = ({ path, function: name }: CallEvidence): string =>
  printable(`${lastName(path)}: ${name}`);

function argumentText({ arguments: given }: ReportedCall): string {
  const parts = Object.entries(given).map(([name, { names, complete }]) => {
    const shown = names.slice(0, 4);
    const more = names.length > 4 || !complete ? ['…'] : [];
    return `${name} ${[...shown, ...more].join(' ')}`;
  });
  return parts.join(', ');
}

/** "falls-back", or where EPERM is answered in another way "falls-back, EPERM fails". */
function missingText({ onMissing: { ENOSYS, EPERM } }: ReportedCall): string {
  const other = EPERM === ENOSYS || EPERM === 'unknown' ? '' : `EPERM ${EPERM}`;
  return [ENOSYS === 'unknown' ? '' : ENOSYS, other].filter((part) => part !== '').join(', ');
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
  const started = programs.flatMap(({ path, startedBy, syscalls: own }): Cell[][] =>
    startedBy === undefined
      ? []
      : [
          [
            { text: printable(path) },
            { text: counted(own.length, 'call') },
            { text: printable(startedBy.why) },
          ],
        ],
  );
  const { paths } = report;
  const named = (all ? paths : paths.slice(0, 12)).map(({ path, files: by }): Cell[] => [
    { text: printable(path) },
    { text: printable(by.map(lastName).slice(0, 3).join(', ')), paint: page.style.dim },
  ]);
  const lines = [
    page.style.bold(head),
    ...table(page, rows),
    ...(started.length > 0
      ? ['', ...section(page, `programs that it starts (${started.length})`, table(page, started))]
      : []),
    ...(named.length > 0
      ? ['', ...section(page, `paths of the kernel (${paths.length})`, table(page, named))]
      : []),
    ...(open.length > 0
      ? ['', ...section(page, `not solved (${unresolved.length})`, table(page, open))]
      : []),
    ...(rest > 0 ? paragraph(page, `${rest} more with --verbose`) : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** What happens when the call is missing, and the places that decide it. */
function reactionText(call: ReportedCall, page: Page): string[] {
  const { onMissing, fallback, reactions } = call;
  const answers = Object.entries(onMissing).map(([errno, reaction]) => `${errno} ${reaction}`);
  const instead = fallback === undefined ? '' : ` (${fallback})`;
  return [
    page.style.bold(`when ${call.name} is missing: ${answers.join(', ')}${instead}`),
    ...reactions.map(
      ({ path, function: name, address, errnos, what, fallback: other }) =>
        `  ${errnos.join(' ')}: ${what}${other === undefined ? '' : `: ${printable(other)}`}  ${page.style.dim(
          printable(`${lastName(path)}: ${name} ${address}`),
        )}`,
    ),
    '',
  ];
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
  lines.push(...reactionText(call, page));
  return lines.join('\n');
}

/** What changed between two targets. */
export function differenceText(difference: SyscallsDifference, page: Page): string {
  const { added, removed, changed, paths, unresolved } = difference;
  const names = (list: SyscallsDifference['paths']['added']): Cell[][] =>
    list.map(({ path, files }) => [
      { text: printable(path) },
      { text: printable(files.map(lastName).slice(0, 3).join(', ')), paint: page.style.dim },
    ]);
  const calls = (list: readonly ReportedCall[]): Cell[][] =>
    list.map((call) => {
      const [first] = call.evidence;
      const chain =
        first?.chain
          .map((step) => step.function)
          .slice(-4)
          .join(' → ') ?? '';
      return [
        { text: call.name, paint: page.style.bold },
        { text: printable(first?.program ?? '') },
        { text: printable(chain), paint: page.style.dim },
      ];
    });
  const parts: readonly (readonly [string, readonly (readonly Cell[])[]])[] = [
    ['new calls', calls(added)],
    ['calls that are gone', calls(removed)],
    [
      'calls whose absence is met otherwise',
      changed.map(({ name, before, after }) => [
        { text: name, paint: page.style.bold },
        { text: reactionsText(before) },
        { text: `→ ${reactionsText(after)}` },
      ]),
    ],
    ['new paths of the kernel', names(paths.added)],
    ['paths of the kernel that are gone', names(paths.removed)],
  ];
  const shown = parts.filter(([, rows]) => rows.length > 0);
  const lines = [
    page.style.bold(`${printable(difference.before)} → ${printable(difference.after)}`),
    ...(shown.length === 0 ? ['', 'the same calls, met the same way'] : []),
    ...shown.flatMap(([title, rows]) => [
      '',
      ...section(page, `${title} (${rows.length})`, table(page, rows)),
    ]),
    '',
    `steps that are not solved: ${unresolved.before} before, ${unresolved.after} now`,
  ];
  return `${lines.join('\n')}\n`;
}

const reactionsText = ({ ENOSYS, EPERM, EINVAL }: ReportedCall['onMissing']): string =>
  `ENOSYS ${ENOSYS}, EPERM ${EPERM}, EINVAL ${EINVAL}`;
