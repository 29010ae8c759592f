// The calls that strace sees a program make are all among those that its code is found to make.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { syscallNumbered } from '../../src/kernel/syscalls.ts';
import { liveFiles } from '../../src/needs/code/program/live-files.ts';
import { filesOnDisk } from '../../src/needs/code/program/program-bytes.ts';
import { linkProgram } from '../../src/needs/code/program/program-files.ts';
import { summarySource } from '../../src/needs/code/summary-source.ts';
import { summaryWorkers } from '../../src/needs/code/summary-workers.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-strace-'));
after(() => rmSync(folder, { recursive: true }));

/** Names of the calls of a command and its threads, but for the execve that starts it. */
function observed(argv: readonly string[]): Set<string> {
  const trace = join(folder, 'trace');
  const ran = spawnSync('strace', ['-f', '-qq', '-o', trace, ...argv], {
    cwd: folder,
    stdio: 'ignore',
    timeout: 30_000,
  });
  assert.equal(ran.error, undefined);
  const seen = new Set<string>();
  for (const line of readFileSync(trace, 'latin1').split('\n')) {
    const name = /^\d+\s+(?:<\.\.\. )?(\w+)(?:\(| resumed)/.exec(line)?.[1];
    if (name !== undefined && name !== 'execve' && name !== 'restart_syscall') seen.add(name);
  }
  return seen;
}

const view = liveFiles({});
const workers = summaryWorkers({ threads: 2, signal: new AbortController().signal });
after(() => workers.close());
const summaries = summarySource({ files: filesOnDisk(view.tree), workers });

/** Command, and the most calls that may be predicted: a bound on what is found in vain. */
const cases: readonly [readonly string[], number][] = [
  [['/bin/true'], 34],
  [['/bin/ls', '-la', '/etc'], 80],
  [['/usr/bin/sort', '--parallel=2', '/etc/services'], 60],
  [['/bin/dd', 'if=/dev/zero', 'of=zero', 'bs=64k', 'count=4', 'conv=fsync'], 42],
  [['/usr/bin/id', 'root'], 75],
  [['/usr/bin/timeout', '1', '/bin/true'], 55],
  [['/bin/bash', '-c', 'x=$(echo a); ulimit -a; read -t 0.1 y < /dev/null; printf "%(%s)T"'], 105],
  [['/usr/bin/busybox', 'ls', '-la', '/'], 175],
];

for (const [argv, most] of cases) {
  test(argv.join(' '), async () => {
    const [path = ''] = argv;
    const program = view.elves.at(realpathSync(path));
    assert.ok(program);
    const { collected } = await linkProgram(program, view, summaries);
    const predicted = new Set(
      [...collected.calls.values()]
        .filter(({ via }) => via === 'native')
        .map(({ number }) => syscallNumbered('x86_64', number)?.name),
    );
    const seen = observed(argv);
    assert.ok(seen.size > 10, `only ${seen.size} calls seen`);
    assert.deepEqual(
      [...seen].filter((name) => !predicted.has(name)),
      [],
    );
    assert.ok(predicted.size <= most, `${predicted.size} calls predicted`);
  });
}
