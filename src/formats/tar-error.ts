import type { Location } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';

/** PL0202 at an offset of the archive; `message` says what was expected there. */
export function damagedTar(
  at: Location,
  message: string,
  offset: number,
  path?: string,
): PlimsollError {
  return new PlimsollError('PL0202', `damaged tar archive: ${message}`, {
    at: { ...at, ...(path === undefined ? {} : { path }), offset },
    help: 'the file is cut off or was changed on its way: save or copy the image again',
  });
}
