/**
 * A short name for a text: FNV-1a with 32 bits, as eight hexadecimal digits. Different texts may have the same; whoever
 * files things under it compares the text too. (A cryptographic hash would have OpenSSL loaded: 4 ms.)
 */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
