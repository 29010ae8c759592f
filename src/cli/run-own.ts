import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { Context, OwnCommand } from './context.ts';

/**
 * Runs another command of this program at the same streams; this one ends as it does.
 * @throws PlimsollError PL0824 where it could not be started
 */
export async function runOwn(
  own: OwnCommand,
  words: readonly string[],
  context: Context,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { terminal, environment } = context;
  const child = spawn(own.command, [...own.args, ...words], {
    stdio: 'inherit',
    env: { ...environment, ...more },
  });
  const giveBack = context.takeSignals((signal) => {
    // What is typed at a terminal reaches every process there by itself.
    if (terminal === undefined) child.kill(signal);
  });
  const code = await new Promise<number>((settle, reject) => {
    child.on('error', (cause) =>
      reject(
        new PlimsollError('PL0824', `the command could not be started: ${systemReason(cause)}`, {
          cause,
        }),
      ),
    );
    child.on('exit', (status, signal) =>
      settle(status ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  giveBack();
  context.setExitCode(code);
}

/** A command of this program as somebody could write it in a shell. */
export function commandLine(words: readonly string[]): string {
  const quoted = words.map((word) =>
    /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return `plimsoll ${quoted.join(' ')}`;
}
