// The tables that stay nearly as they stand: fallbacks, minimum kernels, gates, flags, gVisor.
import type { Generated } from '../../generate.ts';
import { cell, type Row, readTable, words } from './tsv.ts';

/** The non-empty cells among some columns, under their own names. */
function present(row: Row, columns: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    columns.flatMap((column) => (cell(row, column) === '' ? [] : [[column, cell(row, column)]])),
  );
}

const reactions = ['falls-back', 'fails', 'degrades', 'unknown'];

export function generateFallbacks(src: string): Generated {
  const calls = readTable(src, 'fallbacks.tsv').map((row) => {
    for (const errno of ['ENOSYS', 'EPERM', 'EINVAL']) {
      if (!reactions.includes(cell(row, errno))) {
        throw new Error(`fallbacks.tsv: ${cell(row, 'symbols')}: "${cell(row, errno)}"`);
      }
    }
    return {
      runtime: cell(row, 'runtime'),
      from: cell(row, 'from'),
      ...present(row, ['until', 'fallback']),
      abis: words(cell(row, 'abis')),
      symbols: cell(row, 'symbols'),
      syscall: cell(row, 'syscall'),
      onMissing: [cell(row, 'ENOSYS'), cell(row, 'EPERM'), cell(row, 'EINVAL')],
      effect: cell(row, 'effect'),
      quality: cell(row, 'quality'),
    };
  });
  const minimums = readTable(src, 'minimum-kernels.tsv').map((row) => ({
    runtime: cell(row, 'runtime'),
    from: cell(row, 'from'),
    ...present(row, ['until', 'note']),
    abis: words(cell(row, 'abis')),
    minimum: cell(row, 'minimum'),
    enforced: cell(row, 'enforced') === 'yes',
  }));
  return { path: 'kernel/generated/fallbacks.json', content: JSON.stringify({ calls, minimums }) };
}

export function generateGates(src: string): Generated {
  const rows = readTable(src, 'gates.tsv').map((row) => ({
    kind: cell(row, 'kind'),
    name: cell(row, 'name'),
    ...present(row, ['blocks', 'errno', 'since', 'until']),
    unless: words(cell(row, 'unless')),
    arches: words(cell(row, 'arches')),
    calls: words(cell(row, 'calls')),
    effect: cell(row, 'effect'),
  }));
  return { path: 'kernel/generated/gates.json', content: JSON.stringify(rows) };
}

export function generateFlags(src: string): Generated {
  const answers = Object.fromEntries(
    readTable(src, 'flag-interfaces.tsv').map((row) => [
      cell(row, 'interface'),
      cell(row, 'answer'),
    ]),
  );
  const groups = readTable(src, 'flags.tsv').map((row) => [
    cell(row, 'interface'),
    cell(row, 'since'),
    cell(row, 'after'),
    cell(row, 'symbols'),
  ]);
  return { path: 'kernel/generated/flags.json', content: JSON.stringify({ answers, groups }) };
}

export function generateGvisor(src: string): Generated {
  const letter: Readonly<Record<string, string>> = { full: 'f', partial: 'p', none: 'n', '': '-' };
  const rows = Object.fromEntries(
    readTable(src, 'gvisor.tsv').map((row) => [
      cell(row, 'name'),
      [
        `${letter[cell(row, 'amd64')]}${letter[cell(row, 'arm64')]}`,
        cell(row, 'since'),
        cell(row, 'errno'),
        cell(row, 'capability'),
        cell(row, 'note'),
      ],
    ]),
  );
  return { path: 'kernel/generated/gvisor.json', content: JSON.stringify(rows) };
}

export function generateFlagArguments(src: string): Generated {
  const rows = readTable(src, 'flag-arguments.tsv').map((row) => [
    words(cell(row, 'calls')),
    Number(cell(row, 'argument')),
    cell(row, 'kind'),
    cell(row, 'when').split('==').filter(Boolean).map(Number),
    cell(row, 'answer'),
    words(cell(row, 'symbols')).map(numbered),
  ]);
  return { path: 'kernel/generated/flag-arguments.json', content: JSON.stringify(rows) };
}

/** NAME=NUMBER. */
function numbered(word: string): readonly [name: string, value: number] {
  const [name = '', value = ''] = word.split('=');
  return [name, Number(value)];
}

export function generateArgumentNames(src: string): Generated {
  const rows = readTable(src, 'argument-names.tsv').map((row) => [
    words(cell(row, 'calls')),
    cell(row, 'argument'),
    cell(row, 'kind'),
    words(cell(row, 'names')).map(numbered),
  ]);
  return { path: 'kernel/generated/argument-names.json', content: JSON.stringify(rows) };
}

export function generateFileSystems(src: string): Generated {
  const rows = readTable(src, 'file-systems.tsv').map((row) => [
    ...['kind', 'name', 'since', 'until', 'config'].map((column) => cell(row, column)),
    words(cell(row, 'names')),
  ]);
  return { path: 'kernel/generated/file-systems.json', content: JSON.stringify(rows) };
}

export function generateProcFiles(src: string): Generated {
  const rows = readTable(src, 'proc-files.tsv').map((row) => [
    cell(row, 'since'),
    cell(row, 'config'),
    words(cell(row, 'files')),
  ]);
  return { path: 'kernel/generated/proc-files.json', content: JSON.stringify(rows) };
}
