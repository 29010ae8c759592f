// One line on a terminal that says what goes on. It is written over itself, at most ten times a second, and erased
// before anything else is written and at the end.
import type { Output } from './context.ts';

/** Shows what goes on. Cheap to call for every file. */
export interface Progress {
  /** Replaces the line: "layer 2 of 5: 31 MB". */
  update(text: string): void;
  /** Erases the line: call it before other output. */
  clear(): void;
}

const intervalMs = 100;
/** Nothing is shown for work that is over at once. */
const firstAfterMs = 200;

/** A progress line on `output` as long as `enabled` says so; `now` in milliseconds. */
export function createProgress(
  output: Output,
  enabled: () => boolean,
  now: () => number,
): Progress {
  const start = now();
  let last = start + firstAfterMs - intervalMs;
  let shown = false;
  return {
    update(text) {
      if (!enabled()) return;
      const time = now();
      if (time - last < intervalMs) return;
      last = time;
      shown = true;
      const room = Math.max(output.width - 1, 10);
      const line = text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
      output.write(`\r\x1b[2K${line.length > room ? `${line.slice(0, room - 1)}…` : line}`);
    },
    clear() {
      if (!shown) return;
      shown = false;
      output.write('\r\x1b[2K');
    },
  };
}
