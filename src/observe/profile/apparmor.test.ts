import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace } from '../trace/trace.ts';
import { apparmorProfile } from './apparmor.ts';

const trace: Trace = {
  schema: 'plimsoll.trace/1',
  target: 'web',
  source: 'ebpf',
  machine: 'x86_64',
  kernel: '6.12',
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 1,
  programs: [{ path: '/usr/sbin/web', threads: [] }],
  values: [
    {
      program: '/usr/sbin/web',
      call: 'socket',
      count: 1,
      arguments: {
        family: { value: 2, name: 'AF_INET' },
        type: { value: 524289, name: 'SOCK_STREAM|SOCK_CLOEXEC' },
      },
    },
  ],
  paths: [
    ['openat', '/etc/web.conf', 'O_RDONLY|O_CLOEXEC'],
    ['openat', '/var/log/a b.log', 'O_WRONLY|O_CREAT|O_APPEND'],
    ['openat', '/lib/libc.so.6', 'O_RDONLY|O_CLOEXEC'],
    ['openat', '/srv', 'O_RDONLY|O_DIRECTORY'],
    ['openat', '/proc/77/stat', 'O_RDONLY'],
    ['unlink', '/run/web.pid', undefined],
    ['openat', 'local', 'O_RDONLY'],
  ].map(([call = '', path = '', flags]) => ({
    program: '/usr/sbin/web',
    call,
    path,
    count: 1,
    ...(flags === undefined ? {} : { flags }),
  })),
  latency: [],
  losses: {},
};

test('rights follow from what was done, and what is not known is said', () => {
  const profile = apparmorProfile('web', trace, ['CAP_NET_BIND_SERVICE']);
  for (const line of [
    'profile "web" flags=(attach_disconnected,mediate_deleted) {',
    '  capability net_bind_service,',
    '  network inet stream,',
    '  "/usr/sbin/web" rmix,',
    '  "/etc/web.conf" r,',
    '  "/var/log/a b.log" w,',
    '  "/lib/libc.so.6" rm,',
    '  "/srv/" r,',
    '  "/proc/@{pid}/stat" r,',
    '  "/run/web.pid" w,',
    '  #   "local"',
  ])
    assert.ok(profile.split('\n').includes(line), line);
});
