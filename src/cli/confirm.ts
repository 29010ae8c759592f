// The question before something is removed, as docker asks it.
import { createInterface } from 'node:readline/promises';
import type { Context } from './context.ts';

/** Asks; false for every answer but yes, and when nobody answers. */
export async function confirm(warning: string, context: Context): Promise<boolean> {
  context.stdout.write(`WARNING! ${warning}\nAre you sure you want to continue? [y/N] `);
  const lines = createInterface({ input: context.stdin(), terminal: false });
  try {
    for await (const line of lines) return /^y(es)?$/i.test(line.trim());
    return false;
  } finally {
    lines.close();
    if (!context.stdout.isTerminal) context.stdout.write('\n');
  }
}
