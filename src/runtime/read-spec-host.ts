// What config.json depends on of the host it is made on, read from /proc and /sys.
import { readFileSync } from 'node:fs';
import { allCapabilities } from '../host/capabilities.ts';
import { parseLimits } from '../host/probe/proc-texts.ts';
import type { SpecHost } from './generate-spec.ts';

/** What the process knows of itself. */
export interface MachineFacts {
  /** The processor in the words of Node: x64, arm64 … */
  readonly arch: string;
  /** `os.release()`. */
  readonly release: string;
}

const goMachines: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  riscv64: 'riscv64',
  ppc64: 'ppc64le',
  s390x: 's390x',
  loong64: 'loong64',
};

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Names of the capabilities in a set of /proc/PID/status. */
function capabilitiesIn(status: string, set: string): readonly string[] {
  const bits = BigInt(`0x${new RegExp(`^${set}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`);
  return allCapabilities.filter((_, bit) => (bits >> BigInt(bit)) & 1n);
}

/** Reads the host. Nothing here can fail: what cannot be read counts as not there. */
export function readSpecHost({ arch, release }: MachineFacts): SpecHost {
  const status = textOf('/proc/self/status');
  const hard = Object.entries(parseLimits(textOf('/proc/self/limits'))).flatMap(([name, limit]) =>
    limit.hard === null ? [] : [[`RLIMIT_${name.toUpperCase()}`, limit.hard] as const],
  );
  const cgroup2 = textOf('/sys/fs/cgroup/cgroup.controllers') !== '';
  const swapFile = cgroup2 ? '/proc/swaps' : '/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes';
  return {
    machine: goMachines[arch] ?? arch,
    kernel: release,
    capabilities: capabilitiesIn(status, 'CapBnd'),
    hard: Object.fromEntries(hard),
    mayRaise: capabilitiesIn(status, 'CapEff').includes('CAP_SYS_RESOURCE'),
    countsSwap: textOf(swapFile) !== '',
    cgroup2,
  };
}
