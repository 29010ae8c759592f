// Programs and libraries of an image stay at hand while its layers pass, for the reading of their code: so layers are
// read once.
import { tmpdir } from 'node:os';
import type { Target } from '../image/image.ts';
import { type KeptFiles, keptFiles } from '../image/kept-files.ts';

/** Bytes that the temporary file takes at most; what has no room is read from its layer again. */
const keptBytes = 1024 * 1024 * 1024;

/** Where they are kept; nothing for targets without layers. */
export function keptPrograms(target: Target): KeptFiles | undefined {
  return 'layers' in target ? keptFiles({ folder: tmpdir(), totalBytes: keptBytes }) : undefined;
}
