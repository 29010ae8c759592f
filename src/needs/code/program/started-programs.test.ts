import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { after, test } from 'node:test';
import { summarySource } from '../summary-source.ts';
import { summaryWorkers } from '../summary-workers.ts';
import { liveFiles } from './live-files.ts';
import { filesOnDisk } from './program-bytes.ts';
import { linkProgram } from './program-files.ts';
import { startedPrograms } from './started-programs.ts';

const view = liveFiles({});
const workers = summaryWorkers({ threads: 2, signal: new AbortController().signal });
after(() => workers.close());
const summaries = summarySource({ files: filesOnDisk(view.tree), workers });

async function linked(path: string) {
  const program = view.elves.at(realpathSync(path));
  assert.ok(program);
  return linkProgram(program, view, summaries);
}

test('what a program starts by name, by path, or through a shell', async () => {
  const names = async (path: string) => {
    const { programs, open } = startedPrograms(await linked(path), view);
    return { paths: programs.map(({ elf }) => elf.path), open };
  };
  assert.deepEqual(await names('/bin/true'), { paths: [], open: [] });
  const shell = realpathSync('/bin/sh');
  // find -exec takes what the command line names; xargs runs echo by itself.
  assert.deepEqual((await names('/usr/bin/xargs')).paths, []);
  const awk = await names('/usr/bin/mawk');
  assert.deepEqual(awk.paths, [shell]);
  assert.match(awk.open.join(), /goes on to start is not known/);
});

test('paths that reached code names, and a start that no constant tells', async () => {
  const { reached, collected } = await linked('/usr/bin/xargs');
  const kinds = new Set(collected.unsolved.map(({ kind }) => kind));
  assert.ok(kinds.has('start'), [...kinds].join());
  const paths = new Set(
    reached.functions.flatMap(({ file, index }) => reached.files[file]?.summary.paths[index] ?? []),
  );
  assert.ok(paths.has('/dev/tty') || paths.has('/dev/null'), [...paths].join(' '));
});
