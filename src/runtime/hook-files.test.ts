import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { isMeant, parseHookFile } from './hook-files.ts';

const file = (when: object, more: object = {}): string =>
  JSON.stringify({
    version: '1.0.0',
    hook: { path: '/bin/true' },
    when,
    stages: ['prestart'],
    ...more,
  });

test('conditions of hooks', () => {
  const check = (when: object, expected: boolean): void => {
    const spec = {
      process: { args: ['/usr/bin/app', '-d'] } as never,
      mounts: [{ destination: '/srv', options: ['rbind'] }] as never,
      annotations: { 'com.example.gpu': 'two' },
    };
    assert.equal(
      isMeant(parseHookFile(file(when), 'x.json'), spec),
      expected,
      JSON.stringify(when),
    );
  };
  check({ always: true }, true);
  check({ always: false }, false);
  check({}, false);
  check({ commands: ['/app$'] }, true);
  check({ commands: ['^nothing', '/usr/bin/.*'] }, true);
  check({ commands: ['-d'] }, false);
  check({ hasBindMounts: true }, true);
  check({ hasBindMounts: false }, false);
  check({ annotations: { '^com\\.example\\.': '^(one|two)$' } }, true);
  check({ annotations: { '^com\\.example\\.': '^one$' } }, false);
  check({ always: true, commands: ['^nothing'] }, false);
});

test('files of hooks that are not valid', () => {
  const check = (text: string, message: RegExp): void =>
    assert.throws(
      () => parseHookFile(text, 'x.json'),
      (error) =>
        error instanceof PlimsollError && error.code === 'PL0837' && message.test(error.message),
      text,
    );
  check('{', /JSON/);
  check(file({ always: true }, { version: '0.1.0' }), /version/);
  check(file({ commands: ['('] }), /when\.commands\.0/);
  check(file({ always: true }, { stages: ['later'] }), /stages\.0/);
  check(file({ always: true }, { hook: { path: 'true' } }), /hook\.path/);
});
