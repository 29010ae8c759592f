// The browser without a terminal: keys in, lines out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyseLayers } from '../../image/analyse-layers.ts';
import type { FileNode } from '../../image/file-tree.ts';
import type { LayerIndex } from '../../image/merge.ts';
import { plainStyle } from '../../lib/style.ts';
import { textWidth } from '../../lib/text-width.ts';
import { fileTreeOf } from './file-rows.ts';
import { parseKeys } from './keys.ts';
import { type BrowserData, type BrowserState, firstState, press } from './state.ts';
import { drawBrowser, type Screen } from './view.ts';

const node = (path: string, size = 0): FileNode => ({
  path,
  type: size > 0 ? 'file' : 'directory',
  mode: size > 0 ? 0o644 : 0o755,
  uid: 0,
  gid: 0,
  size,
  mtime: 0,
});

const layer = (entries: LayerIndex<string>['entries']): LayerIndex<string> => ({
  entries,
  problems: [],
  bytes: 0,
});

const indexes = [
  layer(
    [node('/etc'), node('/etc/passwd', 900), node('/opt'), node('/opt/app', 5_000_000)].map(
      (one) => ({ node: one }),
    ),
  ),
  layer([
    { node: node('/opt/app'), whiteout: 'whiteout' as const },
    { node: node('/opt/new\x1b[2J', 20) },
    { node: node('/etc/passwd', 901) },
  ]),
];
const report = {
  reference: 'docker.io/library/app:1',
  labels: [
    { id: 'sha256:1111', createdBy: '/bin/sh -c #(nop) ADD file:1 in / ' },
    { id: 'sha256:2222', createdBy: 'RUN /bin/sh -c rm /opt/app # buildkit' },
  ],
  analysis: analyseLayers(indexes),
};
const data: BrowserData = {
  report,
  tree: (at, whole) => fileTreeOf(report.analysis, indexes, at, whole),
};

/** The state after some keys; undefined when one of them left. */
function after(...keys: readonly string[]): BrowserState | undefined {
  return keys.reduce<BrowserState | undefined>(
    (state, key) => (state === undefined ? undefined : press(state, key, data, 10)),
    firstState(data),
  );
}

function screenOf(state: BrowserState | undefined, more: Partial<Screen> = {}): readonly string[] {
  assert.ok(state !== undefined);
  return drawBrowser(state, data, {
    rows: 12,
    columns: 80,
    style: plainStyle,
    ascii: true,
    ...more,
  });
}

/** The files that are seen: mark and name. */
function files(state: BrowserState | undefined): readonly string[] {
  return screenOf(state, { columns: 60, rows: 20 })
    .slice(2, -2)
    .map((line) => line.replace(/\x1b\[\d+m/g, '').trimEnd())
    .filter((line) => line !== '');
}

test('every line has exactly the columns of the terminal, at any size', () => {
  for (const columns of [20, 40, 75, 76, 80, 200]) {
    for (const rows of [5, 10, 24, 60]) {
      for (const keys of [[], ['tab'], ['?'], ['w'], ['a', 'tab', 'down'], ['/', 'x', 'y']]) {
        const lines = screenOf(after(...keys), { columns, rows });
        assert.equal(lines.length, rows, `${columns}×${rows} ${keys}`);
        for (const line of lines)
          assert.equal(textWidth(line.replace(/\x1b\[\d+m/g, '')), columns, line);
      }
    }
  }
});

test('names cannot steer the terminal', () => {
  for (const keys of [['tab'], ['tab', 'end'], ['w'], ['a']])
    for (const line of screenOf(after(...keys)))
      assert.doesNotMatch(line, /\x1b(?!\[(?:7|27)m)/, JSON.stringify(line));
});

test('the top layer is seen first, with what it changed', () => {
  const lines = files(after('tab'));
  assert.equal(lines.length, 5);
  assert.match(lines[0] ?? '', /v etc\/$/);
  assert.match(lines[1] ?? '', /^C .* 901B {6}passwd$/);
  assert.match(lines[3] ?? '', /^D .* -5MB {6}app$|^A .* 20B {6}new\\x1b\[2J$/);
});

test('all files after a layer, folders opened and closed, cursor kept inside', () => {
  assert.match(files(after('up', 'tab')).join('\n'), /^A .*app$/m);
  assert.match(files(after('a', 'tab')).join('\n'), /passwd/);
  const closed = after('tab', 'left', '-');
  assert.equal(files(closed).length, 2);
  assert.equal(files(after('tab', '-', 'right', 'down', 'h')).length, 3);
  assert.equal(after('tab', 'end', 'down', 'page-down')?.cursor, 4);
  assert.equal(after('up', 'up', 'up')?.layer, 0);
});

test('search narrows the tree to what fits, and ends', () => {
  const found = after('/', 'P', 'a', 's', 's', 'enter');
  assert.deepEqual(
    files(found).map((line) => line.replace(/^.* /, '')),
    ['etc/', 'passwd'],
  );
  assert.match(files(after('/', 'z', 'z', 'enter')).join(), /nothing with 'zz'/);
  assert.equal(after('/', 'q', 'enter', 'escape')?.filter, '');
  assert.equal(after('/', 'a', 'b', 'backspace')?.filter, 'a');
});

test('q and ctrl-c leave; q in a search is a letter', () => {
  assert.equal(after('q'), undefined);
  assert.equal(after('/', 'ctrl-c'), undefined);
  assert.equal(after('/', 'q')?.filter, 'q');
  assert.equal(after('?', 'q')?.overlay, 'none');
});

for (const [bytes, keys, rest] of [
  ['jk', ['j', 'k'], ''],
  ['\x1b[A\x1bOB\x1b[5~', ['up', 'down', 'page-up'], ''],
  ['\x1b', [], '\x1b'],
  ['\x1b[', [], '\x1b['],
  ['\x1bx', ['escape', 'x'], ''],
  ['\x1b[200~é\t\r\x03', ['é', 'tab', 'enter', 'ctrl-c'], ''],
] as const) {
  test(`keys of ${JSON.stringify(bytes)}`, () => {
    assert.deepEqual(parseKeys(bytes), { keys, rest });
  });
}
