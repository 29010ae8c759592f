import { lastError, lazyFunction } from './libc.ts';

const mkfifo = lazyFunction('mkfifo', 'int', ['const char *', 'uint32_t']);

/** Makes a pipe with a name (mkfifo(3)), for its owner alone. @throws SystemError */
export function makePipeFile(path: string): void {
  if (mkfifo(path, 0o600) !== 0) throw lastError('mkfifo', path);
}
