// `syscall` for the terminal: the portrait of one call.
import type { CallReaction } from '../kernel/fallbacks.ts';
import type { Gate } from '../kernel/gates.ts';
import type { CarrierRun, FilterRun, SyscallPortrait } from '../kernel/syscall-portrait.ts';
import { oldestRelease } from '../kernel/syscalls.ts';
import type { Paint, Style } from '../lib/style.ts';
import type { Cell } from '../report/text-table.ts';
import { type Page, paragraph, section, table } from './facts-text.ts';

function sinceText(since: string | undefined, last: string | undefined): string {
  if (since === undefined) return 'reserved: nothing answers';
  const from = since === oldestRelease ? `Linux ${since} or before` : `Linux ${since}`;
  return last === undefined ? from : `${from}, gone after ${last}`;
}

function numberRows(portrait: SyscallPortrait, page: Page): readonly (readonly Cell[])[] {
  const most = Math.max(...portrait.numbers.map(({ abis }) => abis.length));
  return portrait.numbers.map(({ abis, number, since, last }) => [
    { text: String(number).padStart(6), paint: page.style.cyan },
    { text: sinceText(since, last) },
    {
      text: abis.length === most && most > 5 ? 'every other ABI' : abis.join(' '),
      paint: page.style.dim,
    },
  ]);
}

function carrierText({ first, last, backported }: CarrierRun): string {
  return `${span(first, last)}${backported ? ' *' : ''}`;
}

function carrierRows(portrait: SyscallPortrait, page: Page): readonly (readonly Cell[])[] {
  const byId = new Map<string, CarrierRun[]>();
  for (const run of portrait.carriers) byId.set(run.id, [...(byId.get(run.id) ?? []), run]);
  const rows = [...byId].map(([id, runs]): readonly Cell[] => [
    { text: id },
    { text: runs.map(carrierText).join(', ') },
    { text: (runs[0]?.also ?? []).join(' '), paint: page.style.dim },
  ]);
  const without: readonly Cell[] = [
    { text: 'none of', paint: page.style.dim },
    { text: '' },
    { text: portrait.without.join(' '), paint: page.style.dim },
  ];
  return portrait.without.length > 0 ? [...rows, without] : rows;
}

function actionPaint(action: string, style: Style): Paint {
  if (action === 'allow') return style.green;
  return action === 'ENOSYS' || action === 'depends' ? style.yellow : style.red;
}

const reasons: Readonly<Record<FilterRun['by'], string>> = {
  rule: '',
  default: 'by default: no rule allows it',
  libseccomp: 'libseccomp does not know it',
  stub: 'newer than the filter: runc answers',
};

/** "17.03.0 – 20.10.9", "20.10.10 –". */
function span(first: string, last: string | undefined): string {
  return last === undefined ? `${first} –` : first === last ? first : `${first} – ${last}`;
}

function filterRows(portrait: SyscallPortrait, page: Page): readonly (readonly Cell[])[] {
  return portrait.filters.map((run, at) => {
    const notes = [
      run.action === 'depends' ? 'depends on its arguments' : reasons[run.by],
      run.capabilities.length > 0
        ? `with ${run.capabilities.join(' or ')}: ${run.withCapabilities}`
        : '',
    ].filter((note) => note !== '');
    return [
      { text: portrait.filters[at - 1]?.engine === run.engine ? '' : run.engine },
      { text: span(run.first, run.last) },
      { text: run.action, paint: actionPaint(run.action, page.style) },
      { text: notes.join('; '), paint: page.style.dim },
    ];
  });
}

/** "kernel.io_uring_disabled ≥ 2", "CONFIG_KCMP since 5.12", "CAP_SYS_BOOT". */
function gateName({ name, kind, blocks, since, until }: Gate): string {
  if (blocks !== undefined)
    return `${name} ${blocks.startsWith('>=') ? '≥' : '='} ${blocks.replace('>=', '')}`;
  if (kind !== 'option') return name;
  return [name, since && `since ${since}`, until && `before ${until}`].filter(Boolean).join(' ');
}

function gateRows(portrait: SyscallPortrait, page: Page): readonly (readonly Cell[])[] {
  return portrait.gates.map((gate) => [
    { text: gateName(gate) },
    { text: gate.errno, paint: page.style.red },
    {
      text: `${gate.effect}${gate.unless.length > 0 ? ` (not with ${gate.unless.join(', ')})` : ''}`,
      paint: page.style.dim,
    },
  ]);
}

const reactionWords = {
  'falls-back': 'copes',
  fails: 'fails',
  degrades: 'partly',
  unknown: 'returns it',
} as const;

function reactionCell(reaction: CallReaction, style: Style): Cell {
  const paints = {
    'falls-back': style.green,
    fails: style.red,
    degrades: style.yellow,
    unknown: style.dim,
  };
  return { text: reactionWords[reaction], paint: paints[reaction] };
}

function callerRows(portrait: SyscallPortrait, page: Page): readonly (readonly Cell[])[] {
  if (portrait.callers.length === 0) return [];
  const head = ['', 'from', 'ENOSYS', 'EPERM', ''].map((text) => ({ text, paint: page.style.dim }));
  const rows = portrait.callers.map((call, at): readonly Cell[] => {
    const symbols = call.symbols.slice(0, 4).join(' ').replace('*', 'every program at its start');
    const more = call.symbols.length > 4 ? ' …' : '';
    const fallback = call.fallback === undefined ? '' : `: ${call.fallback} instead`;
    const until = call.until === undefined ? '' : ` (until ${call.until})`;
    return [
      { text: portrait.callers[at - 1]?.runtime === call.runtime ? '' : call.runtime },
      { text: call.since },
      reactionCell(call.onMissing.ENOSYS, page.style),
      reactionCell(call.onMissing.EPERM, page.style),
      { text: `${symbols}${more}${fallback}${until}` },
    ];
  });
  return [head, ...rows];
}

function gvisorText(portrait: SyscallPortrait): string {
  const { gvisor } = portrait;
  if (gvisor === undefined) return `gVisor does not run ${portrait.abi} programs`;
  const note = gvisor.note === undefined ? '' : `: ${gvisor.note}`;
  if (gvisor.support === 'none') {
    const first = gvisor.capability === undefined ? '' : ` (EPERM without ${gvisor.capability})`;
    return `not served, ${gvisor.errno ?? 'ENOSYS'}${first}${note}`;
  }
  const since = gvisor.since === undefined ? '' : `, since release ${gvisor.since} at the latest`;
  return `served ${gvisor.support === 'full' ? 'in full' : 'in part'}${since}${note}`;
}

/** The page. */
export function syscallText(portrait: SyscallPortrait, page: Page): string {
  const { facts, abi, libseccomp } = portrait;
  const backported = portrait.carriers.some((run) => run.backported);
  const known =
    libseccomp === undefined
      ? `no release has its number on ${abi}`
      : `knows it since ${libseccomp}; an older one drops the rule, and the filter's default answers`;
  const lines = [
    `${page.style.bold(facts.name)}  ${page.style.dim(`on ${abi}, where it matters`)}`,
    ...section(page, 'Number and first release', [
      ...table(page, numberRows(portrait, page)),
      ...facts.notes.flatMap((note) => paragraph(page, note).map(page.style.dim)),
    ]),
    ...section(page, 'Distributions whose kernel has it', [
      ...table(page, carrierRows(portrait, page)),
      ...(backported ? [page.style.dim('* newer than its base release: carried back')] : []),
    ]),
    ...section(page, 'Default filters of engines', table(page, filterRows(portrait, page))),
    ...section(page, 'What gates it', table(page, gateRows(portrait, page))),
    ...section(page, 'libseccomp', paragraph(page, known)),
    ...section(page, 'gVisor', paragraph(page, gvisorText(portrait))),
    ...section(
      page,
      'Who calls it, and whether they cope without it',
      table(page, callerRows(portrait, page)),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
