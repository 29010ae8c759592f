import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Abi } from './abi.ts';
import { argumentName } from './argument-names.ts';

const cases: readonly [string, string, number, string | undefined, Abi?][] = [
  ['ioctl', 'request', 0x5401, 'TCGETS'],
  ['ioctl', 'request', 0x5413, 'TIOCGWINSZ'],
  ['ioctl', 'request', 0x40049409, 'FICLONE'],
  ['ioctl', 'request', 0x12345678, undefined],
  ['openat', 'flags', 0, 'O_RDONLY'],
  ['openat', 'flags', 0o2000000, 'O_RDONLY|O_CLOEXEC'],
  ['openat', 'flags', 0o2000101, 'O_WRONLY|O_CREAT|O_CLOEXEC'],
  ['openat', 'flags', 0o200000, 'O_RDONLY|O_DIRECTORY'],
  ['openat', 'flags', 0o40000, 'O_RDONLY|O_DIRECTORY', 'aarch64'],
  ['fcntl', 'cmd', 1030, 'F_DUPFD_CLOEXEC'],
  ['prctl', 'option', 38, 'PR_SET_NO_NEW_PRIVS'],
  ['clone', 'flags', 0x1200011, 'CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD'],
  ['socket', 'family', 2, 'AF_INET'],
  ['socket', 'type', 0x80801, 'SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC'],
  ['futex', 'op', 0x81, 'FUTEX_WAKE|FUTEX_PRIVATE_FLAG'],
  ['getrandom', 'flags', 1, 'GRND_NONBLOCK'],
  ['memfd_create', 'flags', 3, 'MFD_CLOEXEC|MFD_ALLOW_SEALING'],
  ['mmap', 'flags', 0x22, 'MAP_PRIVATE|MAP_ANONYMOUS'],
  ['mmap', 'prot', 0, '0'],
  ['bpf', 'cmd', 5, 'BPF_PROG_LOAD'],
  ['io_uring_register', 'opcode', 1, 'IORING_UNREGISTER_BUFFERS'],
  ['read', 'fd', 1, undefined],
];

test('arguments by name', () => {
  for (const [call, argument, value, expected, abi = 'x86_64'] of cases)
    assert.equal(
      argumentName(abi, call, argument, value),
      expected,
      `${call} ${argument} ${value}`,
    );
});
