import assert from 'node:assert/strict';
import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { openNull, openPipe, piecesOf, spawnProgram, textOf } from './spawn.ts';

/** Runs a line of sh: what it wrote to its descriptors 1 and 3, and how it ended. */
async function ran(line: string, environment: Readonly<Record<string, string>> = {}) {
  const [output, further] = [openPipe(), openPipe()];
  const nothing = openNull();
  const given = [nothing, output.write, nothing, further.write];
  const child = spawnProgram({
    path: '/bin/sh',
    args: ['-c', line],
    environment: { PATH: '/usr/bin:/bin', ...environment },
    descriptors: given,
  });
  for (const fd of new Set(given)) closeSync(fd);
  const [stdout, third] = await Promise.all([textOf(output.read), textOf(further.read)]);
  return { stdout, third, status: await child.wait() };
}

const openNow = (): number => readdirSync('/proc/self/fd').length;

test('a program has its words, its environment and the descriptors that it is given, and no others', async () => {
  const before = openNow();
  assert.deepEqual(await ran('echo "$A"; echo more >&3; exit 7', { A: 'ä $b' }), {
    stdout: 'ä $b\n',
    third: 'more\n',
    status: 7,
  });
  const other = openPipe();
  const { stdout } = await ran('ls -l /proc/self/fd');
  assert.ok(!stdout.includes(readlinkSync(`/proc/self/fd/${other.read}`)), stdout);
  for (const fd of [other.read, other.write]) closeSync(fd);
  assert.equal(openNow(), before);
});

test('signals are as usual in it, and its end by one is told', async () => {
  // Node ignores SIGPIPE, and blocks nothing while JavaScript runs.
  const { stdout } = await ran('grep -E "^Sig(Ign|Blk)" /proc/self/status');
  for (const [, set] of stdout.matchAll(/\t([0-9a-f]+)/g)) assert.equal(Number(`0x${set}`), 0);
  assert.equal((await ran('kill -9 $$')).status, 137);
  assert.equal(
    (await ran('exec 1>&- 3>&-; sleep 0.2; exit 3')).status,
    3,
    'it ends after its output',
  );
});

test('what cannot be started says why and leaves nothing open', () => {
  const before = openNow();
  for (const [path, code] of [
    ['/nowhere', 'ENOENT'],
    ['/etc/passwd', 'EACCES'],
  ] as const)
    assert.throws(() => spawnProgram({ path, args: [], environment: {}, descriptors: [] }), {
      code,
    });
  assert.equal(openNow(), before);
});

test('output of any length comes whole, piece by piece', async () => {
  const { stdout } = await ran('head -c 300000 /dev/zero | tr "\\0" x');
  assert.equal(stdout.length, 300_000);
  const pipe = openPipe();
  closeSync(pipe.write);
  assert.equal((await piecesOf(pipe.read).next()).done, true);
});
