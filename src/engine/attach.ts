// The standard streams of a container, by the socket of conmon: each packet from it begins with a byte that tells the
// stream; packets to it are standard input as it is.
import { closeSync, constants, openSync, read, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import { closeDescriptor, openDirectory } from '../sys/file-calls.ts';
import { connectPackets, endBoth, endWriting } from '../sys/packet-socket.ts';
import type { ContainerPlaces } from './state-folder.ts';

/** Something that the container wrote. The bytes are only valid until the next is asked for. */
export interface Written {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** An open connection to the streams. */
export interface Attachment {
  /** What is written from now on, to its end. */
  output(): AsyncGenerator<Written, undefined>;
  /** Settles when it is taken; false when nobody reads any more. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Standard input has ended. */
  end(): void;
  close(): void;
}

/** conmon reads and writes no more at once (its STDIO_BUF_SIZE and CONN_SOCK_BUF_SIZE). */
const packetBytes = 8192;
const readBytes = 65_536;
const stdoutMark = 2;
const stderrMark = 3;

const readAt = promisify(read);
const writeAt = promisify(write);

/** Connects to conmon. @throws PlimsollError PL0829 */
export function attachTo({
  folder,
  attach,
}: Pick<ContainerPlaces, 'folder' | 'attach'>): Attachment {
  const fd = connect(folder, attach);
  let open = true;
  return {
    async *output() {
      const buffer = Buffer.allocUnsafe(readBytes);
      while (open) {
        const { bytesRead } = await readAt(fd, buffer, 0, buffer.length, null).catch(
          // The other end is gone.
          () => ({ bytesRead: 0 }),
        );
        if (bytesRead < 1) return undefined;
        const mark = buffer[0];
        if (mark !== stdoutMark && mark !== stderrMark) continue;
        yield {
          stream: mark === stdoutMark ? 'stdout' : 'stderr',
          bytes: buffer.subarray(1, bytesRead),
        };
      }
      return undefined;
    },
    async write(bytes) {
      for (let at = 0; at < bytes.length; at += packetBytes) {
        if (!open) return false;
        try {
          await writeAt(fd, bytes, at, Math.min(packetBytes, bytes.length - at), null);
        } catch {
          return false;
        }
      }
      return true;
    },
    end() {
      if (open) endWriting(fd);
    },
    close() {
      if (!open) return;
      open = false;
      // A read that waits in another thread ends by this, and only then may the number be used again.
      endBoth(fd);
      setImmediate(() => closeSync(fd));
    },
  };
}

/** Longest path that fits an address of a Unix socket. */
const longestPath = 107;

function connect(folder: string, path: string): number {
  try {
    if (Buffer.byteLength(path) <= longestPath) return connectPackets(path);
    const directory = openDirectory(folder);
    try {
      return connectPackets(`/proc/self/fd/${directory}/attach`);
    } finally {
      closeDescriptor(directory);
    }
  } catch (cause) {
    throw new PlimsollError(
      'PL0829',
      `the container cannot be attached to: ${systemReason(cause)}`,
      {
        at: { path },
        help: 'it may have ended just now: plimsoll ps -a; plimsoll logs shows what it wrote',
        cause,
      },
    );
  }
}

/** Tells conmon the size of the terminal; nothing when the container has ended. */
export function resizeTerminal(
  { control }: Pick<ContainerPlaces, 'control'>,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): void {
  let fd: number | undefined;
  try {
    // conmon's own command for it; a pipe without a reader must not make us wait.
    fd = openSync(control, constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(fd, `1 ${rows} ${columns}\n`);
  } catch {
    // Ended.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
