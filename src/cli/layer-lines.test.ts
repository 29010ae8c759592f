import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainStyle } from '../lib/style.ts';
import { type LayerLine, layerLines } from './layer-lines.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** What is written for lines that come a second apart. */
function written(live: boolean, width: number, lines: readonly LayerLine[]): string {
  let text = '';
  let time = 0;
  const shown = layerLines(
    {
      write: (more) => {
        text += more;
      },
      writeData: () => undefined,
      isTerminal: live,
      width,
      style: plainStyle,
    },
    { live, now: () => (time += 1000), verb: 'pulled' },
  );
  for (const line of lines) shown.set(line);
  shown.end();
  return text;
}

const run: readonly LayerLine[] = [
  { digest: digest('a'), says: 'Pulling fs layer', phase: 'waiting' },
  { digest: digest('b'), says: 'Already exists', phase: 'done' },
  {
    digest: digest('a'),
    says: 'Downloading',
    phase: 'active',
    bytes: 5_000_000,
    total: 10_000_000,
  },
  {
    digest: digest('a'),
    says: 'Downloading',
    phase: 'active',
    bytes: 10_000_000,
    total: 10_000_000,
  },
  { digest: digest('a'), says: 'Pull complete', phase: 'done' },
];

test('not on a terminal: one line for each change, without bars', () => {
  assert.equal(
    written(false, 80, run),
    'aaaaaaaaaaaa: Pulling fs layer\nbbbbbbbbbbbb: Already exists\naaaaaaaaaaaa: Pull complete\n',
  );
});

/** What a terminal shows at the end of each writing: the sequences that are used, played. */
function screens(text: string): readonly string[] {
  const rows: string[] = [];
  let row = 0;
  const shown: string[] = [];
  for (const part of text.split(/(?=\x1b\[\d+A)|(?=\r)/)) {
    const up = /^\x1b\[(\d+)A/.exec(part);
    if (up) row -= Number(up[1]);
    const rest = part.replace(/^\x1b\[\d+A/, '').replace(/^\r/, '');
    if (!rest.startsWith('\x1b[0J')) continue;
    rows.length = row;
    for (const line of rest.slice(4).split('\n').slice(0, -1)) rows[row++] = line;
    shown.push(rows.join('\n'));
  }
  return shown;
}

test('on a terminal: bars are written over, what is done stays above', () => {
  const shown = screens(written(true, 80, run));
  const isBar = (line: string): boolean => line.includes('[');
  const lines = (keep: (line: string) => boolean): readonly string[] =>
    shown.map((screen) => screen.split('\n').filter(keep).join('\n'));
  const exists = 'bbbbbbbbbbbb: Already exists';
  const complete = 'aaaaaaaaaaaa: Pull complete';
  assert.deepEqual(
    lines((line) => !isBar(line)),
    [
      '0 of 1 layers pulled, 0B, 0B/s',
      `${exists}\n1 of 2 layers pulled, 0B, 0B/s`,
      `${exists}\n1 of 2 layers pulled, 5MB, 1.67MB/s`,
      `${exists}\n1 of 2 layers pulled, 10MB, 2MB/s`,
      `${exists}\n${complete}\n2 of 2 layers pulled, 10MB, 2MB/s`,
      `${exists}\n${complete}`,
    ],
  );
  const [half = '', full = ''] = lines(isBar).filter((text) => text !== '');
  assert.match(half, /^aaaaaaaaaaaa: Downloading +\[=+> +\] +5MB\/10MB$/);
  assert.match(full, /^aaaaaaaaaaaa: Downloading +\[=+\] +10MB\/10MB$/);
});

test('no line is wider than the terminal', () => {
  for (const width of [40, 60, 200]) {
    for (const line of screens(written(true, width, run))
      .join('\n')
      .split('\n'))
      assert.ok(line.length < width, `${width}: ${line}`);
  }
});
