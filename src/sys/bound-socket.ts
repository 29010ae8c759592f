// Sockets that are bound and do nothing else: whoever has the descriptor keeps a port from everybody. Node has no way to
// hand the descriptor of one of its own on.
import { closeSync } from 'node:fs';
import { parseIp } from '../lib/ip-address.ts';
import { systemError } from './errno.ts';
import { lastErrno, lazyFunction } from './libc.ts';

const c = {
  socket: lazyFunction('socket', 'int', ['int', 'int', 'int']),
  bind: lazyFunction('bind', 'int', ['int', 'const void *', 'unsigned int']),
};

// include/linux/socket.h, include/linux/net.h, include/uapi/linux/in.h
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_SCTP = 132;
const kinds = { tcp: [1, 0], udp: [2, 0], sctp: [1, IPPROTO_SCTP] } as const;

/** A port of this machine. */
export interface Port {
  readonly protocol: keyof typeof kinds;
  /** An address; '::' is every one of both kinds. */
  readonly address: string;
  readonly port: number;
}

/**
 * Binds a socket; its descriptor. Without SO_REUSEADDR and without listening: nobody else can bind there, and nobody is
 * kept waiting for an answer. @throws SystemError
 */
export function bindPort({ protocol, address, port }: Port): number {
  const parsed = parseIp(address);
  if (parsed === undefined) throw new TypeError(`${address} is no address`);
  const six = parsed.family === 6;
  const [type, number] = kinds[protocol];
  const fd = c.socket(six ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, number);
  if (fd < 0) throw systemError(lastErrno(), 'socket', address);
  // struct sockaddr_in, struct sockaddr_in6
  const name = Buffer.alloc(six ? 28 : 16);
  name.writeUInt16LE(six ? AF_INET6 : AF_INET, 0);
  name.writeUInt16BE(port, 2);
  const digits = parsed.value.toString(16).padStart(six ? 32 : 8, '0');
  name.set(Buffer.from(digits, 'hex'), six ? 8 : 4);
  if (c.bind(fd, name, name.length) === 0) return fd;
  const errno = lastErrno();
  closeSync(fd);
  throw systemError(errno, 'bind', `${address} ${port}`);
}
