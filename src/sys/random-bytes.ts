// Random bytes of the kernel, as random(4) gives them. The same as node:crypto's, whose loading costs a start 4 ms.
import { closeSync, openSync, readSync } from 'node:fs';

/** So many random bytes, as hexadecimal digits. @throws SystemError where there is no /dev/urandom */
export function randomHex(bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  const fd = openSync('/dev/urandom', 'r');
  try {
    for (let have = 0; have < bytes; ) have += readSync(fd, buffer, have, bytes - have, null);
  } finally {
    closeSync(fd);
  }
  return buffer.toString('hex');
}
