// Freezing: by the box's own cgroup (freezer of version 1, cgroup.freeze of version 2), and where there is none, by stopping
// each process, which its parent may notice.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { namespaceProcesses } from '../sys/namespace-processes.ts';
import { identityOf, signalProcess } from '../sys/process-identity.ts';

const root = '/sys/fs/cgroup';

/** Makes the cgroup of a box; none where this process may not. */
export function makeBoxCgroups(name: string): readonly string[] {
  const tree = existsSync(`${root}/cgroup.controllers`) ? root : `${root}/freezer`;
  const folder = join(tree, 'plimsoll-boxes', name);
  try {
    if (!existsSync(join(tree, 'cgroup.procs'))) return [];
    mkdirSync(folder, { recursive: true });
    return [folder];
  } catch {
    return [];
  }
}

/** Removes them when all processes have gone, unless the box's own processes were faster. */
export async function removeBoxCgroups(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (let waitedMs = 0; existsSync(folder) && waitedMs < patienceMs; waitedMs += stepMs) {
      try {
        rmdirSync(folder);
      } catch {
        await sleep(stepMs);
      }
    }
  }
}

const stepMs = 5;
/** How long processes may take to stand still. */
const patienceMs = 10_000;

/** Freezes or thaws; false when not all stood still in time. */
export async function setFrozen(
  cgroups: readonly string[],
  member: number,
  frozen: boolean,
): Promise<boolean> {
  const [folder] = cgroups;
  if (folder === undefined) return signalAll(member, frozen);
  const isTwo = existsSync(join(folder, 'cgroup.freeze'));
  const [file, on, off] = isTwo
    ? (['cgroup.freeze', '1', '0'] as const)
    : (['freezer.state', 'FROZEN', 'THAWED'] as const);
  writeFileSync(join(folder, file), frozen ? on : off);
  const stands = (): boolean =>
    isTwo
      ? /^frozen 1$/m.test(readFileSync(join(folder, 'cgroup.events'), 'utf8')) === frozen
      : readFileSync(join(folder, file), 'utf8').trim() === (frozen ? on : off);
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += stepMs) {
    if (stands()) return true;
    await sleep(stepMs);
  }
  return false;
}

/** Until nobody is left who started another one meanwhile. */
async function signalAll(member: number, frozen: boolean): Promise<boolean> {
  const signal = frozen ? constants.signals.SIGSTOP : constants.signals.SIGCONT;
  const seen = new Set<number>();
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += stepMs) {
    const fresh = namespaceProcesses(member).filter((pid) => !seen.has(pid));
    if (fresh.length === 0) return true;
    for (const pid of fresh) {
      seen.add(pid);
      const identity = identityOf(pid);
      if (identity !== undefined) signalProcess(identity, signal);
    }
    await sleep(stepMs);
  }
  return false;
}
