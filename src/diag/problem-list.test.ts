import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from './diagnostic.ts';
import { problemList } from './problem-list.ts';

const problem = (code: Diagnostic['code'], path: string): Diagnostic => ({
  code,
  severity: 'warning',
  message: path,
  at: { target: 't', layer: 'l', path },
});

test('the first problems are kept, the rest counted by code', () => {
  const list = problemList(2);
  assert.deepEqual(list.all(), []);
  for (const path of ['/a', '/b', '/c', '/d']) list.add(problem('PL0206', path));
  list.add(problem('PL0202', '/e'));
  const at = { target: 't', layer: 'l' };
  assert.deepEqual(list.all(), [
    problem('PL0206', '/a'),
    problem('PL0206', '/b'),
    { code: 'PL0206', severity: 'warning', message: '2 more problems of this kind', at },
    { code: 'PL0202', severity: 'warning', message: '1 more problem of this kind', at },
  ]);
});
