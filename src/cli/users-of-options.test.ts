import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { plainContainer } from '../runtime/container-config.ts';
import { type ChosenUsers, type UserNamespaceOptions, usersOfOptions } from './users-of-options.ts';

const files: Readonly<Record<string, string>> = {
  '/etc/subuid': 'joe:100000:65536\njoe:300000:1000\n',
  '/etc/subgid': 'joe:100000:65536\nann:500000:10\n',
  '/proc/7/uid_map': '         0     100000      65536\n',
  '/proc/7/gid_map': '         0     200000         10\n        10     300000          5\n',
};

const range = [{ containerID: 0, hostID: 524_288, size: 65_536 }];
const sources = {
  readFile: (path: string): string => files[path] ?? '',
  freeUsers: (size: number | undefined) => [
    { containerID: 0, hostID: 524_288, size: size ?? 65_536 },
  ],
  configOf: () => ({ ...plainContainer, uidMappings: range, gidMappings: range }),
};

test('options of users', () => {
  const check = (options: UserNamespaceOptions, expected: Partial<ChosenUsers>): void => {
    const none = { user: { kind: 'host' }, uidMappings: [], gidMappings: [] } as const;
    assert.deepEqual(usersOfOptions(options, sources), { ...none, ...expected });
  };
  const own = { user: { kind: 'private' } } as const;
  const small = [{ containerID: 0, hostID: 524_288, size: 1024 }];
  check({}, {});
  check({ userns: 'host' }, {});
  check({ userns: 'auto' }, { ...own, uidMappings: range, gidMappings: range });
  check({ userns: 'auto:size=1024' }, { ...own, uidMappings: small, gidMappings: small });
  check(
    { userns: 'container:a' },
    { user: { kind: 'container', container: 'a' }, uidMappings: range, gidMappings: range },
  );
  check(
    { userns: 'ns:/proc/7/ns/user' },
    {
      user: { kind: 'path', path: '/proc/7/ns/user' },
      uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
      gidMappings: [
        { containerID: 0, hostID: 200_000, size: 10 },
        { containerID: 10, hostID: 300_000, size: 5 },
      ],
    },
  );
  const users = [
    { containerID: 0, hostID: 1000, size: 1 },
    { containerID: 1, hostID: 5000, size: 10 },
  ];
  check({ uidmap: ['0:1000', '1:5000:10'] }, { ...own, uidMappings: users, gidMappings: users });
  check(
    { uidmap: ['0:1000', '1:5000:10'], gidmap: ['0:7:1'] },
    { ...own, uidMappings: users, gidMappings: [{ containerID: 0, hostID: 7, size: 1 }] },
  );
  check(
    { subuidname: 'joe' },
    {
      ...own,
      uidMappings: [
        { containerID: 0, hostID: 100_000, size: 65_536 },
        { containerID: 65_536, hostID: 300_000, size: 1000 },
      ],
      gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    },
  );
});

test('options of users that are wrong', () => {
  const check = (options: UserNamespaceOptions, message: RegExp): void => {
    assert.throws(
      () => usersOfOptions(options, sources),
      (error) =>
        error instanceof PlimsollError && error.code === 'PL0001' && message.test(error.message),
      JSON.stringify(options),
    );
  };
  check({ userns: 'keep' }, /"keep" for --userns/);
  check({ userns: 'auto:size=0' }, /auto:size=0/);
  check({ userns: 'ns:/run/x' }, /ns:/);
  check({ userns: 'auto', uidmap: ['0:1:1'] }, /together/);
  check({ uidmap: ['0:1:0'] }, /--uidmap/);
  check({ uidmap: ['0:1:2:3'] }, /--uidmap/);
  check({ uidmap: ['-1:1:2'] }, /--uidmap/);
  check({ uidmap: ['0:4294967290:100'] }, /--uidmap/);
  check({ gidmap: ['0:1:10', '5:100:10'] }, /--gidmap/);
  check({ gidmap: ['0:1:10', '10:5:10'] }, /--gidmap/);
  check({ subuidname: 'nobody' }, /--subuidname/);
});
