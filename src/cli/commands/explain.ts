// plimsoll explain CODE|RULE: the page of a code, for the terminal.
import type { Command } from 'commander';
import { findingCodes } from '../../check/finding-codes.ts';
import { operationCodes } from '../../diag/operation-codes.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';

const titles: Readonly<Record<string, string>> = { ...operationCodes, ...findingCodes };

export function register(program: Command, context: Context): void {
  const command = program
    .command('explain')
    .description('explain a code or rule: what it means, where it was seen, what to do')
    .argument('<code>', 'a code as reports show it: PL1004')
    .action((code: string) => {
      const title = titles[code.toUpperCase()];
      if (title === undefined) {
        throw new PlimsollError('PL0001', `unknown code '${code}'`);
      }
      context.stdout.write(`${code.toUpperCase()}: ${title}\n`);
    });
  addExamples(command, [
    { line: 'plimsoll explain PL1001', says: 'what "kernel too old" is about' },
  ]);
}
