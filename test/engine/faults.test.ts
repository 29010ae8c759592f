// Processes that are killed at any point, a machine that started anew, commands at once: what is left is seen and healed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTicksOf } from '../../src/sys/process-identity.ts';
import { openEngineLab } from './engine-lab.ts';

const lab = openEngineLab();
after(() => lab.close());

const start = (name: string, ...more: readonly string[]): string =>
  lab.ok('run', '-d', '--network', 'none', '--name', name, ...more, 'box:1', 'sleep', '1000');

const statusOf = (name: string): string =>
  lab.ok('ps', '-a', '--filter', `name=^${name}$`, '--format', '{{.Status}}');

function pidIn(id: string, file: string): number {
  return Number(readFileSync(join(lab.runFolder, id, file), 'utf8'));
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!holds()) {
    assert.ok(Date.now() < end, what);
    await sleep(50);
  }
}

test('a monitor that is killed takes its container with it, which can be started again', async () => {
  const id = start('one');
  const first = pidIn(id, 'pid');
  process.kill(pidIn(id, 'monitor.pid'), 'SIGKILL');
  await until('seen by ps', () => statusOf('one').startsWith('Exited (137)'));
  // One that has ended may still wait for its parent.
  await until('its processes are gone', () => startTicksOf(first) === undefined);
  assert.equal(lab.ok('start', 'one'), 'one');
  lab.ok('rm', '-f', 'one');
});

test('a first process that is killed from outside is an end like any other', async () => {
  const id = start('two');
  process.kill(pidIn(id, 'pid'), 'SIGKILL');
  assert.equal(lab.ok('wait', 'two'), '137');
  await until('cleaned up', () => !readdirSync(lab.runFolder).includes(id));
  lab.ok('rm', 'two');
});

test('a command that is killed leaves its container; with --rm it goes when it ends', async () => {
  const program = join(import.meta.dirname, '../../dist/plimsoll.js');
  const args = ['run', '--rm', '--network', 'none', '--name', 'three', 'box:1', 'sleep', '1000'];
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...lab.environment },
    stdio: 'ignore',
  });
  await until('it runs', () => statusOf('three').startsWith('Up'));
  child.kill('SIGKILL');
  await sleep(100);
  assert.match(statusOf('three'), /^Up /);
  lab.ok('kill', 'three');
  await until('removed by its monitor', () => statusOf('three') === '');
});

test('after a reboot nothing runs, and everything can be started', async () => {
  const id = start('four');
  // As if the record were of another run of the machine; the processes of that one would be gone.
  lab.ok('kill', 'four');
  lab.ok('wait', 'four');
  await until('cleaned up', () => !readdirSync(lab.runFolder).includes(id));
  const database = new DatabaseSync(join(lab.folder, 'store/engine.db'));
  const row = database.prepare('SELECT state FROM container WHERE id = ?').get(id);
  const state = { ...JSON.parse(String(row?.['state'])), status: 'running', bootId: 'another' };
  database
    .prepare('UPDATE container SET status = ?, state = ? WHERE id = ?')
    .run('running', JSON.stringify(state), id);
  database.close();
  assert.match(statusOf('four'), /^Exited \(255\) /);
  lab.ok('start', 'four');
  assert.match(statusOf('four'), /^Up /);
  lab.ok('rm', '-f', 'four');
});

test('several commands at once: one wins, the others say so', async () => {
  const id = start('five');
  const ends = await Promise.all(
    ['stop -t 0', 'kill', 'rm -f', 'stop -t 0', 'rm -f'].map((line) =>
      lab.start([...line.split(' '), 'five']),
    ),
  );
  for (const { stderr } of ends) assert.doesNotMatch(stderr, /PL0004/);
  assert.equal(statusOf('five'), '');
  assert.ok(!readdirSync(lab.runFolder).includes(id));
  const made = await Promise.all(
    Array.from({ length: 6 }, (_, at) =>
      lab.start(['run', '--rm', '--network', 'none', 'box:1', 'echo', String(at)]),
    ),
  );
  assert.deepEqual(
    made.map(({ stdout }) => stdout.trim()),
    ['0', '1', '2', '3', '4', '5'],
  );
  assert.equal(lab.ok('ps', '-aq'), '');
});

test('health checks tell what has become of a container', async () => {
  const options = '--health-cmd|test -e /ok|--health-interval|300ms|--health-retries|2'.split('|');
  start('six', ...options);
  assert.match(statusOf('six'), /\(health: starting\)$/);
  await until('unhealthy', () => statusOf('six').endsWith('(unhealthy)'));
  lab.ok('exec', 'six', 'touch', '/ok');
  await until('healthy', () => statusOf('six').endsWith('(healthy)'));
  lab.ok('rm', '-f', 'six');
});
