// Reading from the first place that has what is asked for: mirrors in their order, then the registry itself. The place
// that gave an image's manifest is asked first for its blobs.
import type { Diagnostic } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { formatImageName, type ImageName } from '../image/image-name.ts';
import type { Endpoint } from './endpoints.ts';

/** Chooses among the places that may have an image. */
export interface Reading {
  /** All places, the one that worked before first. */
  places(name: ImageName): readonly Endpoint[];
  /** Notes that a place has the image. */
  worked(name: ImageName, endpoint: Endpoint): void;
  /** What the first place gives for which `use` does not fail; the last failure when all do. */
  first<T>(name: ImageName, use: (endpoint: Endpoint, more: boolean) => Promise<T>): Promise<T>;
}

/** Codes of failures after which another place may do better: what a registry says, and what is damaged there. */
const elsewhere = /^PL06|^PL010[5-8]$|^PL0205$/;

/** Whether another place may have it. */
export function mayBeElsewhere(error: unknown): error is PlimsollError {
  return error instanceof PlimsollError && elsewhere.test(error.code);
}

/** Makes a reading over the places of a configuration. */
export function createReading(
  endpointsFor: (name: ImageName) => readonly Endpoint[],
  tell: (problem: Diagnostic) => void,
): Reading {
  const preferred = new Map<string, Endpoint>();
  const keyOf = ({ domain, path }: ImageName): string => `${domain}/${path}`;
  const sameAs = (one: Endpoint) => (other: Endpoint) =>
    one.host === other.host && one.path === other.path;
  const reading: Reading = {
    places(name) {
      const all = endpointsFor(name);
      const before = preferred.get(keyOf(name));
      const found = before === undefined ? undefined : all.find(sameAs(before));
      return found === undefined ? all : [found, ...all.filter((one) => one !== found)];
    },
    worked(name, endpoint) {
      preferred.set(keyOf(name), endpoint);
    },
    async first(name, use) {
      const places = reading.places(name);
      const notes: string[] = [];
      for (const [at, endpoint] of places.entries()) {
        const more = at < places.length - 1;
        try {
          const value = await use(endpoint, more);
          reading.worked(name, endpoint);
          return value;
        } catch (error) {
          if (!mayBeElsewhere(error)) throw error;
          if (!more) throw withNotes(error, notes);
          const note = `${endpoint.mirror ? 'mirror ' : ''}${endpoint.domain}/${endpoint.path}: ${error.message}`;
          notes.push(note);
          tell({
            ...error.diagnostic,
            severity: 'note',
            message: note,
            at: { target: formatImageName(name) },
          });
        }
      }
      throw new PlimsollError('PL0607', 'no place is configured for the image', {
        at: { target: formatImageName(name) },
      });
    },
  };
  return reading;
}

/** The error with what other places said. */
function withNotes(error: PlimsollError, more: readonly string[]): PlimsollError {
  if (more.length === 0) return error;
  const { at, notes = [], help } = error.diagnostic;
  return new PlimsollError(error.code, error.message, {
    ...(at === undefined ? {} : { at }),
    notes: [...notes, ...more],
    ...(help === undefined ? {} : { help }),
    cause: error,
  });
}
