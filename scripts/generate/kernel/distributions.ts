// Distribution releases, and what their kernels carry beyond their base. Both stay nearly as they stand in the readable
// tables: they are small, and read whole.
import type { Generated } from '../../generate.ts';
import { cell, readTable, words } from './tsv.ts';

function optional(name: string, text: string): Record<string, string> {
  return text === '' ? {} : { [name]: text };
}

/** "docker=1.13.1 podman=1.6.4" → { docker: '1.13.1', podman: '1.6.4' } */
function assignments(text: string, where: string): Record<string, string> {
  return Object.fromEntries(
    words(text).map((word) => {
      const [name = '', value = ''] = word.split('=');
      if (name === '' || value === '') throw new Error(`${where}: "${word}"`);
      return [name, value];
    }),
  );
}

export function generateDistributions(src: string): Generated {
  const rows = readTable(src, 'distributions.tsv').map((row) => {
    const where = `distributions.tsv: ${cell(row, 'id')} ${cell(row, 'version')}`;
    const libc = words(cell(row, 'libc'));
    const carried = words(cell(row, 'backports'));
    return {
      id: cell(row, 'id'),
      version: cell(row, 'version'),
      also: words(cell(row, 'also')),
      ...optional('kernel', cell(row, 'kernel')),
      ...optional('base', cell(row, 'base')),
      ...(libc.length === 2 ? { libc: { name: libc[0], version: libc[1] } } : {}),
      ...optional('lsm', cell(row, 'lsm')),
      ...optional('cgroup', cell(row, 'cgroup')),
      ...optional('systemd', cell(row, 'systemd')),
      ...optional('vsyscall', cell(row, 'vsyscall')),
      ...optional('level', cell(row, 'level')),
      ...(cell(row, 'page') === '' ? {} : { pageKib: Number(cell(row, 'page')) }),
      ...(carried.length === 2 ? { carries: { family: carried[0], from: carried[1] } } : {}),
      packages: assignments(cell(row, 'packages'), where),
      sysctls: assignments(cell(row, 'sysctls'), where),
      quality: cell(row, 'quality'),
      defaultsQuality: cell(row, 'defaults'),
      ...optional('note', cell(row, 'note')),
    };
  });
  return { path: 'kernel/generated/distributions.json', content: JSON.stringify(rows) };
}

export function generateBackports(src: string): Generated {
  const calls = readTable(src, 'backports.tsv').map((row) => ({
    family: cell(row, 'family'),
    from: cell(row, 'from'),
    abis: words(cell(row, 'abis')),
    effect: cell(row, 'effect'),
    names: words(cell(row, 'calls')),
    ...optional('note', cell(row, 'note')),
  }));
  const flags = readTable(src, 'flags-backports.tsv').map((row) => ({
    family: cell(row, 'family'),
    from: cell(row, 'from'),
    symbols: words(cell(row, 'symbols')),
  }));
  return { path: 'kernel/generated/backports.json', content: JSON.stringify({ calls, flags }) };
}
