// `--filter` of networks and volumes, in docker's words: several of one key are alternatives, of several keys all must
// hold; several labels must all be there.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { parseMoment } from '../lib/human-units.ts';

/** What a filter may ask about. */
export interface Filtered {
  readonly name: string;
  readonly id: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdMs: number;
  /** Whether no container has it. */
  readonly dangling: boolean;
  /** Of networks: not one that is always there. */
  readonly custom?: boolean;
  /** Of volumes: whether nobody named it. */
  readonly anonymous?: boolean;
}

/** Keys that filters can have. */
export type FilterKey =
  | 'name'
  | 'id'
  | 'driver'
  | 'label'
  | 'label!'
  | 'dangling'
  | 'until'
  | 'type'
  | 'scope'
  | 'all';

type Test = (object: Filtered) => boolean;

function wrong(message: string, help: string): PlimsollError {
  return new PlimsollError('PL0001', message, { help });
}

function isTrue(key: string, value: string): boolean {
  if (/^(true|1)$/i.test(value)) return true;
  if (/^(false|0)$/i.test(value)) return false;
  throw wrong(`invalid filter '${key}=${value}'`, `write ${key}=true or ${key}=false`);
}

function testOf(key: FilterKey, value: string, now: number): Test {
  switch (key) {
    case 'name':
      return ({ name }) => name.includes(value);
    case 'id':
      return ({ id }) => id.startsWith(value);
    case 'driver':
      return ({ driver }) => driver === value;
    case 'label':
    case 'label!':
      return ({ labels }) => hasLabel(labels, value) === (key === 'label');
    case 'dangling': {
      const wanted = isTrue(key, value);
      return ({ dangling }) => dangling === wanted;
    }
    case 'until': {
      const moment = parseMoment(value, now);
      if (moment === undefined)
        throw wrong(`invalid filter 'until=${value}'`, 'write until=24h or until=2024-01-31');
      return ({ createdMs }) => createdMs <= moment;
    }
    case 'type':
      if (value !== 'custom' && value !== 'builtin')
        throw wrong(`invalid filter 'type=${value}'`, 'write type=custom or type=builtin');
      return ({ custom = true }) => custom === (value === 'custom');
    case 'scope':
      return () => value === 'local';
    case 'all': {
      const wanted = isTrue(key, value);
      return ({ anonymous = false }) => wanted || anonymous;
    }
  }
}

/** Whether the labels have KEY, or KEY=VALUE. */
function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key = '', ...value] = wanted.split('=');
  if (!Object.hasOwn(labels, key)) return false;
  return value.length === 0 || labels[key] === value.join('=');
}

/** Parses KEY=VALUE filters of the keys that a command knows. @throws PlimsollError PL0001 */
export function parseObjectFilters(
  given: readonly string[],
  keys: readonly FilterKey[],
  now: number,
): (object: Filtered) => boolean {
  const any = new Map<FilterKey, Test[]>();
  const every: Test[] = [];
  for (const text of given) {
    const [, name = '', value = ''] = /^([a-z]+!?)=(.*)$/s.exec(text) ?? [];
    const key = keys.find((one) => one === name);
    if (key === undefined)
      throw wrong(
        name === '' ? `'${text}' is no filter: expected KEY=VALUE` : `invalid filter '${name}'`,
        `there are: ${keys.join(', ')}`,
      );
    const test = testOf(key, value, now);
    if (key.startsWith('label')) every.push(test);
    else any.set(key, [...(any.get(key) ?? []), test]);
  }
  return (object) =>
    every.every((test) => test(object)) &&
    [...any.values()].every((tests) => tests.some((test) => test(object)));
}
