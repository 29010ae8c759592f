// The terminal of this process, where standard input and output are both one.
import type { Terminal } from './context.ts';

/** The terminal; undefined where input or output is something else. */
export function processTerminal(isAscii: boolean): Terminal | undefined {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) return undefined;
  const subscribe = (listener: () => void, on: (listener: () => void) => void, off: typeof on) => {
    on(listener);
    return () => off(listener);
  };
  return {
    size: () => ({ rows: stdout.rows || 24, columns: stdout.columns || 80 }),
    write: (text) => void stdout.write(text),
    isAscii,
    readKeys(onBytes) {
      const listener = (bytes: Buffer | string): void => onBytes(bytes.toString());
      stdin.setRawMode(true);
      stdin.setEncoding('utf8');
      stdin.on('data', listener);
      stdin.resume();
      return () => {
        stdin.off('data', listener);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
    onResize: (listener) =>
      subscribe(
        listener,
        (one) => stdout.on('resize', one),
        (one) => stdout.off('resize', one),
      ),
    onExit: (listener) =>
      subscribe(
        listener,
        (one) => process.on('exit', one),
        (one) => process.off('exit', one),
      ),
    suspend: () =>
      new Promise((resolve) => {
        // Waiting for a signal alone does not keep the process.
        const hold = setInterval(() => undefined, 60_000);
        process.once('SIGCONT', () => {
          clearInterval(hold);
          resolve();
        });
        process.kill(process.pid, 'SIGTSTP');
      }),
  };
}
