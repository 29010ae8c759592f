// Sockets that are opened for somebody else: socket(2), and bind(2) to an address of IP.
import { parseIp } from '../lib/ip-address.ts';
import { systemError } from './errno.ts';
import { closeDescriptor } from './file-calls.ts';
import { lastError, lazyFunction } from './libc.ts';

const c = {
  socket: lazyFunction('socket', 'int', ['int', 'int', 'int']),
  bind: lazyFunction('bind', 'int', ['int', 'const void *', 'unsigned int']),
  setsockopt: lazyFunction('setsockopt', 'int', [
    'int',
    'int',
    'int',
    'const void *',
    'unsigned int',
  ]),
};

// include/linux/socket.h; the same on x86-64 and AArch64
const families = { unix: 1, inet: 2, inet6: 10, netlink: 16, packet: 17, vsock: 40 } as const;
const types = { stream: 1, dgram: 2, raw: 3, seqpacket: 5 } as const;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;

/** Families of sockets, as socket(2) has them without AF_. */
export type SocketFamily = keyof typeof families;

/** Types of sockets, without SOCK_. */
export type SocketType = keyof typeof types;

/** A socket that is asked for. */
export interface SocketRequest {
  readonly family: SocketFamily;
  readonly type: SocketType;
  /** Number of the protocol; 0, the default, is the family's own. */
  readonly protocol?: number;
  /** Of inet and inet6. */
  readonly bind?: { readonly address: string; readonly port: number };
}

/** Opens it in the network namespace of this thread; the descriptor. @throws SystemError */
export function openSocket({ family, type, protocol = 0, bind }: SocketRequest): number {
  const fd = c.socket(families[family], types[type] | SOCK_CLOEXEC, protocol);
  if (fd < 0) throw lastError('socket', `${family} ${type}`);
  if (bind === undefined) return fd;
  try {
    // As Node's own servers have it: an address that was in use a moment ago is free.
    const on = Buffer.from(Uint32Array.of(1).buffer);
    if (c.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, on, on.length) !== 0)
      throw lastError('setsockopt');
    const name = socketAddress(bind.address, bind.port);
    if (c.bind(fd, name, name.length) !== 0) throw lastError('bind', bind.address);
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

/** struct sockaddr_in or sockaddr_in6. @throws SystemError EINVAL for what is no address */
function socketAddress(text: string, port: number): Buffer {
  const address = parseIp(text);
  if (address === undefined) throw systemError(22, 'bind', text);
  if (address.family === 4) {
    const name = Buffer.alloc(16);
    name.writeUInt16LE(families.inet, 0);
    name.writeUInt16BE(port, 2);
    name.writeUInt32BE(Number(address.value), 4);
    return name;
  }
  const name = Buffer.alloc(28);
  name.writeUInt16LE(families.inet6, 0);
  name.writeUInt16BE(port, 2);
  name.writeBigUInt64BE(address.value >> 64n, 8);
  name.writeBigUInt64BE(address.value & 0xffff_ffff_ffff_ffffn, 16);
  return name;
}
