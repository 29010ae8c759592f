import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { plainStyle } from '../lib/style.ts';
import { writeRows } from './format-rows.ts';

const rows = [
  { ID: 'abc', Name: 'redis', Size: '12MB', Labels: new Map([['a', '1']]) },
  { ID: 'a-very-long-id', Name: '日本\x1b[31m', Size: '1kB', Labels: new Map() },
];
const table = {
  table: '{{.ID}}\t{{.Name}}\t{{.Size}}',
  headings: { ID: 'IMAGE ID', Name: 'NAME', Size: 'SIZE' },
};

function written(format: string | undefined, isTerminal = false): string {
  const texts: string[] = [];
  const write = (text: string) => void texts.push(text);
  const output = { write, writeData: write, isTerminal, width: 80, style: plainStyle };
  writeRows(output, rows, { ...table, format });
  return texts.join('');
}

const byDefault = `IMAGE ID         NAME           SIZE
abc              redis          12MB
a-very-long-id   日本\\x1b[31m   1kB
`;

for (const [format, expected] of [
  [undefined, byDefault],
  ['table', byDefault],
  [
    'table {{.Size}}\\t{{upper .ID}}',
    'SIZE      IMAGE ID\n12MB      ABC\n1kB       A-VERY-LONG-ID\n',
  ],
  ['{{.ID}}\\t{{.Name}}', 'abc\tredis\na-very-long-id\t日本\x1b[31m\n'],
  ['{{json .Labels}}', '{"a":"1"}\n{}\n'],
] as const) {
  test(`rows as ${format}`, () => assert.equal(written(format), expected));
}

test('a terminal is not steered by a value', () => {
  assert.equal(written('{{.Name}}', true), 'redis\n日本\\x1b[31m\n');
});

test('json is one object a line', () => {
  const lines = written('json').trimEnd().split('\n');
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    ID: 'abc',
    Name: 'redis',
    Size: '12MB',
    Labels: { a: '1' },
  });
  assert.equal(lines.length, 2);
});

test('what is wrong with a template is wrong use', () => {
  for (const format of ['{{.Nope}}', '{{', 'table {{nope}}']) {
    assert.throws(
      () => written(format),
      (error) => error instanceof PlimsollError && error.code === 'PL0760',
    );
  }
});
