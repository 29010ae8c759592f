// `--filter` of ps and container prune, in docker's words: several of one key are alternatives, of several keys all must
// hold; several labels must all be there.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Container } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { healthOf } from '../engine/health-check.ts';
import { startsOnBoot } from '../engine/restart-policy.ts';
import { parseMoment } from '../lib/human-units.ts';
import { mountSources, networkNames } from './container-listing.ts';

/** Whether a container is wanted. */
export interface ContainerFilter {
  keeps(container: Container): boolean;
  /** Whether the user said how they stand: ps shows all that fit then. */
  readonly saysStatus: boolean;
}

type Test = (container: Container) => boolean;

const keys = [
  'id',
  'name',
  'label',
  'label!',
  'status',
  'exited',
  'ancestor',
  'before',
  'since',
  'until',
  'volume',
  'network',
  'health',
  'publish',
  'expose',
  'is-task',
  'restart-policy',
  'should-start-on-boot',
] as const;

const statuses = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];

function wrong(message: string, help: string): PlimsollError {
  return new PlimsollError('PL0001', message, { help });
}

/** Parses KEY=VALUE filters. @throws PlimsollError PL0001, PL0820, PL0821 */
export function parseContainerFilters(
  given: readonly string[],
  { records, store, now, places }: Pick<Engine, 'records' | 'store' | 'now' | 'places'>,
): ContainerFilter {
  const any = new Map<string, Test[]>();
  const every: Test[] = [];
  const add = (key: string, test: Test) => any.set(key, [...(any.get(key) ?? []), test]);
  for (const text of given) {
    const [, name = '', not = '', value = ''] = /^([a-z-]+)(!?)=(.*)$/s.exec(text) ?? [];
    const key = keys.find((one) => one === `${name}${not}`);
    if (key === undefined)
      throw wrong(
        name === ''
          ? `'${text}' is no filter: expected KEY=VALUE`
          : `invalid filter '${name}${not}'`,
        `there are: ${keys.join(', ')}`,
      );
    switch (key) {
      case 'id':
        add(key, ({ id }) => id.startsWith(value));
        break;
      case 'name': {
        const pattern = patternOf(value);
        add(key, (one) => pattern.test(one.name) || pattern.test(`/${one.name}`));
        break;
      }
      case 'label':
      case 'label!':
        every.push(({ settings }) => hasLabel(settings.labels, value) === (key === 'label'));
        break;
      case 'status':
        if (!statuses.includes(value))
          throw wrong(`invalid filter 'status=${value}'`, `one of: ${statuses.join(', ')}`);
        add(key, ({ state }) => state.status === value);
        break;
      case 'exited': {
        if (!/^-?\d+$/.test(value))
          throw wrong(`invalid filter 'exited=${value}'`, 'write exited=0');
        add(key, ({ state }) => state.exitCode === Number(value) && state.status === 'exited');
        break;
      }
      case 'ancestor': {
        const image = store.images.find(value)?.image.id;
        add(key, ({ settings }) => settings.image.id === image || settings.image.name === value);
        break;
      }
      case 'before':
      case 'since': {
        const other = records.find(value).createdMs;
        add(key, ({ createdMs }) => (key === 'before' ? createdMs < other : createdMs > other));
        break;
      }
      case 'until': {
        const moment = parseMoment(value, now());
        if (moment === undefined)
          throw wrong(`invalid filter 'until=${value}'`, 'write until=24h or until=2024-01-31');
        every.push(({ createdMs }) => createdMs <= moment);
        break;
      }
      case 'volume':
        add(
          key,
          (one) =>
            mountSources(one).includes(value) ||
            one.settings.volumes.mounts.some(({ destination }) => destination === value),
        );
        break;
      case 'network':
        add(key, (one) => networkNames(one).includes(value));
        break;
      case 'health':
        add(key, (one) => (healthOf({ places }, one)?.status ?? 'none') === value);
        break;
      case 'publish':
      case 'expose': {
        const [, first = '', last = first, protocol = 'tcp'] =
          /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(value) ?? [];
        if (first === '')
          throw wrong(`invalid filter '${text}'`, 'write publish=8080 or expose=80/udp');
        add(key, ({ state }) =>
          (state.network?.ports ?? []).some((port) => {
            const number = key === 'publish' ? port.hostPort : port.containerPort;
            return port.protocol === protocol && number >= Number(first) && number <= Number(last);
          }),
        );
        break;
      }
      case 'is-task':
        add(key, () => value === 'false');
        break;
      case 'restart-policy':
        add(key, ({ settings }) => settings.restart.name === value);
        break;
      case 'should-start-on-boot':
        add(key, (one) => String(startsOnBoot(one)) === value);
    }
  }
  return {
    saysStatus: any.has('status') || any.has('exited'),
    keeps: (container) =>
      every.every((test) => test(container)) &&
      [...any.values()].every((tests) => tests.some((test) => test(container))),
  };
}

/** docker takes names as regular expressions; one that is none is taken as it stands. */
function patternOf(value: string): RegExp {
  try {
    return new RegExp(value);
  } catch {
    return new RegExp(value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  }
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  const key = equals < 0 ? wanted : wanted.slice(0, equals);
  if (!Object.hasOwn(labels, key)) return false;
  return equals < 0 || labels[key] === wanted.slice(equals + 1);
}
