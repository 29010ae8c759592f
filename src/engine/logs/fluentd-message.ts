// Events of Fluentd's forward protocol, version 1 (github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1): arrays
// in MessagePack, of which this writes what it needs: text, whole numbers, maps, arrays, and the time with nanoseconds.
import type { LogMessage } from './log-message.ts';
import type { LogTarget } from './log-target.ts';

function head(length: number, small: number, most: number, wide: number): Buffer {
  if (length <= most) return Buffer.of(small | length);
  if (length < 65_536) return Buffer.of(wide, length >> 8, length & 0xff);
  const bytes = Buffer.alloc(5);
  bytes[0] = wide + 1;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function packText(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 31 && bytes.length < 256)
    return Buffer.concat([Buffer.of(0xd9, bytes.length), bytes]);
  return Buffer.concat([head(bytes.length, 0xa0, 31, 0xda), bytes]);
}

function packMap(entries: Readonly<Record<string, string | Buffer>>): Buffer {
  const all = Object.entries(entries);
  return Buffer.concat([
    head(all.length, 0x80, 15, 0xde),
    ...all.flatMap(([name, value]) => [packText(name), packText(value)]),
  ]);
}

/** Whole seconds, or EventTime: an extension of type 0 with seconds and nanoseconds. */
function packTime(ms: number, precise: boolean): Buffer {
  const seconds = Math.floor(ms / 1000);
  if (!precise) {
    const whole = Buffer.alloc(5, 0xce);
    whole.writeUInt32BE(seconds, 1);
    return whole;
  }
  const bytes = Buffer.alloc(10);
  bytes.writeUInt16BE(0xd700);
  bytes.writeUInt32BE(seconds, 2);
  bytes.writeUInt32BE(Math.floor((ms - seconds * 1000) * 1e6), 6);
  return bytes;
}

/** How events are written. */
export interface FluentdForm {
  /** docker's `fluentd-sub-second-precision`. */
  readonly precise: boolean;
  /** Asks the receiver to answer with this: `fluentd-request-ack`. */
  readonly chunk?: string;
}

/** One event in message mode: [tag, time, record], with options where an answer is wanted. */
export function formatFluentd(
  { timeMs, stream, text, partial }: LogMessage,
  target: LogTarget,
  { precise, chunk }: FluentdForm,
): Buffer {
  return Buffer.concat([
    Buffer.of(chunk === undefined ? 0x93 : 0x94),
    packText(target.tag ?? target.id.slice(0, 12)),
    packTime(timeMs, precise),
    packMap({
      container_id: target.id,
      // As docker: with its slash.
      container_name: `/${target.name}`,
      source: stream,
      log: text,
      ...target.attributes,
      ...(partial ? { partial_message: 'true' } : {}),
    }),
    ...(chunk === undefined ? [] : [packMap({ chunk })]),
  ]);
}
