// The table of system calls, column by column: one list of names, one of releases, and for every ABI a flat list of
// integers, four a call: name, number, first release, last release (-1: none).
import { abis } from '../../../src/kernel/abi.ts';
import type { Generated } from '../../generate.ts';
import { cell, readTable } from './tsv.ts';

const form = /^(\d+) (?:-|(\d+\.\d+(?:\.\d+)?)(?:\.\.(\d+\.\d+(?:\.\d+)?))?)$/;

export function generateSyscalls(src: string): Generated {
  const rows = readTable(src, 'syscalls.tsv');
  const names = rows.map((row) => cell(row, 'name'));
  const releases: string[] = [];
  const indexOf = (release: string | undefined): number => {
    if (release === undefined) return -1;
    const known = releases.indexOf(release);
    return known >= 0 ? known : releases.push(release) - 1;
  };
  const table: Record<string, number[]> = {};
  for (const abi of abis) {
    const column: number[] = [];
    for (const [at, row] of rows.entries()) {
      const text = cell(row, abi);
      if (text === '') continue;
      const parts = form.exec(text);
      if (!parts) throw new Error(`syscalls.tsv: ${names[at]} on ${abi}: "${text}"`);
      column.push(at, Number(parts[1]), indexOf(parts[2]), indexOf(parts[3]));
    }
    table[abi] = column;
  }
  const notes = Object.fromEntries(
    rows.flatMap((row, at) => (cell(row, 'note') === '' ? [] : [[String(at), cell(row, 'note')]])),
  );
  return {
    path: 'kernel/generated/syscalls.json',
    content: JSON.stringify({ names, releases, abis: table, notes }),
  };
}
