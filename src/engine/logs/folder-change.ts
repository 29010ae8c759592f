import { watch } from 'node:fs';

/** Waits until something in a folder changed, or for so many milliseconds: what a watch does not tell is seen then. */
export function folderChange(folder: string, atMostMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((settle) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      watcher?.close();
      settle();
    };
    const timer = setTimeout(done, atMostMs);
    let watcher: ReturnType<typeof watch> | undefined;
    try {
      watcher = watch(folder, done);
      watcher.on('error', done);
    } catch {
      // The folder is gone; the caller finds out.
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
