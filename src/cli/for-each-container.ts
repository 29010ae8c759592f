import type { Context } from './context.ts';

/**
 * Does something with each of several containers; as docker, a failure of one is told and does not keep the others, and
 * what worked is printed as it was named.
 */
export async function forEachContainer(
  names: readonly string[],
  context: Context,
  use: (name: string) => Promise<unknown>,
): Promise<void> {
  for (const name of names) {
    try {
      await use(name);
      context.stdout.write(`${name}\n`);
    } catch (error) {
      if (context.signal.aborted) throw error;
      context.fail(error);
    }
  }
}
