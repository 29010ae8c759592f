import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceReader } from './trace.ts';

const cases: readonly [name: string, lines: string, expected: Record<string, string[]>][] = [
  [
    'children belong to the program that made them, until they start another',
    `10 execve("/bin/sh", ["sh"], 0x1 /* 9 vars */) = 0
10 brk(NULL) = 0x55
10 vfork( <unfinished ...>
11 close(3) = 0
11 execve("/bin/true", ["true"], 0x1 /* 9 vars */ <unfinished ...>
10 <... vfork resumed>) = 11
11 <... execve resumed>) = 0
11 uname({}) = 0
11 exit_group(0) = ?
11 +++ exited with 0 +++
10 wait4(-1, NULL, 0, NULL) = 11`,
    {
      '/bin/sh': ['brk', 'close', 'execve', 'vfork', 'wait4'],
      '/bin/true': ['exit_group', 'uname'],
    },
  ],
  [
    'a failed execve changes nothing; relative paths follow the working directory',
    `10 execve("/bin/sh", ["sh"], 0x1 /* 9 vars */) = 0
10 execve("/none", ["a"], 0x1 /* 9 vars */) = -1 ENOENT (No such file or directory)
10 chdir("/tmp") = 0
10 execve("./a b", ["a"], 0x1 /* 9 vars */) = 0
10 getpid() = 10`,
    { '/bin/sh': ['chdir', 'execve'], '/tmp/./a b': ['getpid'] },
  ],
  [
    'a thread that starts a program takes the place of its process',
    `10 execve("/bin/a", ["a"], 0x1 /* 9 vars */) = 0
10 clone3({flags=CLONE_THREAD} => {parent_tid=[11]}, 88) = 11
11 execve("/bin/b", ["b"], 0x1 /* 9 vars */ <unfinished ...>
10 +++ superseded by execve in pid 11 +++
10 <... execve resumed>) = 0
10 pause() = ?`,
    { '/bin/a': ['clone3', 'execve'], '/bin/b': ['pause'] },
  ],
  [
    'calls of the 32-bit ABI',
    `10 execve("/bin/a", ["a"], 0x1 /* 9 vars */) = 0
10 [ Process PID=10 runs in 32 bit mode. ]
10 getpid() = 10
10 [ Process PID=10 runs in 64 bit mode. ]
10 getuid() = 0`,
    { '/bin/a': ['getuid', 'i386:getpid'] },
  ],
];

for (const [name, lines, expected] of cases) {
  test(name, () => {
    const reader = traceReader('/');
    for (const line of lines.split('\n')) reader.line(line);
    const seen = Object.fromEntries(
      [...reader.seen()]
        .filter(([path]) => path !== '')
        .map(([path, calls]) => [path, [...calls].sort()]),
    );
    assert.deepEqual(seen, expected);
  });
}
