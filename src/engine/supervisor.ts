// The supervisor of a container that has another host in front of it: a process of this program that answers the system
// calls which a filter cannot (src/emulate/supervised-calls.ts). It is there before the runtime makes the container,
// serves executions in it too, and ends when the last filter has gone.
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { Engine } from './engine.ts';
import { passedOn } from './passed-on.ts';

/** How long it may take to listen, in milliseconds. */
const patienceMs = 10_000;
const stepMs = 5;

/** Starts the supervisor of a container and waits until it listens. @throws PlimsollError PL0824 */
export async function startSupervisor(engine: Engine, id: string): Promise<void> {
  const { own, store, environment } = engine;
  const { calls } = engine.places(id);
  rmSync(calls, { force: true });
  let failure: string | undefined;
  const child = spawn(
    own.command,
    [...own.args, 'container', 'supervise', '--root', store.root, id],
    { stdio: 'ignore', detached: true, env: { ...environment, ...passedOn(engine) } },
  );
  child.on('error', (cause) => {
    failure = systemReason(cause);
  });
  child.on('exit', (code, signal) => {
    failure = signal ?? `it ended with ${code}`;
  });
  child.unref();
  for (let waited = 0; waited < patienceMs && failure === undefined; waited += stepMs) {
    if (existsSync(calls)) return;
    await sleep(stepMs, undefined, { signal: engine.signal });
  }
  throw new PlimsollError('PL0824', 'the supervisor of the imitated host did not start', {
    notes: [failure ?? `it did not listen within ${patienceMs / 1000} seconds`],
    help: 'leave --as out, or run it again',
  });
}
