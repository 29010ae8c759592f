// `--filter` of images and prune, in docker's words: several of one key are alternatives, of several keys all must hold;
// several labels must all be there.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { familiarName, familiarRepository, type ImageName } from '../image/image-name.ts';
import { parseMoment } from '../lib/human-units.ts';
import { pathPattern } from '../lib/path-match.ts';
import type { ImageGroup } from '../store/image-groups.ts';
import type { ImageRecords } from '../store/image-records.ts';

/** Whether an image is wanted, and which of its names are shown. */
export interface ImageFilter {
  keeps(group: ImageGroup): boolean;
  /** False for names that a reference filter leaves out. */
  shows(name: ImageName): boolean;
  /** Whether the user said which of named and dangling images are meant. */
  readonly saysDangling: boolean;
}

/** commander's argParser of an option that may be repeated. */
export function collectFilter(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function wrongFilter(message: string, help: string): PlimsollError {
  return new PlimsollError('PL0001', message, { help });
}

type Test = (group: ImageGroup) => boolean;

/** What a filter is parsed with. */
export interface FilterWorld {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Where before= and since= find their image. */
  readonly images: Pick<ImageRecords, 'find'> | undefined;
  /** Keys that the command knows. */
  readonly keys: readonly string[];
}

/** Parses KEY=VALUE filters. @throws PlimsollError PL0001, PL0707, PL0708 */
export function parseImageFilters(
  given: readonly string[],
  { now, images, keys }: FilterWorld,
): ImageFilter {
  const any = new Map<string, Test[]>();
  const all: Test[] = [];
  const references: RegExp[] = [];
  const known = `there are: ${keys.join(', ')}`;
  const createdOf = (text: string): number => {
    const found = images?.find(text);
    if (found === undefined) {
      throw new PlimsollError('PL0707', `no such image: ${text}`, {
        at: { target: text },
        help: 'plimsoll images lists what is there',
      });
    }
    return found.image.createdMs ?? 0;
  };
  const add = (key: string, test: Test) => any.set(key, [...(any.get(key) ?? []), test]);
  for (const text of given) {
    const [, name = '', not = '', value = ''] = /^([a-z]+)(!?)=(.*)$/s.exec(text) ?? [];
    const key = `${name}${not}`;
    if (!keys.includes(key)) {
      throw wrongFilter(
        name === '' ? `'${text}' is no filter: expected KEY=VALUE` : `there is no filter '${key}'`,
        known,
      );
    }
    switch (key) {
      case 'dangling': {
        if (!/^(true|false|1|0)$/.test(value))
          throw wrongFilter(`dangling=${value}: expected true or false`, 'write dangling=true');
        const wanted = value === 'true' || value === '1';
        add(key, ({ dangling }) => dangling === wanted);
        break;
      }
      case 'label':
      case 'label!': {
        const wanted = key === 'label';
        all.push((group) => hasLabel(group, value) === wanted);
        break;
      }
      case 'before':
      case 'since': {
        const limit = createdOf(value);
        add(key, ({ images: [{ createdMs = 0 }] }) =>
          key === 'before' ? createdMs < limit : createdMs > limit,
        );
        break;
      }
      case 'until': {
        const limit = parseMoment(value, now);
        if (limit === undefined)
          throw wrongFilter(
            `until=${value}: expected a time`,
            'write until=24h, until=2024-01-31 or seconds since 1970',
          );
        all.push(({ images: [{ createdMs, addedMs }] }) => (createdMs ?? addedMs) <= limit);
        break;
      }
      default: {
        const pattern = pathPattern(value);
        if (pattern === undefined)
          throw wrongFilter(
            `reference=${value}: a malformed pattern`,
            "write it as 'redis*' or 'a/*:8'",
          );
        references.push(pattern);
      }
    }
  }
  const shows = (name: ImageName): boolean =>
    references.length === 0 ||
    references.some(
      (pattern) =>
        pattern.test(familiarName(name)) ||
        pattern.test(familiarRepository(name)) ||
        pattern.test(`${name.domain}/${name.path}`),
    );
  return {
    shows,
    saysDangling: any.has('dangling'),
    keeps: (group) =>
      all.every((test) => test(group)) &&
      [...any.values()].every((tests) => tests.some((test) => test(group))) &&
      (references.length === 0 || [...group.tags, ...group.digests].some(shows)),
  };
}

function hasLabel({ images: [{ labels }] }: ImageGroup, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  const key = equals < 0 ? wanted : wanted.slice(0, equals);
  if (!Object.hasOwn(labels, key)) return false;
  return equals < 0 || labels[key] === wanted.slice(equals + 1);
}
