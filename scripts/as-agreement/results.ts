// What a run of the commands left behind: one line a command, and traces of those that failed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How one command ended. */
export interface Ending {
  readonly status: number;
  /** "name ERRNO" of the last call that failed, where strace saw one. */
  readonly call?: string;
}

/** Calls whose failure says nothing: what C libraries try at each start, questions whether a file is there or a terminal, waits, libraries that look around. */
const idle =
  /^(rseq|access|faccessat2?|newfstatat|l?stat|statx|statfs|readlink(at)?|open(at)?|execve|read|mkdir|prctl|wait4|futex|poll|ppoll|pselect6|epoll_wait|kill|tgkill)$|TCGETS|TIOCGWINSZ|ECHILD|EAGAIN|EINTR|ERESTART/;

/** The last call in strace's words that failed; undefined where none did. */
export function lastFailure(trace: string): string | undefined {
  for (const line of trace.split('\n').toReversed()) {
    const parts = /^\d+\s+(?:<\.\.\. )?(\w+)(?:\((.*)| resumed>.*)= -1 (E[A-Z0-9]+)/.exec(line);
    if (parts === null) continue;
    const [, name = '', args = '', errno = ''] = parts;
    if (idle.test(name) || idle.test(errno) || idle.test(args)) continue;
    return `${name} ${errno}`;
  }
  return undefined;
}

/** The endings by number of command, from the folder that the suite wrote. */
export function readEndings(folder: string): ReadonlyMap<number, Ending> {
  const endings = new Map<number, Ending>();
  for (const line of readFileSync(join(folder, 'results'), 'utf8').split('\n')) {
    const [number = '', status = ''] = line.split('\t');
    if (!/^\d+$/.test(status)) continue;
    const trace = join(folder, `${number}.trace`);
    const call =
      status !== '0' && existsSync(trace) ? lastFailure(readFileSync(trace, 'latin1')) : undefined;
    endings.set(Number(number), {
      status: Number(status),
      ...(call === undefined ? {} : { call }),
    });
  }
  return endings;
}

/** The commands in the order of their numbers. */
export function parseCommands(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
