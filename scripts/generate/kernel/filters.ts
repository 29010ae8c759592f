// The engines' default filters, and what libseccomp knows. Of a filter's versions the compact form keeps only the
// positions in the list of versions, so that "which rules has this version" is a comparison of integers.
import { abis } from '../../../src/kernel/abi.ts';
import type { Generated } from '../../generate.ts';
import { cell, readTable, words } from './tsv.ts';

const argument = /^(\d)(?:&(0x[0-9a-f]+)==|(==|!=|<=|>=|<|>))(\d+)$/;

/** "0&0x7e020000==0" → [0, '&', 0, 0x7e020000]; "2!=9" → [2, '!=', 9] */
function condition(text: string): readonly (number | string)[] {
  const parts = argument.exec(text);
  if (!parts) throw new Error(`filters.tsv: argument "${text}"`);
  const [, index, mask, operator, value] = parts;
  return mask === undefined
    ? [Number(index), operator ?? '', Number(value)]
    : [Number(index), '&', Number(value), Number(mask)];
}

export function generateFilters(src: string): Generated {
  const versions = readTable(src, 'filter-versions.tsv');
  const engines: Record<string, { versions: string[][]; rules: unknown[] }> = {};
  for (const row of versions) {
    const engine = cell(row, 'engine');
    engines[engine] ??= { versions: [], rules: [] };
    engines[engine].versions.push([cell(row, 'first'), cell(row, 'last'), cell(row, 'default')]);
  }
  for (const row of readTable(src, 'filters.tsv')) {
    const engine = engines[cell(row, 'engine')];
    if (engine === undefined) throw new Error(`filters.tsv: engine ${cell(row, 'engine')}`);
    const spans = words(cell(row, 'versions')).flatMap((span) => {
      const [first, last] = span.split('..');
      const from = engine.versions.findIndex((version) => version[0] === first);
      const to =
        last === ''
          ? engine.versions.length - 1
          : engine.versions.findIndex((version) => version[1] === last);
      if (from < 0 || to < from) throw new Error(`filters.tsv: versions "${span}"`);
      return [from, to];
    });
    engine.rules.push({
      spans,
      action: cell(row, 'action'),
      args: words(cell(row, 'args')).map(condition),
      with: words(cell(row, 'with')),
      without: words(cell(row, 'without')),
      arches: words(cell(row, 'arches')),
      notArches: words(cell(row, 'not-arches')),
      kernel: cell(row, 'kernel'),
      calls: cell(row, 'calls'),
    });
  }
  const common: Record<string, string[][]> = {};
  for (const row of readTable(src, 'common-of.tsv')) {
    common[cell(row, 'engine')] ??= [];
    common[cell(row, 'engine')]?.push([cell(row, 'version'), cell(row, 'common')]);
  }
  return { path: 'kernel/generated/filters.json', content: JSON.stringify({ engines, common }) };
}

export function generateLibseccomp(src: string): Generated {
  // x32 is as x86_64 there.
  const columns = abis.filter((abi) => abi !== 'x32');
  const names: Record<string, string> = {};
  for (const row of readTable(src, 'libseccomp.tsv')) {
    const since = cell(row, 'since');
    names[cell(row, 'name')] = [since, ...columns.map((abi) => cell(row, abi))].join(' ');
  }
  return {
    path: 'kernel/generated/libseccomp.json',
    content: JSON.stringify({ abis: columns, names }),
  };
}
