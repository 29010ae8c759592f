import { readdirSync, readlinkSync } from 'node:fs';

/** Processes in the PID namespace of a process: for containers without cgroups of their own. */
export function namespaceProcesses(pid: number): readonly number[] {
  const namespaceOf = (one: number | string): string | undefined => {
    try {
      return readlinkSync(`/proc/${one}/ns/pid`);
    } catch {
      // Ended, or somebody else's.
      return undefined;
    }
  };
  const own = namespaceOf(pid);
  if (own === undefined) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && namespaceOf(name) === own)
    .map(Number);
}
