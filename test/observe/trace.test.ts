// A trace tells what strace tells of the same command: the same calls, counts and errors; of containers too.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { callsOf, type Trace } from '../../src/observe/trace/trace.ts';
import { parseTrace } from '../../src/observe/trace/trace-file.ts';
import { type EngineLab, openEngineLab } from '../engine/engine-lab.ts';

let lab: EngineLab;

before(() => {
  lab = openEngineLab();
});

after(() => lab.close());

/** Runs trace and reads what it saved. */
function traced(...words: readonly string[]): { readonly code: number; readonly trace: Trace } {
  const file = join(lab.folder, 'trace.json');
  const { code } = lab.run(['trace', '--format', 'json', '-o', file, ...words]);
  return { code, trace: parseTrace(readFileSync(file, 'utf8'), file) };
}

type Counts = Readonly<Record<string, readonly [count: number, errors: number]>>;

/** Calls that came back, as strace counts them. */
function finished(trace: Trace): Counts {
  return Object.fromEntries(
    [...callsOf(trace)].flatMap(([name, { outcomes, errors }]) => {
      const back = outcomes.filter(({ errno }) => errno !== 'unfinished');
      const count = back.reduce((sum, one) => sum + one.count, 0);
      return count === 0 ? [] : [[name, [count, errors]] as const];
    }),
  );
}

function straceCounts(command: readonly string[]): Counts {
  const file = join(lab.folder, 'strace.txt');
  spawnSync('strace', ['-f', '-c', '-o', file, ...command], { env: lab.environment });
  const lines = readFileSync(file, 'utf8').split('\n').slice(2);
  return Object.fromEntries(
    lines.flatMap((line) => {
      const words = line.trim().split(/\s+/);
      const name = words.at(-1) ?? '';
      if (words.length < 5 || name === 'total' || line.startsWith('-')) return [];
      return [[name, [Number(words[3]), words.length === 6 ? Number(words[4]) : 0]] as const];
    }),
  );
}

// Children come one after the other, or how often a parent waits would be chance.
const commands: readonly (readonly [string, ...string[]])[] = [
  ['ls', '-l', '/'],
  ['sh', '-c', 'for i in 1 2 3; do ls /etc > /dev/null; done; cat /none; true'],
  ['tar', '-cf', '/dev/null', '/etc/apt'],
  ['gcc', '--version'],
];

for (const command of commands) {
  for (const means of ['ebpf', 'strace']) {
    test(`${means} counts the calls of "${command.join(' ')}" as strace -c does`, () => {
      const { code, trace } = traced('--with', means, '--', ...command);
      assert.equal(code, 0);
      assert.equal(trace.source, means);
      assert.deepEqual(trace.losses, {});
      assert.deepEqual(finished(trace), straceCounts(command));
    });
  }
}

test('a new container is traced from its first call, and its exit code is passed on', () => {
  const { code, trace } = traced('--network', 'none', 'box:1', 'sh', '-c', 'cat /none; exit 7');
  assert.equal(code, 7);
  const calls = callsOf(trace);
  assert.equal(calls.get('execve')?.errors, 0);
  assert.deepEqual(
    trace.paths.filter(({ path }) => path === '/none').map(({ call, errno }) => [call, errno]),
    [['open', 'ENOENT']].map(([call, errno]) => [calls.has('openat') ? 'openat' : call, errno]),
  );
  assert.ok(trace.programs.some(({ path }) => path === '/bin/sh'));
  assert.equal(lab.ok('ps', '-aq'), '');
});

test('a container that runs is traced, and what is executed in it later', async () => {
  lab.ok('run', '-d', '--name', 'bg', '--network', 'none', 'box:1', 'sleep', '100');
  const file = join(lab.folder, 'running.json');
  const words = ['trace', '--duration', '4', '--format', 'json', '-o', file, 'bg'];
  const tracing = lab.start(words);
  await new Promise((settle) => setTimeout(settle, 1500));
  lab.ok('exec', 'bg', 'cat', '/etc/passwd');
  assert.equal((await tracing).code, 0);
  const trace = parseTrace(readFileSync(file, 'utf8'), file);
  assert.ok(trace.programs.some(({ path }) => path === '/bin/cat'));
  const waiting = callsOf(trace).get('clock_nanosleep') ?? callsOf(trace).get('nanosleep');
  assert.deepEqual(waiting?.outcomes, [{ errno: 'unfinished', count: 1 }]);
  lab.ok('rm', '-f', 'bg');
});

test('numbers of arguments have names, and two traces are compared', () => {
  const { trace } = traced('--', 'sh', '-c', 'ls /');
  const flags = trace.values.find(({ call }) => call === 'openat')?.arguments['flags'];
  assert.equal(flags?.name, 'O_RDONLY|O_CLOEXEC');
  const file = join(lab.folder, 'trace.json');
  const table = lab.ok('trace', '--compare', file, file);
  assert.match(table, /^openat .* \+0\.0 %/m);
  assert.equal(lab.run(['trace', '--compare', file]).code, 125);
  assert.match(lab.run(['trace', '--compare', '/etc/passwd', file]).stderr, /PL0841/);
});

test('what the filter of a container refuses is counted, with what it answers', () => {
  const words = ['--network', 'none', 'box:1', 'mount', '-t', 'tmpfs', 'x', '/tmp'];
  const refused = callsOf(traced(...words).trace).get('mount');
  assert.deepEqual(refused?.outcomes, [{ errno: 'EPERM', count: 1 }]);
});

test('a command that is not there is told', () => {
  assert.match(lab.run(['trace', '--', 'no-such-program']).stderr, /PL0001.*no-such-program/);
});
