// System calls that a seccomp filter hands to another process (SECCOMP_RET_USER_NOTIF, seccomp_unotify(2)). The OCI
// runtime sends the filter's descriptor over a Unix socket (runtime-spec config-linux.md, "listenerPath"); every call is
// then read from it, answered here, or passed on to the kernel. Structures: include/uapi/linux/seccomp.h.
import { closeSync, rmSync } from 'node:fs';
import { systemError } from './errno.ts';
import { type AsyncCFunction, lastError, lazyFunction, libc } from './libc.ts';

/** A call that waits for its answer. */
export interface WaitingCall {
  /** Process that made it, as this process sees it. */
  readonly pid: number;
  readonly number: number;
  /** AUDIT_ARCH_… of the caller's ABI. */
  readonly arch: number;
  readonly args: readonly bigint[];
}

/** What it gets: a value, an errno as a number, or what the kernel itself makes of it. */
export type CallReply =
  | { readonly value: bigint }
  | { readonly errno: number }
  | { readonly passOn: true };

const AF_UNIX = 1;
// include/uapi/linux/net.h, asm-generic/fcntl.h
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0x80000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
// asm-generic/poll.h
const POLLIN = 1;
const POLLERR = 8;
const POLLHUP = 16;
const SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100;
const SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101;
const SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;
/** sizeof(struct seccomp_notif), sizeof(struct seccomp_notif_resp). */
const notificationBytes = 80;
const responseBytes = 24;
/** How long one wait lasts at most, in milliseconds: how late an abort is seen. */
const waitMs = 250;

const socket = lazyFunction('socket', 'int', ['int', 'int', 'int']);
const bind = lazyFunction('bind', 'int', ['int', 'void *', 'uint32']);
const listen = lazyFunction('listen', 'int', ['int', 'int']);
const accept4 = lazyFunction('accept4', 'int', ['int', 'void *', 'void *', 'int']);
const ioctl = lazyFunction('ioctl', 'int', ['int', 'ulong', 'void *']);

type Receive = (fd: number, message: object, flags: number) => number;
let receive: Receive | undefined;

function recvmsg(): Receive {
  if (receive !== undefined) return receive;
  const library = libc();
  library.struct('plimsoll_iovec', { base: 'void *', len: 'size_t' });
  library.struct('plimsoll_msghdr', {
    name: 'void *',
    namelen: 'uint32',
    iov: 'plimsoll_iovec *',
    iovlen: 'size_t',
    control: 'void *',
    controllen: 'size_t',
    flags: 'int',
  });
  receive = library.func('recvmsg', 'long', ['int', 'plimsoll_msghdr *', 'int']);
  return receive;
}

/** A listening Unix socket. @throws SystemError */
function listenAt(path: string): number {
  const name = Buffer.from(path);
  // struct sockaddr_un: two bytes of family, 108 of path with its NUL.
  if (name.length > 107) throw systemError(36, 'bind', path);
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw lastError('socket');
  if (bind(fd, address, address.length) === 0 && listen(fd, 16) === 0) return fd;
  const error = lastError('bind', path);
  closeSync(fd);
  throw error;
}

/** The descriptors that came over a connection, which has something to read. */
function descriptorsFrom(connection: number): readonly number[] {
  const text = Buffer.alloc(65536);
  const control = Buffer.alloc(256);
  const message = {
    name: null,
    namelen: 0,
    iov: [{ base: text, len: text.length }],
    iovlen: 1,
    control,
    controllen: control.length,
    flags: 0,
  };
  const got = recvmsg()(connection, message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0) return [];
  // struct cmsghdr: length, level, type, then the descriptors.
  const length = Number(control.readBigUInt64LE(0));
  const rights = control.readInt32LE(8) === SOL_SOCKET && control.readInt32LE(12) === SCM_RIGHTS;
  if (!rights || length > control.length) return [];
  return Array.from({ length: Math.floor((length - 16) / 4) }, (_, index) =>
    control.readInt32LE(16 + 4 * index),
  );
}

function parseCall(bytes: Buffer): WaitingCall {
  return {
    pid: bytes.readUInt32LE(8),
    number: bytes.readInt32LE(16),
    arch: bytes.readUInt32LE(20),
    args: Array.from({ length: 6 }, (_, index) => bytes.readBigUInt64LE(32 + 8 * index)),
  };
}

/** Answers the next call. A caller that is gone meanwhile needs none. */
function answerNext(fd: number, answer: (call: WaitingCall) => CallReply): void {
  const notification = Buffer.alloc(notificationBytes);
  if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, notification) !== 0) return;
  const reply = answer(parseCall(notification));
  const response = Buffer.alloc(responseBytes);
  notification.copy(response, 0, 0, 8);
  if ('value' in reply) response.writeBigInt64LE(reply.value, 8);
  if ('errno' in reply) response.writeInt32LE(-reply.errno, 16);
  if ('passOn' in reply) response.writeUInt32LE(SECCOMP_USER_NOTIF_FLAG_CONTINUE, 20);
  ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, response);
}

/** A server of waiting calls. */
export interface CallServer {
  /** Path of the socket, for the runtime's listenerPath. */
  readonly path: string;
  /** Ends with `stop`, or when the last filter has gone. */
  readonly done: Promise<void>;
  /** No filter has come yet. */
  idle(): boolean;
  stop(): void;
}

/**
 * Answers the calls of every filter whose descriptor comes over a socket, until the last of them has gone or it is stopped.
 * @param answer must not throw, and must not wait: the caller stands still meanwhile
 * @throws SystemError where the socket cannot be made
 */
export function serveCalls(path: string, answer: (call: WaitingCall) => CallReply): CallServer {
  const listener = listenAt(path);
  const poll: AsyncCFunction = libc().asyncFunc('poll', 'int', ['void *', 'ulong', 'int']);
  let stopped = false;
  let seen = false;
  /** What is open beside the listener: connections of runtimes, and the filters that they brought. */
  const open = new Map<number, 'connection' | 'filter'>();
  const close = (fd: number): void => {
    open.delete(fd);
    closeSync(fd);
  };
  const attend = (fd: number, events: number): void => {
    const ready = (events & POLLIN) !== 0;
    if (fd === listener) {
      const connection = ready ? accept4(listener, null, null, SOCK_CLOEXEC) : -1;
      if (connection >= 0) open.set(connection, 'connection');
    } else if (open.get(fd) === 'connection') {
      if (events === 0) return;
      for (const filter of descriptorsFrom(fd)) {
        open.set(filter, 'filter');
        seen = true;
      }
      close(fd);
    } else if (ready) answerNext(fd, answer);
    else if ((events & (POLLHUP | POLLERR)) !== 0) close(fd);
  };
  const serve = async (): Promise<void> => {
    while (!stopped && !(seen && open.size === 0)) {
      const watched = [listener, ...open.keys()];
      // struct pollfd: descriptor, asked, seen.
      const set = Buffer.alloc(8 * watched.length);
      for (const [index, fd] of watched.entries()) {
        set.writeInt32LE(fd, 8 * index);
        set.writeInt16LE(POLLIN, 8 * index + 4);
      }
      await poll(set, watched.length, waitMs);
      for (const [index, fd] of watched.entries()) attend(fd, set.readInt16LE(8 * index + 6));
    }
    for (const fd of [...open.keys()]) close(fd);
    closeSync(listener);
    rmSync(path, { force: true });
  };
  const stop = (): void => {
    stopped = true;
  };
  return { path, done: serve(), idle: () => !seen, stop };
}
