// Questions to the person at the terminal; secrets are not shown while they are typed.
import { createInterface } from 'node:readline/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { interrupted } from '../image/interrupted.ts';
import type { Context } from './context.ts';

/** A terminal as standard input is one. */
interface Terminal extends NodeJS.ReadableStream {
  readonly isTTY: true;
  setRawMode(on: boolean): unknown;
}

function isTerminal(stream: NodeJS.ReadableStream): stream is Terminal {
  return 'isTTY' in stream && stream.isTTY === true && 'setRawMode' in stream;
}

/** Whether there is somebody to ask who sees the question. */
export const hasTerminal = (context: Context): boolean =>
  context.stderr.isTerminal && isTerminal(context.stdin());

/** The terminal to ask at. @throws PlimsollError PL0001 where standard input is none */
function terminalOf(context: Context, help: string): Terminal {
  const input = context.stdin();
  if (isTerminal(input)) return input;
  throw new PlimsollError('PL0001', 'there is nobody to ask: standard input is no terminal', {
    help,
  });
}

/** Asks for a line. @throws PlimsollError PL0001, PL0002 */
export async function askLine(question: string, help: string, context: Context): Promise<string> {
  const input = terminalOf(context, help);
  context.progress.clear();
  context.stderr.write(question);
  const lines = createInterface({ input });
  try {
    const answer = await lines.question('', { signal: context.signal });
    return answer.trim();
  } catch (error) {
    throw context.signal.aborted ? interrupted(context.signal) : error;
  } finally {
    lines.close();
  }
}

const [enter, newLine, end, backspace, erase, interrupt, kill] = [
  '\r',
  '\n',
  '\x04',
  '\x7f',
  '\b',
  '\x03',
  '\x15',
];

/** Asks for a secret: nothing of it is shown. @throws PlimsollError PL0001, PL0002 */
export async function askSecret(question: string, help: string, context: Context): Promise<string> {
  const input = terminalOf(context, help);
  const { signal } = context;
  context.progress.clear();
  context.stderr.write(question);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let typed = '';
  const take = (data: Buffer | string): void => {
    for (const character of data.toString()) {
      if (character === enter || character === newLine || character === end) resolve(typed);
      else if (character === interrupt) reject(new PlimsollError('PL0002', 'interrupted'));
      else if (character === backspace || character === erase) typed = typed.slice(0, -1);
      else if (character === kill) typed = '';
      else typed += character;
    }
  };
  const stop = (): void => reject(interrupted(signal));
  signal.addEventListener('abort', stop, { once: true });
  input.setRawMode(true);
  input.on('data', take);
  input.resume();
  try {
    return await promise;
  } finally {
    input.off('data', take);
    input.setRawMode(false);
    input.pause();
    signal.removeEventListener('abort', stop);
    context.stderr.write('\n');
  }
}

/** All of standard input, without the line's end. */
export async function readSecret(context: Context): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of context.stdin()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
