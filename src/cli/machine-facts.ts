// What `info` tells of this machine: little, and read at once. `plimsoll host probe` tells everything.
import { readFileSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, hostname, machine, release, totalmem } from 'node:os';
import { osReleasePaths, parseOsRelease } from '../formats/os-release.ts';

/** The machine, in docker's words. */
export interface MachineFacts {
  readonly name: string;
  readonly kernel: string;
  /** "Debian GNU/Linux 12 (bookworm)". */
  readonly system: string;
  /** As uname says: x86_64. */
  readonly machine: string;
  readonly architecture: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Version of the cgroup file system; undefined where none is mounted. */
  readonly cgroup?: 1 | 2;
}

/** include/uapi/linux/magic.h */
const cgroup2Magic = 0x63677270;
const tmpfsMagic = 0x01021994;

function cgroupVersion(): 1 | 2 | undefined {
  try {
    const { type } = statfsSync('/sys/fs/cgroup');
    return type === cgroup2Magic ? 2 : type === tmpfsMagic ? 1 : undefined;
  } catch {
    return undefined;
  }
}

function systemName(): string {
  for (const path of osReleasePaths) {
    try {
      const { value } = parseOsRelease(readFileSync(path), path);
      if (value !== undefined) return value.prettyName ?? value.id;
    } catch {
      // The next one.
    }
  }
  return 'unknown';
}

/** Reads the facts; what cannot be read is unknown. */
export function machineFacts(): MachineFacts {
  const cgroup = cgroupVersion();
  return {
    name: hostname(),
    kernel: release(),
    system: systemName(),
    machine: machine(),
    architecture: arch(),
    cpus: availableParallelism(),
    memory: totalmem(),
    ...(cgroup === undefined ? {} : { cgroup }),
  };
}
