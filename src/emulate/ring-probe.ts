// IORING_REGISTER_PROBE: which operations io_uring says it has. liburing and what is built on it ask so before they use one
// (include/uapi/linux/io_uring.h, struct io_uring_probe).
import { kernelKnowsFlag } from '../host/kernel-flags.ts';
import type { Offer } from '../host/offer.ts';
import type { Answerer } from './caller.ts';

/** The operations by number, without IORING_OP_. */
const operations =
  `NOP READV WRITEV FSYNC READ_FIXED WRITE_FIXED POLL_ADD POLL_REMOVE SYNC_FILE_RANGE SENDMSG RECVMSG TIMEOUT
  TIMEOUT_REMOVE ACCEPT ASYNC_CANCEL LINK_TIMEOUT CONNECT FALLOCATE OPENAT CLOSE FILES_UPDATE STATX READ WRITE FADVISE MADVISE SEND
  RECV OPENAT2 EPOLL_CTL SPLICE PROVIDE_BUFFERS REMOVE_BUFFERS TEE SHUTDOWN RENAMEAT UNLINKAT MKDIRAT SYMLINKAT LINKAT MSG_RING
  FSETXATTR SETXATTR FGETXATTR GETXATTR SOCKET URING_CMD SEND_ZC SENDMSG_ZC READ_MULTISHOT WAITID FUTEX_WAIT FUTEX_WAKE FUTEX_WAITV
  FIXED_FD_INSTALL FTRUNCATE BIND LISTEN RECV_ZC EPOLL_WAIT READV_FIXED WRITEV_FIXED PIPE NOP128 URING_CMD128`.split(
    /\s+/,
  );

const IORING_REGISTER_PROBE = 8n;
const IO_URING_OP_SUPPORTED = 1;
const headerBytes = 16;
const entryBytes = 8;
const mostEntries = 256n;
const EFAULT = 14;

/** io_uring_register's probe on a kernel that lacks some operation; undefined where it has all. */
export function answerRingProbe(offer: Offer): Answerer | undefined {
  // Numbers were given in the order of releases: what follows the first that is lacking is lacking.
  const count = operations.findIndex(
    (name) => kernelKnowsFlag(offer, `IORING_OP_${name}`) === false,
  );
  if (count <= 0) return undefined;
  return ({ args: [, command = 0n, address = 0n, wanted = 0n] }, caller) => {
    if (command !== IORING_REGISTER_PROBE || wanted > mostEntries) return { passOn: true };
    const entries = Math.min(Number(wanted), count);
    const bytes = Buffer.alloc(headerBytes + entryBytes * entries);
    bytes.writeUInt8(count - 1, 0);
    bytes.writeUInt8(entries, 1);
    for (let index = 0; index < entries; index++) {
      const at = headerBytes + entryBytes * index;
      bytes.writeUInt8(index, at);
      bytes.writeUInt16LE(IO_URING_OP_SUPPORTED, at + 2);
    }
    return caller.write(address, bytes) ? { value: 0n } : { errno: EFAULT };
  };
}
