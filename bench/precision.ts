// How many system calls are found for programs taken evenly from Debian: average, distribution, and for each call the share
// of programs that have it with the chain that most often leads to it, which shows what to be more exact about.
// Usage: node bench/precision.ts [COUNT]   (the first time it downloads about 2 GB of packages; needs an hour)
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianSample } from '../scripts/fixtures/debian-sample.ts';
import { parseElf } from '../src/formats/elf.ts';
import { openDirectoryTree } from '../src/image/directory-tree.ts';
import { syscallNumbered } from '../src/kernel/syscalls.ts';
import { summariseCode } from '../src/needs/code/file/summarise.ts';
import type { CodeSummary } from '../src/needs/code/file/summary.ts';
import type { Place, Reach } from '../src/needs/code/program/link.ts';
import { linkProgram } from '../src/needs/code/program/program-files.ts';
import type { ElfFile } from '../src/needs/user-space.ts';

const { root, programs } = debianSample(Number(process.argv[2] ?? 550));
const { signal } = new AbortController();
const tree = await openDirectoryTree(root, { signal, inspect: () => undefined });
const elves = new Map<string, ElfFile | undefined>();
const at = (path: string): ElfFile | undefined => {
  const node = tree.stat(path);
  if (node?.type !== 'file') return undefined;
  if (!elves.has(node.path)) {
    const facts = parseElf(readFileSync(join(root, node.path))).value;
    elves.set(node.path, facts && { path: node.path, facts });
  }
  return elves.get(node.path);
};
const text = (path: string): string | undefined => {
  const node = tree.stat(path);
  return node?.type === 'file' ? readFileSync(join(root, node.path), 'utf8') : undefined;
};
const view = { tree, elves: { at }, env: {}, text };
const summaries = new Map<string, CodeSummary | undefined>();
const source = {
  of(path: string) {
    if (!summaries.has(path)) summaries.set(path, summariseCode(readFileSync(join(root, path))));
    return Promise.resolve(summaries.get(path));
  },
  prepare: () => undefined,
};

const nameOf = ({ files }: Reach, { file, kind, index }: Place): string => {
  const { path = '', summary } = files[file] ?? {};
  const name = summary?.names[index] ?? (summary?.starts[index] ?? 0).toString(16);
  return `${path.slice(path.lastIndexOf('/') + 1)}:${kind === 'object' ? 'table' : name}`;
};

function chainTo(reached: Reach, place: Place): string {
  const steps: string[] = [];
  for (let step: Place | undefined = place; step !== undefined && steps.length < 7; ) {
    steps.unshift(nameOf(reached, step));
    step = reached.causeOf(step).from;
  }
  return steps.join(' > ');
}

const sizes: number[] = [];
const chains = new Map<string, Map<string, number>>();
for (const path of programs) {
  const program = at(path);
  if (program === undefined) continue;
  const { collected, reached } = await linkProgram(program, view, source);
  let size = 0;
  for (const { via, number, at: places } of collected.calls.values()) {
    if (via !== 'native') continue;
    size++;
    const name = syscallNumbered('x86_64', number)?.name ?? String(number);
    const [place] = places;
    const chain = place === undefined ? '' : chainTo(reached, place);
    const known = chains.get(name) ?? new Map<string, number>();
    chains.set(name, known.set(chain, (known.get(chain) ?? 0) + 1));
  }
  sizes.push(size);
}

sizes.sort((a, b) => a - b);
const part = (share: number): number => sizes[Math.floor(share * (sizes.length - 1))] ?? 0;
const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
const rows = [...chains]
  .map(([name, by]) => ({ name, count: sum(by.values()), by }))
  .sort((a, b) => b.count - a.count);
for (const { name, count, by } of rows) {
  const [[chain, most] = ['', 0]] = [...by].sort((a, b) => b[1] - a[1]);
  const percent = (value: number, of: number): string => `${Math.round((100 * value) / of)}%`;
  console.log(
    `${percent(count, sizes.length).padStart(4)} ${name}: ${percent(most, count)} by ${chain}`,
  );
}
console.log(
  `${sizes.length} programs: ${(sum(sizes) / sizes.length).toFixed(1)} calls on average; least ${part(0)}, quarter ${part(0.25)}, half ${part(0.5)}, three quarters ${part(0.75)}, most ${part(1)}`,
);
