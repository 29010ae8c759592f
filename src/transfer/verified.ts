import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor } from '../image/image.ts';
import { hashFor } from '../lib/digest.ts';

/**
 * The bytes of a blob as they pass, with size and digest held against the descriptor. It stops at the first byte too
 * many, and throws at the end when they are not what was promised.
 * @throws PlimsollError PL0105
 */
export async function* verified(
  blob: Descriptor,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const hash = hashFor(blob.digest);
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > blob.size) throw mismatch('size', String(blob.size), `${bytes} or more`, blob);
    hash.update(chunk);
    yield chunk;
    onBytes(bytes);
  }
  if (bytes !== blob.size) throw mismatch('size', String(blob.size), String(bytes), blob);
  const found = `${blob.digest.split(':')[0]}:${hash.digest('hex')}`;
  if (found !== blob.digest) throw mismatch('digest', blob.digest, found, blob);
}

function mismatch(
  what: string,
  expected: string,
  found: string,
  { digest }: Descriptor,
): PlimsollError {
  return new PlimsollError('PL0105', `${what} of the blob: expected ${expected}, found ${found}`, {
    at: { layer: digest },
    help: 'the image was damaged or changed: save or copy it again from where it came',
  });
}
