// Log drivers by docker's names. Files are written by conmon in the form of the Kubernetes container runtime interface
// ("time stream P|F text"); readers know no other. Where others write to a receiver of their own, conmon writes the file
// all the same and the forwarder follows it (forwarder.ts): a receiver that is slow never holds the container up.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { parseRamBytes } from '../../lib/ram-bytes.ts';
import { findProgram } from '../../sys/find-program.ts';
import type { Container, LogChoice } from '../container.ts';
import type { ContainerPlaces } from '../state-folder.ts';
import { parseLogAddress } from './log-address.ts';

/** How a driver keeps what a container writes. */
export type LogKind = 'file' | 'journald' | 'none' | 'passthrough' | 'forwarded';

interface Driver {
  readonly kind: LogKind;
  readonly options: readonly string[];
}

/** What is told beside each line. */
const attributes = ['tag', 'labels', 'labels-regex', 'env', 'env-regex'];
const delivery = ['mode', 'max-buffer-size'];
const rotation = ['max-size', 'max-file', 'compress'];
const cache = ['cache-disabled', 'cache-max-size', 'cache-max-file', 'cache-compress'];
const sent = [...attributes, ...delivery, ...cache];

const drivers: Readonly<Record<string, Driver>> = {
  'json-file': { kind: 'file', options: [...rotation, ...attributes, ...delivery] },
  local: { kind: 'file', options: [...rotation, ...attributes, ...delivery] },
  'k8s-file': { kind: 'file', options: [...rotation, ...attributes, ...delivery] },
  journald: { kind: 'journald', options: [...attributes, ...delivery] },
  syslog: {
    kind: 'forwarded',
    options: [
      ...['syslog-address', 'syslog-facility', 'syslog-format', 'syslog-tls-ca-cert'],
      ...['syslog-tls-cert', 'syslog-tls-key', 'syslog-tls-skip-verify'],
      ...sent,
    ],
  },
  gelf: {
    kind: 'forwarded',
    options: [
      ...['gelf-address', 'gelf-compression-type', 'gelf-compression-level'],
      ...['gelf-tcp-max-reconnect', 'gelf-tcp-reconnect-delay'],
      ...sent,
    ],
  },
  fluentd: {
    kind: 'forwarded',
    options: [
      ...['fluentd-address', 'fluentd-async', 'fluentd-async-connect', 'fluentd-request-ack'],
      ...['fluentd-buffer-limit', 'fluentd-retry-wait', 'fluentd-max-retries'],
      ...['fluentd-sub-second-precision', 'fluentd-async-reconnect-interval'],
      ...['fluentd-write-timeout', 'fluentd-read-timeout'],
      ...sent,
    ],
  },
  none: { kind: 'none', options: [] },
  passthrough: { kind: 'passthrough', options: [] },
};

/** The driver that is used where none is named. */
export const defaultLogDriver = 'json-file';

/** The program that stands for a driver which is none of ours; undefined where there is none. */
export function driverProgram(driver: string, path: string | undefined): string | undefined {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(driver)) return undefined;
  return findProgram(`plimsoll-log-${driver}`, `/usr/libexec/plimsoll:${path ?? ''}`);
}

/** How the driver keeps logs; one that is none of ours is a program's. */
export function logKind(driver: string): LogKind {
  return Object.hasOwn(drivers, driver) ? (drivers[driver]?.kind ?? 'forwarded') : 'forwarded';
}

function wrong(message: string, help: string): PlimsollError {
  return new PlimsollError('PL0827', message, { help });
}

/** Values that each option takes, and what to write instead. */
const values: Readonly<Record<string, readonly [(text: string) => boolean, string]>> = {
  'max-size': [(text) => text === '-1' || isSize(text), 'a size: 10m'],
  'cache-max-size': [isSize, 'a size: 20m'],
  'max-buffer-size': [isSize, 'a size: 4m'],
  'fluentd-buffer-limit': [isSize, 'a size: 8m'],
  'max-file': [isCount, 'a number from 1'],
  'cache-max-file': [isCount, 'a number from 1'],
  compress: [isSwitch, 'true or false'],
  'cache-compress': [isSwitch, 'true or false'],
  'cache-disabled': [isSwitch, 'true or false'],
  mode: [(text) => ['blocking', 'non-blocking'].includes(text), 'blocking or non-blocking'],
  'syslog-format': [
    (text) => ['', 'rfc3164', 'rfc5424', 'rfc5424micro'].includes(text),
    'rfc3164, rfc5424 or rfc5424micro',
  ],
  'gelf-compression-type': [(text) => ['gzip', 'zlib', 'none'].includes(text), 'gzip, zlib, none'],
  'gelf-compression-level': [(text) => /^(-1|[0-9])$/.test(text), '-1 to 9'],
  'labels-regex': [isPattern, 'a regular expression'],
  'env-regex': [isPattern, 'a regular expression'],
};

function isSize(text: string): boolean {
  return (parseRamBytes(text) ?? 0) > 0;
}

function isCount(text: string): boolean {
  return /^[1-9]\d*$/.test(text);
}

function isSwitch(text: string): boolean {
  return text === 'true' || text === 'false';
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Refuses drivers and options that are not known. `path`: PATH, for drivers that are programs.
 * @throws PlimsollError PL0827
 */
export function checkLogChoice({ driver, options }: LogChoice, path: string | undefined): void {
  const known = Object.hasOwn(drivers, driver) ? drivers[driver] : undefined;
  if (known === undefined) {
    // What a program takes, it says itself.
    if (driverProgram(driver, path) !== undefined) return;
    throw wrong(
      `there is no log driver ${driver}`,
      `one of: ${Object.keys(drivers).join(', ')}; or put a program plimsoll-log-${driver} into PATH`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (!known.options.includes(name))
      throw wrong(
        `unknown log opt '${name}' for ${driver} log driver`,
        known.options.length === 0
          ? 'it takes none'
          : `there are: ${known.options.toSorted().join(', ')}`,
      );
    const [fits, expected] = values[name] ?? [() => true, ''];
    if (!fits(value))
      throw wrong(`${name}=${value}: expected ${expected}`, `write --log-opt ${name}=VALUE`);
  }
  if (known.kind === 'file' && options['max-size'] === undefined && driver !== 'local') {
    if (Number(options['max-file'] ?? 1) > 1 || options['compress'] === 'true')
      throw wrong(
        'max-file and compress are of use with max-size alone',
        'write --log-opt max-size=10m too',
      );
  }
  if (known.kind === 'forwarded') parseLogAddress(driver, options);
}

/** How a log file is kept from growing: undefined where it may. */
export interface LogRotation {
  readonly maxBytes: number;
  /** With the one that is written. */
  readonly files: number;
  readonly compress: boolean;
}

/** The rotation that is asked for; what is sent elsewhere is kept as docker's cache of it is. */
export function logRotation({ driver, options }: LogChoice): LogRotation | undefined {
  const kind = logKind(driver);
  if (kind !== 'file' && kind !== 'forwarded') return undefined;
  const own = kind === 'file' ? '' : 'cache-';
  const inBits = kind === 'forwarded' || driver === 'local';
  const size = options[`${own}max-size`] ?? (inBits ? '20m' : undefined);
  if (size === undefined || size === '-1') return undefined;
  return {
    maxBytes: parseRamBytes(size) ?? 0,
    files: Number(options[`${own}max-file`] ?? (inBits ? 5 : 1)),
    compress: (options[`${own}compress`] ?? String(inBits)) === 'true',
  };
}

/** What conmon is told of the log. */
export function monitorLogArguments(
  choice: LogChoice,
  { tag }: { readonly tag: string | undefined },
  places: Pick<ContainerPlaces, 'log'>,
): readonly string[] {
  const kind = logKind(choice.driver);
  if (kind === 'none') return ['--log-path', 'none'];
  if (kind === 'passthrough') return ['--log-path', 'passthrough'];
  if (kind === 'journald')
    return ['--log-path', 'journald:', ...(tag === undefined ? [] : ['--log-tag', tag])];
  const rotation = logRotation(choice);
  return [
    ...['--log-path', `k8s-file:${places.log}`],
    // With one file conmon itself begins anew; more are the business of rotate-log.ts.
    ...(rotation === undefined || rotation.files > 1
      ? []
      : ['--log-size-max', String(rotation.maxBytes)]),
  ];
}

/** Whether `logs` can show what the container wrote. */
export function canBeRead({ driver, options }: LogChoice): boolean {
  const kind = logKind(driver);
  return kind !== 'none' && kind !== 'passthrough' && options['cache-disabled'] !== 'true';
}

/** The file of a container's log, where it has one: docker's LogPath. */
export function logPathOf(
  { settings: { log } }: Pick<Container, 'settings'>,
  places: Pick<ContainerPlaces, 'log'>,
): string {
  return logKind(log.driver) === 'file' ? places.log : '';
}
