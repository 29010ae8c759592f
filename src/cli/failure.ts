// What went wrong, as one of our errors: whatever a command or commander threw.
import type { CommanderError } from 'commander';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import { isFull } from '../store/store-failure.ts';

/** What commander says, as one of our errors; undefined when it only showed help. `name` is the command's, if any. */
export function fromCommander(
  error: CommanderError,
  name: string | undefined,
): PlimsollError | undefined {
  // A command that only has subcommands showed its help on standard error.
  if (error.exitCode === 0 || error.code === 'commander.help') return undefined;
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const hint = rest.join(' ').match(/\(Did you mean (.*)\?\)/)?.[1];
  const help = hint
    ? `did you mean ${hint}?`
    : name === undefined
      ? 'plimsoll --help lists the commands, plimsoll <command> --help its options'
      : `plimsoll ${name} --help shows how it is written, with examples`;
  return new PlimsollError('PL0001', first.replace(/\.$/, ''), { help });
}

/** Any failure as an error with a code. */
export function asPlimsollError(error: unknown, signal: AbortSignal): PlimsollError {
  if (signal.aborted) return new PlimsollError('PL0002', 'interrupted', { cause: error });
  if (error instanceof PlimsollError) return error;
  // Wherever it happens: no room is nobody's defect.
  if (isFull(error) && error instanceof Error) {
    const path = 'path' in error ? String(error.path) : undefined;
    return new PlimsollError('PL0702', `a file could not be written: ${systemReason(error)}`, {
      ...(path === undefined ? {} : { at: { path } }),
      help: 'make room where the store and /run are (df -h): plimsoll system prune removes what nothing uses',
      cause: error,
    });
  }
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new PlimsollError('PL0004', 'internal error', {
    notes: said.split('\n').slice(0, 12),
    help: 'this is a defect of Plimsoll: please report it with the command line and these lines',
    cause: error,
  });
}
