// Time for tests that say that something is quick: of the processor, not of the clock, so that a busy machine fails none.

/** Milliseconds of processor time, user and system, that an action takes in this process. */
export function cpuMs(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
