import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type ImageName, parseImageName } from '../image/image-name.ts';

/** A name that shall point at an image. @throws PlimsollError PL0001 for none, and for one with a digest */
export function nameToSet(text: string): ImageName {
  const name = parseImageName(text);
  if ('fault' in name) {
    throw new PlimsollError('PL0001', `'${text}': ${name.fault}`, {
      help: name.help ?? 'write it as redis:8 or registry.example/team/redis:8',
    });
  }
  if (name.digest === undefined) return name;
  throw new PlimsollError('PL0001', `'${text}': a digest cannot be given to an image`, {
    help: 'write a tag: the digest follows from what the image holds',
  });
}
