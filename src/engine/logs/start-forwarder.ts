// Starts the process that sends logs (forwarder.ts) where it does not run.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { tryLockFile } from '../../sys/file-lock.ts';
import type { Engine } from '../engine.ts';
import { passedOn } from '../passed-on.ts';

/** Locked by the forwarder for as long as it runs. */
export function forwarderLock(runFolder: string): string {
  return join(runFolder, 'forwarder.lock');
}

/** It holds little: a small heap is swept more often and stays small. */
const nodeOptions = '--max-semi-space-size=1 --max-old-space-size=96';

/** Starts the forwarder where there is none. */
export function startForwarder(engine: Engine): void {
  const lock = tryLockFile(forwarderLock(engine.runFolder));
  if (lock === undefined) return;
  lock.release();
  const { own, store } = engine;
  const child = spawn(
    own.command,
    [...own.args, 'container', 'forward-logs', '--root', store.root],
    {
      stdio: 'ignore',
      detached: true,
      env: { ...passedOn(engine), NODE_OPTIONS: nodeOptions },
      cwd: '/',
    },
  );
  child.on('error', () => undefined);
  child.unref();
}
