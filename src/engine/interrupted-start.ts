// A start or an end whose command was killed leaves processes that nobody waits for: a conmon that is about to have the
// runtime make the container, a runtime in the middle of that, shells that watch. They are known by the container's folder
// on their line, and are ended before the folder goes: what they made after that would never be found again.
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, signalProcess } from '../sys/process-identity.ts';

const SIGKILL = 9;
const stepMs = 10;
/** How long they may take to go after SIGKILL; who waits for a disk longer than this is left to it. */
const patienceMs = 2000;

/** What the engine starts for a container, beside its OCI runtime; an editor of somebody who looks on is none of it. */
const helpers: ReadonlySet<string> = new Set(['conmon', 'sh', 'timeout', 'unshare']);

/** Ends what works on the container with this folder in /run. `runtime`: the name of its OCI runtime. */
export async function endHelpers(folder: string, runtime: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += stepMs) {
    const found = readdirSync('/proc').filter((name) => isHelper(name, folder, runtime));
    if (found.length === 0) return;
    for (const name of found) {
      const identity = identityOf(Number(name));
      // The number may have been given anew since the line was read.
      if (identity !== undefined && isHelper(name, folder, runtime))
        signalProcess(identity, SIGKILL);
    }
    await sleep(stepMs);
  }
}

function isHelper(name: string, folder: string, runtime: string): boolean {
  if (!/^\d+$/.test(name)) return false;
  const [program = '', ...words] = lineOf(`${name}/cmdline`).split('\0');
  const own = basename(program);
  if (own !== runtime && !helpers.has(own)) return false;
  return words.some((word) => word === folder || word.startsWith(`${folder}/`));
}

function lineOf(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'latin1');
  } catch {
    return '';
  }
}
