// Kernel configurations: the readable table says of each kernel how it differs from an earlier row; here every row
// becomes one letter an option, in the order of the list of options.
import type { Generated } from '../../generate.ts';
import { cell, type Row, readTable, words } from './tsv.ts';

const columns = [
  ['builtin', 'y'],
  ['module', 'm'],
  ['off', 'n'],
  ['unknown', '-'],
] as const;

/** What another row names this one by. */
function keyOf(row: Row): string {
  const machine = cell(row, 'machine');
  return `${cell(row, 'id')}:${cell(row, 'from')}${machine === 'x86_64' ? '' : `/${machine}`}`;
}

export function generateKernelConfigs(src: string): Generated {
  const rows = readTable(src, 'kernel-configs.tsv');
  const known = new Map<string, ReadonlyMap<string, string>>();
  const options = new Set<string>();
  for (const row of rows) {
    const name = keyOf(row);
    const like = cell(row, 'like');
    const before = known.get(like);
    if (like !== '' && before === undefined)
      throw new Error(`kernel-configs.tsv: ${name}: no earlier row ${like}`);
    if (known.has(name)) throw new Error(`kernel-configs.tsv: ${name} stands there twice`);
    const values = new Map(before);
    for (const [column, letter] of columns) {
      for (const option of words(cell(row, column))) {
        values.set(option, letter);
        options.add(option);
      }
    }
    known.set(name, values);
  }
  const order = [...options].sort();
  const kernels = rows.map((row) => {
    const values = known.get(keyOf(row));
    return {
      id: cell(row, 'id'),
      machine: cell(row, 'machine'),
      from: cell(row, 'from'),
      read: cell(row, 'read'),
      base: cell(row, 'base'),
      values: order.map((option) => values?.get(option) ?? '-').join(''),
      source: cell(row, 'source'),
    };
  });
  const content = JSON.stringify({ options: order, kernels });
  return { path: 'kernel/generated/kernel-configs.json', content };
}
