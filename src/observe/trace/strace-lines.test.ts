import assert from 'node:assert/strict';
import { test } from 'node:test';
import { straceNumber, straceParser, straceText } from './strace-lines.ts';

const calls = (lines: readonly string[]) => {
  const parse = straceParser();
  return lines.map((line) => parse(line)).filter((call) => call !== undefined);
};

test('whole calls, with results, errors and durations', () => {
  const [opened, failed] = calls([
    '12 1795945765.302941 openat(-100, "/a, \\"b\\"", 0x80000) = 3 <0.000010>',
    '12 1795945765.302942 access("/x", 0x4)  = -1 ENOENT (No such file or directory) <0.000009>',
  ]);
  assert.deepEqual(opened, {
    thread: 12,
    name: 'openat',
    args: ['-100', '"/a, \\"b\\""', '0x80000'],
    at: 1795945765.302941,
    durationNs: 10000,
    result: { value: '3' },
  });
  assert.deepEqual(failed?.result, { value: '-1', errno: 'ENOENT' });
});

test('a call that another thread interrupts is joined', () => {
  const [other, joined] = calls([
    '12 1.000000 wait4(-1,  <unfinished ...>',
    '13 1.000001 close(3)        = 0 <0.000002>',
    '12 1.500000 <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 13 <0.500000>',
  ]);
  assert.equal(other?.name, 'close');
  assert.deepEqual(joined?.args, ['-1', '[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]', '0', 'NULL']);
  assert.equal(joined?.at, 1);
});

test('a call that never comes back, signals and ends', () => {
  const found = calls([
    '12 1.0 exit_group(0)   = ?',
    '12 1.0 --- SIGCHLD {si_signo=17} ---',
    '12 1.0 +++ exited with 0 +++',
    '12 1.0 pause() = ? ERESTARTNOHAND (To be restarted if no handler) <0.1>',
  ]);
  assert.deepEqual(
    found.map(({ name, result }) => [name, result]),
    [
      ['exit_group', undefined],
      ['pause', { value: '?', errno: 'ERESTARTNOHAND' }],
    ],
  );
});

test('texts and numbers of C', () => {
  assert.deepEqual(straceText('"/\\303\\244\\n"'), { text: '/ä\n', cut: false });
  assert.deepEqual(straceText('"/a"...'), { text: '/a', cut: true });
  assert.equal(straceText('NULL'), undefined);
  assert.equal(straceNumber('0x80000'), 0x80000);
  assert.equal(straceNumber('-100'), 2 ** 32 - 100);
  assert.equal(straceNumber('{st_mode=1}'), undefined);
});
