// Containers on a terminal: its size at the start and later, leaving it by keys, coming back, and the exit code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEngineLab } from './engine-lab.ts';

const lab = openEngineLab();
after(() => lab.close());

type Step = readonly [string, ...(readonly (string | number)[])];

function onTerminal(line: readonly string[], steps: readonly Step[]): void {
  const program = join(import.meta.dirname, '../../dist/plimsoll.js');
  const { status, stdout, stderr } = spawnSync(
    'python3',
    [
      join(import.meta.dirname, 'terminal.py'),
      JSON.stringify(steps),
      process.execPath,
      program,
      ...line,
    ],
    { env: { ...lab.environment, TERM: 'xterm' }, encoding: 'utf8', timeout: 100_000 },
  );
  assert.equal(status, 0, `${line.join(' ')}: ${stdout}${stderr}`);
}

test('run -it: size, detaching by keys, attach, exit code', () => {
  const run = ['run', '-it', '--network', 'none', '--no-check', '--name', 'tty', 'box:1', 'sh'];
  onTerminal(run, [
    ['size', 33, 101],
    ['send', 'stty size\r'],
    ['expect', '33 101\\s'],
    ['size', 40, 120],
    ['send', 'stty size; X=kept\r'],
    ['expect', '40 120\\s'],
    ['send', '\u0010\u0011'],
    ['end', 0],
  ]);
  assert.equal(lab.ok('ps', '--format', '{{.Names}} {{.State}}'), 'tty running');
  onTerminal(
    ['attach', 'tty'],
    [
      ['send', '\recho is-$X\r'],
      ['expect', 'is-kept\\s'],
      ['send', 'exit 3\r'],
      ['end', 3],
    ],
  );
  assert.equal(lab.ok('wait', 'tty'), '3');
});

test('exec -it has a terminal of its own; other keys leave it', () => {
  lab.ok('run', '-d', '--network', 'none', '--no-check', '--name', 'bg', 'box:1', 'sleep', '1000');
  onTerminal(
    ['exec', '-it', '--detach-keys', 'ctrl-a,d', 'bg', 'sh'],
    [
      ['size', 21, 71],
      ['send', 'stty size; tty=$(test -t 0 && echo yes); echo tty-$tty\r'],
      ['expect', '21 71\\s'],
      ['expect', 'tty-yes\\s'],
      ['send', '\u0001d'],
      ['end', 0],
    ],
  );
  onTerminal(['exec', '-it', 'bg', 'sh', '-c', 'exit 5'], [['end', 5]]);
});
