import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { resolveUser } from './user.ts';

const files = {
  passwd: [
    'root:x:0:0:root:/root:/bin/sh',
    'broken line',
    'web:x:33:33:web:/var/www:/bin/false',
    'nohome:x:34:7::',
    '',
  ].join('\n'),
  group: ['root:x:0:', 'disk:x:6:web,root', 'lp:x:7:', 'web:x:33:', 'video:x:44:web'].join('\n'),
};

test('users and groups are found by name and by number', () => {
  const check = (
    asked: string,
    expected: readonly [number, number, readonly number[], string],
    groupAdd: readonly string[] = [],
  ): void => {
    const { uid, gid, additionalGids, home } = resolveUser(asked, files, groupAdd);
    assert.deepEqual([uid, gid, additionalGids, home], expected, asked);
  };
  check('', [0, 0, [6], '/root']);
  check('web', [33, 33, [6, 44], '/var/www']);
  check('33', [33, 33, [6, 44], '/var/www']);
  check('web:lp', [33, 7, [], '/var/www']);
  check('web:4711', [33, 4711, [], '/var/www']);
  check('4711', [4711, 0, [], '/']);
  check('4711:4712', [4711, 4712, [], '/']);
  check(':lp', [0, 7, [], '/root']);
  check('nohome', [34, 7, [], '/']);
  check('web', [33, 33, [6, 44, 7, 99], '/var/www'], ['lp', '99', '44']);
});

test('an image without account files has numbers only', () => {
  const none = { passwd: '', group: '' };
  assert.deepEqual(resolveUser('', none), { uid: 0, gid: 0, additionalGids: [], home: '/' });
  for (const asked of ['web', '0:staff', String(2 ** 31), '-1']) {
    assert.throws(
      () => resolveUser(asked, none),
      (error) => error instanceof PlimsollError && error.code === 'PL0801',
      asked,
    );
  }
});
