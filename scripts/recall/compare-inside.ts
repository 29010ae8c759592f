// Runs in the root file system, once its programs were traced: reads the traces, finds the file of each program, and
// compares with what its code is found to make. Writes lines of JSON to the file that it is given.
import {
  closeSync,
  createReadStream,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createZstdDecompress } from 'node:zlib';
import { syscallNumbered } from '../../src/kernel/syscalls.ts';
import { liveFiles } from '../../src/needs/code/program/live-files.ts';
import { filesOnDisk } from '../../src/needs/code/program/program-bytes.ts';
import { linkProgram } from '../../src/needs/code/program/program-files.ts';
import { summarySource } from '../../src/needs/code/summary-source.ts';
import { summaryWorkers } from '../../src/needs/code/summary-workers.ts';
import type { Comparison } from './comparison.ts';
import { traceReader } from './trace.ts';

const [folder = '', output = '', only = ''] = process.argv.slice(2);

async function readTrace(path: string, directory: string) {
  const reader = traceReader(directory);
  const lines = createInterface({ input: createReadStream(path).pipe(createZstdDecompress()) });
  try {
    for await (const line of lines) reader.line(line);
  } catch (error) {
    // A trace that was cut off by its time limit ends in the middle.
    console.error(`${path}: ${String(error)}`);
  }
  return reader.seen();
}

function firstLine(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(256);
    return bytes.toString('latin1', 0, readSync(file, bytes)).split('\n', 1)[0] ?? '';
  } finally {
    closeSync(file);
  }
}

/** The file that the kernel runs for a path: interpreters of scripts are followed. */
function executed(path: string, depth = 0): string | undefined {
  try {
    const real = realpathSync(path);
    const line = firstLine(real);
    if (line.startsWith('\x7fELF')) return real;
    const interpreter = /^#!\s*(\S+)/.exec(line)?.[1];
    return interpreter === undefined || depth > 4 ? undefined : executed(interpreter, depth + 1);
  } catch {
    return undefined;
  }
}

const seen = new Map<string, { calls: Set<string>; workloads: Set<string> }>();
const lost = new Map<string, number>();
for (const file of readdirSync(folder)) {
  const workload = /^(.*)\.trace\.zst$/.exec(file)?.[1];
  if (workload === undefined) continue;
  for (const [path, calls] of await readTrace(join(folder, file), `/tmp/recall/${workload}`)) {
    const program = path === '' ? undefined : executed(path);
    if (program === undefined) {
      if (path !== '') lost.set(path, calls.size);
      continue;
    }
    const known = seen.get(program) ?? { calls: new Set(), workloads: new Set() };
    seen.set(program, known);
    for (const each of calls) known.calls.add(each);
    known.workloads.add(workload);
  }
}

const view = liveFiles({});
const workers = summaryWorkers({ threads: 1, signal: new AbortController().signal });
const summaries = summarySource({ files: filesOnDisk(view.tree), workers });
const rows: Comparison[] = [];
/** Written after each program: the whole takes long. */
const save = (): void => writeFileSync(output, JSON.stringify({ rows, lost: [...lost.keys()] }));
for (const [path, { calls, workloads }] of [...seen].sort()) {
  if (!only.split(',').some((part) => path.includes(part))) continue;
  const program = view.elves.at(path);
  if (program === undefined) continue;
  const { collected, openEnds } = await linkProgram(program, view, summaries);
  const predicted = [...collected.calls.values()].map(({ via, number }) =>
    via === 'native'
      ? (syscallNumbered('x86_64', number)?.name ?? `syscall_${number}`)
      : `i386:${syscallNumbered('i386', number)?.name}`,
  );
  const missed = [...calls].filter((name) => !predicted.includes(name));
  rows.push({
    path,
    workloads: [...workloads],
    seen: [...calls],
    predicted,
    missed,
    open: [
      ...collected.unsolved.map(({ kind, detail }) => `${kind}: ${detail}`),
      ...openEnds.map(({ kind, detail }) => `${kind}: ${detail}`),
    ],
  });
  save();
  if (missed.length > 0) console.error(`${path} misses ${missed.join(' ')}`);
}
await workers.close();
save();
