// Lines of a log file put together to what receivers get: conmon cuts what is long into pieces, docker sends up to 16 KB at
// once.
import type { LogLine } from './log-file.ts';
import { logTimeMs } from './log-file.ts';

/** One thing that is sent. */
export interface LogMessage {
  /** Milliseconds since 1970, with fractions. */
  readonly timeMs: number;
  readonly stream: 'stdout' | 'stderr';
  /** Without a line feed at its end. */
  readonly text: Buffer;
  /** More of the line follows. */
  readonly partial: boolean;
}

/** docker's size of a piece (daemon/logger/copier.go, defaultBufSize). */
const longest = 16 * 1024;

interface Waiting {
  readonly time: string;
  readonly parts: Buffer[];
  bytes: number;
}

/** Takes lines as they stand in the file and gives messages; what has no end yet waits for more. */
export function messageJoiner(): {
  add(line: LogLine): LogMessage | undefined;
  /** What still waits: nothing more will come. */
  rest(): readonly LogMessage[];
} {
  const waiting = new Map<LogLine['stream'], Waiting>();
  const take = (stream: LogLine['stream'], { time, parts }: Waiting): LogMessage => {
    waiting.delete(stream);
    const all = Buffer.concat(parts);
    const whole = all.at(-1) === 0x0a;
    const text = whole ? all.subarray(0, -1) : all;
    return { timeMs: logTimeMs(time), stream, text, partial: !whole };
  };
  return {
    add({ time, stream, text }) {
      const known = waiting.get(stream) ?? { time, parts: [], bytes: 0 };
      known.parts.push(text);
      known.bytes += text.length;
      if (text.at(-1) === 0x0a || known.bytes >= longest) return take(stream, known);
      waiting.set(stream, known);
      return undefined;
    },
    rest: () => [...waiting].map(([stream, known]) => take(stream, known)),
  };
}
