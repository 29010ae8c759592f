// Exit codes are part of the interface: docs/exit-codes.md.
import type { OperationCode } from '../diag/operation-codes.ts';

/** The exit codes, by name (docs/exit-codes.md). */
export const exitCodes = {
  /** Nothing that --fail-on names was found. */
  works: 0,
  /** What --fail-on names was found on at least one host; of commands that docker has too: the operation failed. */
  fails: 1,
  /** The command line, a host, a rule file or a policy file is not valid: nothing was tried. */
  wrongUse: 2,
  /** The target, or the output, could not be dealt with. */
  notAnalysed: 3,
  /** Of run and exec: the engine failed, nothing was started; all else is the exit code of what was. */
  notStarted: 125,
  /** 128 + SIGINT. */
  interrupted: 130,
  /** 128 + SIGTERM. */
  terminated: 143,
} as const;

const wrongUse: ReadonlySet<OperationCode> = new Set<OperationCode>([
  'PL0001',
  'PL0301',
  'PL0302',
  'PL0401',
  'PL0402',
  'PL0501',
  'PL0502',
  'PL0760',
]);

/** The exit code that a failed operation leads to. `failure`: the command's own for what is no wrong use (CommandEntry). */
export function exitCodeOf(code: OperationCode, failure: number = exitCodes.notAnalysed): number {
  if (code === 'PL0002') return exitCodes.interrupted;
  // 126 and below 125 are what was started itself ended with.
  if (failure === exitCodes.notStarted) return failure;
  return wrongUse.has(code) ? exitCodes.wrongUse : failure;
}
