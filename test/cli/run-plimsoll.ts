// Runs the built program as a process, as users do.
import { type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const bundle = join(root, 'dist/plimsoll.js');

/** What a run gave. */
export interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that hangs is killed, and fails its test. */
const limitMs = 30_000;

/** Environment without what could colour, cache elsewhere, or slow down. */
export function quietEnvironment(more: Readonly<Record<string, string>> = {}) {
  const { NODE_EXTRA_CA_CERTS: _, NO_COLOR: __, FORCE_COLOR: ___, ...rest } = process.env;
  return { ...rest, ...more };
}

/** Starts the program; `input` is written to its standard input. */
export async function runPlimsoll(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly input?: string | Uint8Array;
  } = {},
): Promise<Ran> {
  const spawned: SpawnOptions = {
    cwd: options.cwd ?? root,
    env: quietEnvironment(options.env),
    timeout: limitMs,
  };
  const child = spawn(process.execPath, [bundle, ...args], { ...spawned, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
