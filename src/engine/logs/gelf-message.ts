// Messages of GELF 1.1 (Graylog Extended Log Format): JSON, over UDP compressed and in chunks, over TCP with a zero byte at
// the end. Fields are docker's.
import { deflateSync, gzipSync } from 'node:zlib';
import type { LogMessage } from './log-message.ts';
import type { LogTarget } from './log-target.ts';

/** How it is compressed for UDP. */
export interface GelfCompression {
  readonly type: 'gzip' | 'zlib' | 'none';
  /** -1 to 9. */
  readonly level: number;
}

/** docker's default compression. */
export function parseGelfCompression(options: Readonly<Record<string, string>>): GelfCompression {
  const type = options['gelf-compression-type'];
  return {
    type: type === 'zlib' || type === 'none' ? type : 'gzip',
    level: Number(options['gelf-compression-level'] ?? 1),
  };
}

/** One message as JSON; undefined for an empty line, which GELF does not allow. */
export function formatGelf(
  { timeMs, stream, text }: LogMessage,
  target: LogTarget,
  hostname: string,
): Buffer | undefined {
  if (text.length === 0) return undefined;
  return Buffer.from(
    JSON.stringify({
      version: '1.1',
      host: hostname,
      short_message: text.toString('utf8'),
      timestamp: Math.round(timeMs) / 1000,
      level: stream === 'stderr' ? 3 : 6,
      _command: target.command,
      _container_id: target.id,
      _container_name: target.name,
      _created: new Date(target.createdMs).toISOString(),
      _image_id: target.imageId,
      _image_name: target.imageName,
      _tag: target.tag ?? target.id.slice(0, 12),
      ...Object.fromEntries(
        Object.entries(target.attributes).map(([name, value]) => [`_${name}`, value]),
      ),
    }),
  );
}

/** Bytes of a datagram that pass everywhere, as docker has them, and of the head of a chunk. */
const datagramBytes = 1420;
const chunkHeadBytes = 12;
const mostChunks = 128;

/**
 * The datagrams of a message: one, or chunks with a common number. What is longer than 128 chunks is cut, since nobody
 * takes more. `number`: eight bytes that no other message of the last seconds has.
 */
export function gelfDatagrams(
  message: Buffer,
  { type, level }: GelfCompression,
  number: Buffer,
): readonly Buffer[] {
  const packed =
    type === 'none'
      ? message
      : type === 'gzip'
        ? gzipSync(message, { level })
        : deflateSync(message, { level });
  if (packed.length <= datagramBytes) return [packed];
  const each = datagramBytes - chunkHeadBytes;
  const count = Math.min(mostChunks, Math.ceil(packed.length / each));
  return Array.from({ length: count }, (_, at) =>
    Buffer.concat([
      Buffer.of(0x1e, 0x0f),
      number,
      Buffer.of(at, count),
      packed.subarray(at * each, (at + 1) * each),
    ]),
  );
}
