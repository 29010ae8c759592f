const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** Bytes as text, or undefined for what is no text: a NUL byte within its first 8 KiB. */
export function textOf(bytes: Uint8Array): string | undefined {
  const head = bytes.subarray(0, 8192);
  return head.includes(0) ? undefined : decoder.decode(bytes);
}
