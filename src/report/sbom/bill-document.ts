// What both forms of a bill of materials say beside the parts: whose bill it is, who wrote it, when.
import { createHash } from 'node:crypto';
import type { SoftwareBill } from '../../needs/software-bill.ts';

/** The image, or root file system, that a bill is of. */
export interface BillSubject {
  /** "docker.io/library/redis", or the file's name. */
  readonly name: string;
  /** Tag, where there is one. */
  readonly tag?: string;
  /** Digest of the manifest, where there is one. */
  readonly digest?: string;
  /** Whether it is an image rather than files alone. */
  readonly image: boolean;
  /** Package URL of type oci; only where name and digest are known. */
  readonly purl?: string;
  readonly platform?: string;
}

/** A bill with what stands around it. */
export interface BillDocument {
  readonly subject: BillSubject;
  readonly bill: SoftwareBill;
  /** RFC 3339, in UTC, without fractions. */
  readonly timestamp: string;
  /** Version of Plimsoll. */
  readonly version: string;
}

/** A UUID that follows from what the bill says and nothing else (RFC 9562, version 8). */
export function billUuid({ subject, bill, timestamp }: BillDocument): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([subject, bill, timestamp]))
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}

/** A short hash that tells parts of the same name apart. */
export function partKey(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
