import { decodeText } from '../../formats/text.ts';

/** Bytes as text, or undefined for what is no text: a NUL byte within its first 8 KiB. */
export function textOf(bytes: Uint8Array): string | undefined {
  return bytes.subarray(0, 8192).includes(0) ? undefined : decodeText(bytes);
}
