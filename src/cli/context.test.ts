import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheDirectoryOf } from './cache-directory.ts';
import { createContext, decideColour, type World } from './context.ts';
import { createProgress } from './progress.ts';

test('colour: the option, then NO_COLOR, then FORCE_COLOR, then the terminal', () => {
  const cases: readonly (readonly [
    string | undefined,
    Record<string, string>,
    boolean,
    boolean,
  ])[] = [
    [undefined, {}, true, true],
    [undefined, {}, false, false],
    ['auto', { TERM: 'dumb' }, true, false],
    ['auto', { NO_COLOR: '1' }, true, false],
    ['auto', { NO_COLOR: '' }, true, true],
    ['auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    ['auto', { FORCE_COLOR: '1' }, false, true],
    ['auto', { FORCE_COLOR: '0' }, true, false],
    ['always', { NO_COLOR: '1' }, false, true],
    ['never', { FORCE_COLOR: '1' }, true, false],
  ];
  for (const [asked, environment, terminal, expected] of cases)
    assert.equal(
      decideColour(asked, environment, terminal),
      expected,
      JSON.stringify([asked, environment]),
    );
});

test('the cache lies where XDG says, relative values are ignored', () => {
  assert.equal(cacheDirectoryOf({ PLIMSOLL_CACHE_DIR: '/c', XDG_CACHE_HOME: '/x' }), '/c');
  assert.equal(cacheDirectoryOf({ XDG_CACHE_HOME: '/x', HOME: '/h' }), '/x/plimsoll');
  assert.equal(cacheDirectoryOf({ XDG_CACHE_HOME: 'x', HOME: '/h' }), '/h/.cache/plimsoll');
  assert.match(cacheDirectoryOf({}), /\/plimsoll-\d+$/);
});

test('options apply to a context that is already handed out', () => {
  const nothing = { write: () => undefined, isTTY: true, columns: 100 };
  const world: World = {
    stdout: nothing,
    stderr: nothing,
    stdin: () => process.stdin,
    environment: {},
    cwd: '/',
    packageRoot: '/',
    now: () => new Date(0),
    signal: new AbortController().signal,
  };
  const { context, apply, exitCode } = createContext(world);
  assert.equal(context.verbosity, 'normal');
  apply({ quiet: true, color: 'never' });
  assert.equal(context.verbosity, 'quiet');
  assert.equal(context.stdout.style.red('x'), 'x');
  assert.equal(context.stdout.width, 100);
  context.setExitCode(1);
  assert.equal(exitCode(), 1);
});

test('progress: nothing for quick work, at most ten lines a second, erased at the end', () => {
  const written: string[] = [];
  let time = 0;
  const output = createContext({
    stdout: { write: () => undefined },
    stderr: { write: (text) => written.push(text), isTTY: true, columns: 40 },
    stdin: () => process.stdin,
    environment: {},
    cwd: '/',
    packageRoot: '/',
    now: () => new Date(time),
    signal: new AbortController().signal,
  }).context.stderr;
  const progress = createProgress(
    output,
    () => true,
    () => time,
  );
  progress.update('quick');
  progress.clear();
  assert.equal(written.length, 0);
  for (time = 0; time < 1000; time += 1) progress.update(`step ${time} \x1b[2J ${'x'.repeat(80)}`);
  assert.ok(written.length >= 5 && written.length <= 10, String(written.length));
  assert.ok(written.every((line) => line.length < 50 && !line.includes('\x1b[2J')));
  progress.clear();
  assert.equal(written.at(-1), '\r\x1b[2K');
});
