// Content digests as the OCI image specification writes them: "algorithm:hex".
import type { Hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Hex digits of the algorithms that are registered. */
const hexDigits: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

let crypto: typeof import('node:crypto') | undefined;

/** Loaded when something is hashed: that costs a quarter of what Node takes to start, and listing images hashes nothing. */
function hashing(): typeof import('node:crypto') {
  crypto ??= createRequire(join(import.meta.dirname, 'digest.js'))(
    'node:crypto',
  ) as typeof import('node:crypto');
  return crypto;
}

/** Whether the text is a digest of a registered algorithm; nothing else may become part of a file name. */
export function isDigest(text: unknown): text is `sha256:${string}` | `sha512:${string}` {
  if (typeof text !== 'string') return false;
  const [algorithm = '', hex = '', ...more] = text.split(':');
  return more.length === 0 && hex.length === hexDigits[algorithm] && /^[0-9a-f]+$/.test(hex);
}

/** A hash of the digest's algorithm. */
export function hashFor(digest: string): Hash {
  return hashing().createHash(digest.startsWith('sha512:') ? 'sha512' : 'sha256');
}

/** Algorithm and hex of finished bytes, in the algorithm of `like`. */
export function digestOf(bytes: Uint8Array, like = 'sha256:'): string {
  return `${like.split(':')[0]}:${hashFor(like).update(bytes).digest('hex')}`;
}

/** As people see it: the first twelve hex digits. */
export function shortDigest(digest: string): string {
  return (digest.split(':')[1] ?? digest).slice(0, 12);
}
