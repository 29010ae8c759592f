// What the cgroups of a process say: usage and limits, by version 1 (a tree for each controller), version 2 (one tree), or
// both (hybrid). Paths come from /proc/PID/cgroup (cgroups(7)), seen from the cgroup namespace of whoever reads.
import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, signalProcess } from '../sys/process-identity.ts';

/** Where a process is accounted, by controller; version 2 is ''. */
export type CgroupPaths = ReadonlyMap<string, string>;

const root = '/sys/fs/cgroup';

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Parses /proc/PID/cgroup: "ID:controllers:path" lines. */
export function parseCgroups(text: string): CgroupPaths {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const controller of controllers.split(',')) paths.set(controller, path);
  }
  return paths;
}

/** The cgroups of a process; undefined when it has ended. */
export function cgroupsOf(pid: number): CgroupPaths | undefined {
  const text = textOf(`/proc/${pid}/cgroup`);
  return text === undefined ? undefined : parseCgroups(text);
}

/** What a container uses. */
export interface CgroupUsage {
  /** Nanoseconds of processor time since it was made. */
  readonly cpuNs: number;
  /** Bytes, without what the kernel could give up at once (docker's definition: inactive file pages are left out). */
  readonly memory: number;
  /** Bytes; Infinity: none. */
  readonly memoryLimit: number;
  readonly pids: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Larger ones are the kernel's word for none (PAGE_COUNTER_MAX). */
const noLimit = 2 ** 62;

/** A number of a file, or of a line "key number" in it. */
function numberOf(path: string, key?: string): number {
  const text = textOf(path) ?? '';
  const found =
    key === undefined ? text.trim() : (new RegExp(`^${key}\\s+(\\d+)`, 'm').exec(text)?.[1] ?? '0');
  const number = Number(found);
  return Number.isFinite(number) ? number : Number.POSITIVE_INFINITY;
}

/** Sum of the lines "device Read|Write number" of version 1, or "rbytes=" and "wbytes=" of version 2. */
function blockBytes(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, number]) => sum + Number(number), 0);
}

/** Reads the usage. What a machine does not count is 0. */
export function readUsage(paths: CgroupPaths): CgroupUsage {
  const memoryPath = paths.get('memory');
  return memoryPath === undefined ? usageOfTwo(paths) : usageOfOne(paths, memoryPath);
}

function usageOfOne(paths: CgroupPaths, memoryPath: string): CgroupUsage {
  const folder = (controller: string): string => {
    const path = paths.get(controller) ?? '/';
    return `${mountOf(controller)}${path === '/' ? '' : path}`;
  };
  const memory = `${mountOf('memory')}${memoryPath}`;
  const limit = numberOf(`${memory}/memory.limit_in_bytes`);
  const io = textOf(`${folder('blkio')}/blkio.throttle.io_service_bytes`) ?? '';
  return {
    cpuNs: numberOf(`${folder('cpuacct')}/cpuacct.usage`),
    memory: Math.max(
      0,
      numberOf(`${memory}/memory.usage_in_bytes`) -
        numberOf(`${memory}/memory.stat`, 'total_inactive_file'),
    ),
    memoryLimit: limit > noLimit ? Number.POSITIVE_INFINITY : limit,
    pids: numberOf(`${folder('pids')}/pids.current`),
    readBytes: blockBytes(io, /^\S+ Read (\d+)/gm),
    writtenBytes: blockBytes(io, /^\S+ Write (\d+)/gm),
  };
}

/** Where version 1 has a controller: alone, or with those that it shares a tree with. */
function mountOf(controller: string): string {
  const names = textOf(`${root}/${controller}/cgroup.procs`) === undefined ? trees() : [controller];
  const name = names.find((one) => one.split(',').includes(controller)) ?? controller;
  return `${root}/${name}`;
}

function trees(): readonly string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

function usageOfTwo(paths: CgroupPaths): CgroupUsage {
  const folder = `${root}${paths.get('') ?? ''}`;
  const io = textOf(`${folder}/io.stat`) ?? '';
  return {
    cpuNs: numberOf(`${folder}/cpu.stat`, 'usage_usec') * 1000,
    memory: Math.max(
      0,
      numberOf(`${folder}/memory.current`) - numberOf(`${folder}/memory.stat`, 'inactive_file'),
    ),
    // "max" is no number.
    memoryLimit: numberOf(`${folder}/memory.max`),
    pids: numberOf(`${folder}/pids.current`),
    readBytes: blockBytes(io, /\brbytes=(\d+)/g),
    writtenBytes: blockBytes(io, /\bwbytes=(\d+)/g),
  };
}

/** Numbers of the processes in the cgroup of a process and below it, as far as they can be told; that one itself at least. */
export function processesWith(pid: number): readonly number[] {
  const paths = cgroupsOf(pid);
  if (paths === undefined) return [];
  for (const [controller, path] of paths) {
    if (path === '/' || controller.startsWith('name=')) continue;
    const folder = controller === '' ? `${root}${path}` : `${mountOf(controller)}${path}`;
    const found = processesBelow(folder);
    if (found.includes(pid)) return found;
  }
  return [pid];
}

function processesBelow(folder: string): readonly number[] {
  const own = (textOf(`${folder}/cgroup.procs`) ?? '').split('\n').filter((line) => line !== '');
  let below: readonly string[] = [];
  try {
    below = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    // Ended meanwhile.
  }
  return [...own.map(Number), ...below.flatMap((name) => processesBelow(`${folder}/${name}`))];
}

const SIGKILL = 9;
const stepMs = 10;
/** How long processes of a cgroup may take to go after SIGKILL. */
const patienceMs = 1000;

/**
 * Removes the cgroups at an absolute path in every tree, with those below them; processes that are still in them are
 * killed. A runtime does that itself, but one that was killed in the middle of making a container does not. Nothing where
 * there are none; what cannot be removed is left.
 */
export async function removeCgroups(path: string): Promise<void> {
  for (const tree of ['', ...trees()]) {
    const folder = join(root, tree, path);
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += stepMs) {
      if (textOf(`${folder}/cgroup.procs`) === undefined) break;
      for (const pid of processesBelow(folder)) {
        const identity = pid > 1 ? identityOf(pid) : undefined;
        if (identity !== undefined) signalProcess(identity, SIGKILL);
      }
      if (removeEmpty(folder)) break;
      await sleep(stepMs);
    }
  }
}

function removeEmpty(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory() && !removeEmpty(`${folder}/${entry.name}`)) return false;
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
