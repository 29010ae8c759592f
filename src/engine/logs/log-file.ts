// The log file as conmon writes it, the form of Kubernetes' container runtime interface: "TIME STREAM TAG TEXT", where the
// tag P says that the line goes on in the next one of its stream, F that it ends here (kubernetes/design-proposals,
// kubelet-cri-logging.md). Lines of what somebody else wrote are passed over.

/** One thing that was written: a line with its end, or the part of one that came without. */
export interface LogLine {
  /** As it stands in the file: RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** With a line feed at its end where there was one. */
  readonly text: Buffer;
}

const space = 0x20;
const lineFeed = 0x0a;

/** One line of the file, without its line feed; undefined for what is none. */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(space);
  const second = line.indexOf(space, first + 1);
  const third = line.indexOf(space, second + 1);
  if (first < 0 || second < 0 || third !== second + 2) return undefined;
  const stream = line.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const tag = line[second + 1];
  if (tag !== 0x46 && tag !== 0x50) return undefined;
  const content = line.subarray(third + 1);
  return {
    time: line.toString('latin1', 0, first),
    stream,
    text: tag === 0x46 ? Buffer.concat([content, Buffer.of(lineFeed)]) : Buffer.from(content),
  };
}

/** Cuts a stream of bytes into lines; what has no end yet waits for more. */
export function lineCutter(): (bytes: Buffer) => readonly Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = all.indexOf(lineFeed); end >= 0; end = all.indexOf(lineFeed, from)) {
      lines.push(all.subarray(from, end));
      from = end + 1;
    }
    rest = Buffer.from(all.subarray(from));
    return lines;
  };
}

/** Milliseconds since 1970, with fractions, of a time in the file. */
export function logTimeMs(time: string): number {
  const [, whole = '', fraction = '', zone = ''] =
    /^([^.]*?)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  return Date.parse(`${whole}${zone}`) + Number(fraction || 0) * 1000;
}
