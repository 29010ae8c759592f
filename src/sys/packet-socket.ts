// Unix sockets of packets (SOCK_SEQPACKET, SOCK_DGRAM), which Node cannot open; once connected, fs.read and fs.write work on
// them: each takes or gives one packet.
import { closeSync } from 'node:fs';
import { systemError } from './errno.ts';
import { lastError, lazyFunction } from './libc.ts';

const c = {
  socket: lazyFunction('socket', 'int', ['int', 'int', 'int']),
  connect: lazyFunction('connect', 'int', ['int', 'const void *', 'unsigned int']),
  shutdown: lazyFunction('shutdown', 'int', ['int', 'int']),
};

// include/linux/socket.h, include/linux/net.h
const AF_UNIX = 1;
const types = { packets: 5, datagrams: 2 } as const;
const SOCK_CLOEXEC = 0o2000000;
const SHUT_WR = 1;
const SHUT_RDWR = 2;
/** sizeof sun_path. */
const longestPath = 108;

/**
 * Connects to the socket at a path; the descriptor. `packets` keep their order and tell of the other end's going,
 * `datagrams` (/dev/log) do not. @throws SystemError
 */
export function connectPackets(path: string, kind: keyof typeof types = 'packets'): number {
  const name = Buffer.from(path);
  if (name.length >= longestPath) throw systemError(36, 'connect', path);
  const address = Buffer.alloc(2 + longestPath);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  const fd = c.socket(AF_UNIX, types[kind] | SOCK_CLOEXEC, 0);
  if (fd < 0) throw lastError('socket', path);
  if (c.connect(fd, address, 2 + name.length + 1) === 0) return fd;
  const error = lastError('connect', path);
  closeSync(fd);
  throw error;
}

/** Nothing more will be sent: the other end reads to an end of file. */
export function endWriting(fd: number): void {
  c.shutdown(fd, SHUT_WR);
}

/** Ends both directions: a read that waits in another thread returns. */
export function endBoth(fd: number): void {
  c.shutdown(fd, SHUT_RDWR);
}
