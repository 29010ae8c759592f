// Runs a program of this machine to learn its version: fixed places, no shell, no environment of the caller's, a time
// limit, a bounded answer.
import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';

const folders = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/snap/bin',
];
const outputLimit = 1 << 20;

function findProgram(name: string): string | undefined {
  const candidates = name.startsWith('/') ? [name] : folders.map((folder) => `${folder}/${name}`);
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What a program of that name is, as far as its file tells: what it prints of its version hangs on nothing else. */
export function programIdentity(name: string): string | undefined {
  const file = findProgram(name);
  if (file === undefined) return undefined;
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file);
    return `${file} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return undefined;
  }
}

/** Standard output of a program, or undefined when it is not there, fails, or takes longer than `timeoutMs`. */
export function runProgram(
  name: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<string | undefined> {
  const file = findProgram(name);
  if (file === undefined || options.signal?.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    execFile(
      file,
      [...args],
      {
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: outputLimit,
        env: { PATH: folders.join(':'), LC_ALL: 'C', HOME: '/nonexistent' },
        cwd: '/',
        ...(options.signal ? { signal: options.signal } : {}),
      },
      (error, stdout) => resolve(error ? undefined : stdout),
    );
  });
}
