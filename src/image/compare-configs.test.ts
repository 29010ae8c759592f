import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareConfigs } from './compare-configs.ts';

const same = {
  User: '',
  Env: ['A=1', 'B', 'C=x=y'],
  Labels: new Map([['k', 'v']]),
  Volumes: new Map([['/d', {}]]),
  OnBuild: null,
};

for (const [name, after, ...expected] of [
  ['the same, and what is empty', { ...same, User: undefined, Cmd: [], Tty: false }],
  ['a variable without a value', { ...same, Env: ['A=1', 'B=', 'C=x=y'] }],
  [
    'variables by name, whatever their order',
    { ...same, Env: ['C=x', 'A=1'] },
    { part: 'Env C', from: 'x=y', to: 'x' },
    { part: 'Env B', from: '' },
  ],
  [
    'maps by key',
    { ...same, Labels: new Map([['n', 'w']]), Volumes: null },
    { part: 'Labels n', to: 'w' },
    { part: 'Labels k', from: 'v' },
    { part: 'Volumes /d', from: '' },
  ],
  [
    'objects as JSON',
    { ...same, Healthcheck: { Test: ['CMD', 'true'] } },
    { part: 'Healthcheck', to: '{"Test":["CMD","true"]}' },
  ],
] as const) {
  test(`configuration: ${name}`, () => assert.deepEqual(compareConfigs(same, after), expected));
}
