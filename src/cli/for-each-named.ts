import type { Context } from './context.ts';

/**
 * Does something with each of several containers, networks or volumes; as docker, a failure of one is told and does not
 * keep the others, and what worked is printed as it was named.
 * @param use may say 'passed over': there was nothing to do, and nothing is printed
 */
export async function forEachNamed(
  names: readonly string[],
  context: Context,
  use: (name: string) => Promise<unknown>,
): Promise<void> {
  for (const name of names) {
    try {
      if ((await use(name)) !== 'passed over') context.stdout.write(`${name}\n`);
    } catch (error) {
      if (context.signal.aborted) throw error;
      context.fail(error);
    }
  }
}
