// Log drivers by docker's names. Files are written by conmon in the form of the Kubernetes container runtime interface
// ("time stream P|F text"); readers know no other. Where others write to a receiver of their own, conmon writes the file
// all the same and a forwarder follows it: a receiver that is slow never holds the container up.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { parseRamBytes } from '../../lib/ram-bytes.ts';
import type { Container, LogChoice } from '../container.ts';
import type { ContainerPlaces } from '../state-folder.ts';

/** How a driver keeps what a container writes. */
export type LogKind = 'file' | 'journald' | 'none' | 'passthrough' | 'forwarded';

const kinds: Readonly<Record<string, LogKind>> = {
  'json-file': 'file',
  local: 'file',
  'k8s-file': 'file',
  journald: 'journald',
  none: 'none',
};

/** The driver that is used where none is named. */
export const defaultLogDriver = 'json-file';

/** How the driver keeps logs. @throws PlimsollError PL0827 for a name that is none */
export function logKind(driver: string): LogKind {
  const kind = Object.hasOwn(kinds, driver) ? kinds[driver] : undefined;
  if (kind !== undefined) return kind;
  throw new PlimsollError('PL0827', `there is no log driver ${driver}`, {
    help: `one of: ${Object.keys(kinds).join(', ')}`,
  });
}

/** Refuses drivers and options that are not known. @throws PlimsollError PL0827 */
export function checkLogChoice({ driver, options }: LogChoice): void {
  logKind(driver);
  const size = options['max-size'];
  if (size !== undefined && size !== '-1' && !parseRamBytes(size))
    throw new PlimsollError('PL0827', `max-size=${size}: expected a size`, {
      help: 'write --log-opt max-size=10m',
    });
}

/** What conmon is told of the log. @throws PlimsollError PL0827 */
export function monitorLogArguments(
  { driver, options }: LogChoice,
  { name }: Pick<Container, 'name'>,
  places: Pick<ContainerPlaces, 'log'>,
): readonly string[] {
  const kind = logKind(driver);
  if (kind === 'none') return ['--log-path', 'none'];
  if (kind === 'journald') {
    const tag = options['tag'];
    return [
      ...['--log-path', 'journald:'],
      ...(tag === undefined ? [] : ['--log-tag', tag.replaceAll('{{.Name}}', name)]),
    ];
  }
  const size = options['max-size'];
  const bytes = size === undefined ? undefined : parseRamBytes(size);
  return [
    ...['--log-path', `k8s-file:${places.log}`],
    ...(bytes === undefined || bytes === 0 ? [] : ['--log-size-max', String(bytes)]),
  ];
}
