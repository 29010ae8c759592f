// The names that --host takes, for completions.
import { distributions } from '../kernel/distributions.ts';

/** Names of hosts without qualifiers. */
export async function hostNames(): Promise<readonly string[]> {
  return [...distributions.map(({ id, version }) => `${id}:${version}`), 'gvisor'];
}
