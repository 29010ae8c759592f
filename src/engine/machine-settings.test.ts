import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineSettings } from './machine-settings.ts';

const jane = { uid: 1000, gid: 1000, name: 'jane' };

/** A machine on which all is well. */
const well: Readonly<Record<string, string>> = {
  '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
  '/proc/filesystems': 'nodev\tproc\nnodev\toverlay\n',
  '/proc/sys/user/max_user_namespaces': '15000\n',
  '/etc/subuid': 'jane:100000:65536\n',
  '/etc/subgid': '1000:100000:65536\n',
};

type Changes = Readonly<Record<string, string | undefined>>;

function bad(changes: Changes, devices = true): readonly (readonly [string, string | undefined])[] {
  const files: Changes = { ...well, ...changes };
  return machineSettings(
    jane,
    (path) => files[path],
    () => devices,
  )
    .filter(({ ok }) => !ok)
    .map(({ name, fix }) => [name, fix]);
}

const cases: readonly (readonly [
  what: string,
  changes: Changes,
  expected: readonly (readonly [string, string])[],
])[] = [
  ['all is well', {}, []],
  [
    'no ids',
    { '/etc/subuid': 'joe:100000:65536\n' },
    [['subuid', 'usermod --add-subuids 165536-231071 jane']],
  ],
  [
    'too few ids',
    { '/etc/subgid': 'jane:100000:1000\n' },
    [['subgid', 'usermod --add-subgids 101000-166535 jane']],
  ],
  [
    'no user namespaces',
    { '/proc/sys/user/max_user_namespaces': '0\n' },
    [['user namespaces', 'sysctl -w user.max_user_namespaces=15000']],
  ],
  [
    'only for some, by AppArmor',
    { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n' },
    [['user namespaces', 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0']],
  ],
  ['no overlay', { '/proc/filesystems': 'nodev\tproc\n' }, [['overlay', 'modprobe overlay']]],
  [
    'no memory controller',
    { '/sys/fs/cgroup/cgroup.controllers': 'cpu pids\n' },
    [
      [
        'cgroups',
        'boot without cgroup_disable= of them; in a container, start it with its own cgroup',
      ],
    ],
  ],
  [
    'no cgroups',
    { '/sys/fs/cgroup/cgroup.controllers': undefined },
    [['cgroups', 'mount -t cgroup2 none /sys/fs/cgroup']],
  ],
];

for (const [what, changes, expected] of cases)
  test(`settings of a machine: ${what}`, () => assert.deepEqual(bad(changes), expected));

test('settings of a machine: version 1 of cgroups is as good, devices are told', () => {
  const version1 = {
    '/sys/fs/cgroup/cgroup.controllers': undefined,
    '/proc/self/mounts': 'cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\n',
  };
  assert.deepEqual(bad(version1), []);
  assert.deepEqual(bad({}, false), [
    ['/dev/net/tun', 'modprobe tun'],
    ['/dev/fuse', 'modprobe fuse'],
  ]);
});
