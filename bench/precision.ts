// How many system calls are found for programs taken evenly from Debian: average, distribution, and for each call the share
// of programs that have it with the chain that most often leads to it, which shows what to be more exact about. Then, with
// --servers, how well the sets of six servers fit what wide workloads make them do (F1; scripts/recall.ts).
// Usage: node bench/precision.ts [COUNT] [--servers DIR [--release bookworm]]
// COUNT: 550 (0 for none). The first time it downloads some GB of packages. --servers needs root, mmdebstrap and 10 GB in DIR.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type DebianSample, debianSample, visibleTree } from '../scripts/fixtures/debian-sample.ts';
import { parseElf } from '../src/formats/elf.ts';
import { openDirectoryTree } from '../src/image/directory-tree.ts';
import { syscallNumbered } from '../src/kernel/syscalls.ts';
import { summariseCode } from '../src/needs/code/file/summarise.ts';
import type { CodeSummary } from '../src/needs/code/file/summary.ts';
import { packSummary, unpackSummary } from '../src/needs/code/file/summary-codec.ts';
import type { Place, Reach } from '../src/needs/code/program/link.ts';
import { linkProgram } from '../src/needs/code/program/program-files.ts';
import type { SummarySource } from '../src/needs/code/summary-source.ts';
import type { ElfFile } from '../src/needs/user-space.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { servers: { type: 'string' }, release: { type: 'string', default: 'bookworm' } },
});
const count = Number(positionals[0] ?? 550);
const { signal } = new AbortController();

/** Summaries that are kept unpacked: all of a sample are more than memory holds. */
const maxUnpacked = 400;

function summariesBelow(root: string): SummarySource {
  const packed = new Map<string, Uint8Array>();
  const recent = new Map<string, CodeSummary | undefined>();
  const make = (path: string): CodeSummary | undefined => {
    const kept = unpackSummary(packed.get(path));
    if (kept !== undefined) return kept === 'none' ? undefined : kept;
    const summary = summariseCode(readFileSync(join(root, path)));
    packed.set(path, packSummary(summary));
    return summary;
  };
  return {
    of(path) {
      const summary = recent.has(path) ? recent.get(path) : make(path);
      recent.delete(path);
      recent.set(path, summary);
      const [oldest] = recent.keys();
      if (recent.size > maxUnpacked && oldest !== undefined) recent.delete(oldest);
      return Promise.resolve(summary);
    },
    prepare: () => undefined,
  };
}

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

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0);

async function measureSample({ root, programs, filesFor }: DebianSample): Promise<void> {
  const tree = await openDirectoryTree(root, { signal, inspect: () => undefined });
  const elves = new Map<string, ElfFile | undefined>();
  const elfAt = (path: string): ElfFile | undefined => {
    if (!elves.has(path)) {
      const facts = parseElf(readFileSync(join(root, path))).value;
      elves.set(path, facts && { path, facts });
    }
    return elves.get(path);
  };
  const summaries = summariesBelow(root);
  const sizes: number[] = [];
  const chains = new Map<string, Map<string, number>>();
  for (const program of programs) {
    const visible = visibleTree(tree, filesFor(program));
    const at = (path: string): ElfFile | undefined => {
      const node = visible.stat(path);
      return node?.type === 'file' ? elfAt(node.path) : undefined;
    };
    const text = (path: string): string | undefined => {
      const node = visible.stat(path);
      return node?.type === 'file' ? readFileSync(join(root, node.path), 'utf8') : undefined;
    };
    const elf = at(program.path);
    if (elf === undefined) continue;
    const view = { tree: visible, elves: { at }, env: {}, text };
    const { collected, reached } = await linkProgram(elf, view, summaries);
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
    console.error(`${sizes.length} ${program.path}: ${size} calls, ${reached.files.length} files`);
  }
  report(sizes, chains);
}

function report(sizes: number[], chains: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
  sizes.sort((a, b) => a - b);
  const part = (share: number): number => sizes[Math.floor(share * (sizes.length - 1))] ?? 0;
  const rows = [...chains]
    .map(([name, by]) => ({ name, count: sum(by.values()), by }))
    .sort((a, b) => b.count - a.count);
  const percent = (value: number, of: number): string => `${Math.round((100 * value) / of)}%`;
  for (const { name, count: programs, by } of rows) {
    const [[chain, most] = ['', 0]] = [...by].sort((a, b) => b[1] - a[1]);
    const share = percent(programs, sizes.length).padStart(4);
    console.log(`${share} ${name}: ${percent(most, programs)} by ${chain}`);
  }
  console.log(
    `${sizes.length} programs: ${(sum(sizes) / sizes.length).toFixed(1)} calls on average; least ${part(0)}, quarter ${part(0.25)}, half ${part(0.5)}, three quarters ${part(0.75)}, most ${part(1)}`,
  );
}

if (count > 0) await measureSample(debianSample(count));
if (values.servers !== undefined) {
  const script = join(import.meta.dirname, '../scripts/recall.ts');
  const workloads = 'sqlite,redis,memcached,nginx,lighttpd,haproxy';
  const options = ['--folder', values.servers, '--release', values.release, '--only', workloads];
  const { status } = spawnSync(process.execPath, [script, ...options], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
