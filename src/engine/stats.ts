// What containers use, as `stats` shows it. Rates come from two looks at the counters.
import { readFileSync } from 'node:fs';
import { type CgroupUsage, cgroupsOf, readUsage } from '../runtime/cgroups.ts';
import type { Container } from './container.ts';

/** Counters of a container at one moment. */
export interface ContainerSample extends CgroupUsage {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Reads the counters; undefined when it has ended. */
export function sampleOf({ state }: Container, atMs: number): ContainerSample | undefined {
  const pid = state.process?.pid;
  if (pid === undefined) return undefined;
  const paths = cgroupsOf(pid);
  if (paths === undefined) return undefined;
  return { ...readUsage(paths), atMs, ...networkBytes(pid) };
}

/** Of all interfaces but loopback, by /proc/PID/net/dev (proc(5)). */
function networkBytes(pid: number): { receivedBytes: number; sentBytes: number } {
  const sum = { receivedBytes: 0, sentBytes: 0 };
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/net/dev`, 'utf8');
  } catch {
    return sum;
  }
  for (const line of text.split('\n')) {
    const [, name, rest = ''] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || name === 'lo') continue;
    const fields = rest.trim().split(/\s+/).map(Number);
    sum.receivedBytes += fields[0] ?? 0;
    sum.sentBytes += fields[8] ?? 0;
  }
  return sum;
}

/** Per cent of one processor between two looks. */
export function cpuPercent(before: ContainerSample, after: ContainerSample): number {
  const passedMs = after.atMs - before.atMs;
  return passedMs <= 0 ? 0 : ((after.cpuNs - before.cpuNs) / (passedMs * 1e6)) * 100;
}
