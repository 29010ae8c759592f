// Descriptors that another process opened: pidfd_getfd(2), Linux 5.6. Who owns a user namespace may take them from the
// processes in it.
import { closeDescriptor } from './file-calls.ts';
import { lastError, lazyFunction } from './libc.ts';
import { identityOf, openProcess } from './process-identity.ts';

const call = lazyFunction('syscall', 'long', ['long', 'long', 'long', 'long']);
const PIDFD_GETFD = 438;

/** A copy of a descriptor of a process that stands still meanwhile. @throws SystemError */
export function takeDescriptor(pid: number, descriptor: number): number {
  const identity = identityOf(pid);
  const process = identity === undefined ? undefined : openProcess(identity);
  if (process === undefined) throw new Error(`process ${pid} has ended`);
  try {
    const fd = call(PIDFD_GETFD, process, descriptor, 0);
    if (fd < 0) throw lastError('pidfd_getfd', String(pid));
    return fd;
  } finally {
    closeDescriptor(process);
  }
}
