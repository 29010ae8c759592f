import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Context } from './context.ts';

/** Standard input in chunks. @throws PlimsollError PL0001 when it is a terminal, where nobody types an archive */
export async function* stdinChunks(context: Context, help: string): AsyncGenerator<Uint8Array> {
  const stream = context.stdin();
  if ('isTTY' in stream && stream.isTTY === true) {
    throw new PlimsollError('PL0001', 'expected an archive on standard input, found a terminal', {
      help,
    });
  }
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
