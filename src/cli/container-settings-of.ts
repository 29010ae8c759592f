// What the options of run and create come to, with what the image says: docker's defaults.
import { hostname } from 'node:os';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { ContainerSettings, RestartPolicy } from '../engine/container.ts';
import { checkLogChoice, defaultLogDriver } from '../engine/logs/log-drivers.ts';
import { signalNamed } from '../engine/stop-container.ts';
import type { ImageConfig } from '../image/image.ts';
import { containerConfigOf, type OptionSources } from './container-config-of.ts';
import type { ContainerOptions } from './container-options.ts';
import { healthOfOptions } from './health-of-options.ts';
import { volumeChoicesOf } from './mounts-of.ts';
import { networkChoicesOf } from './network-choices-of.ts';
import type { RunOptions } from './run-options.ts';

/** The image as the settings need it. */
export interface ImageForSettings {
  readonly id: string;
  readonly name: string;
  readonly chainId?: string;
  readonly config: ImageConfig;
}

/** What the options need of the world around. */
export interface SettingsSources extends OptionSources {
  /** Absolute path of one that was given. */
  resolve(path: string): string;
  /** PATH. */
  readonly path: string | undefined;
  /** What is worth saying. */
  note(text: string): void;
}

const defaultStopMs = 10_000;

function wrong(message: string, help: string): PlimsollError {
  return new PlimsollError('PL0001', message, { help });
}

/** @throws PlimsollError PL0001 */
export function restartPolicyOf(text: string): RestartPolicy {
  const [, name, count] =
    /^(no|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(text || 'no') ?? [];
  if (name === undefined || (count !== undefined && name !== 'on-failure'))
    throw wrong(
      `invalid restart policy '${text}'`,
      'one of: no, on-failure, on-failure:3, always, unless-stopped',
    );
  return { name: name as RestartPolicy['name'], maximumRetryCount: Number(count ?? 0) };
}

/** NAME=VALUE lines; a name alone has an empty value. */
function labelsOf(
  { label = [], labelFile = [] }: RunOptions,
  sources: OptionSources,
): Readonly<Record<string, string>> {
  const lines = labelFile.flatMap((path) =>
    sources
      .readFile(path)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
  return Object.fromEntries(
    [...lines, ...label].map((text) => {
      const equals = text.indexOf('=');
      if (equals === 0 || text === '')
        throw wrong(`invalid label '${text}': empty name`, 'write --label NAME=VALUE');
      return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

/** Milliseconds of --stop-timeout; negative: without end. @throws PlimsollError PL0001 */
export function stopMsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isInteger(seconds))
    throw wrong(`invalid time '${text}'`, 'write whole seconds; -1 waits without end');
  return seconds < 0 ? -1 : seconds * 1000;
}

/** The settings of a new container. @throws PlimsollError PL0001 and those of containerConfigOf */
export function containerSettingsOf(
  options: ContainerOptions & RunOptions,
  image: ImageForSettings,
  command: readonly string[],
  id: string,
  sources: SettingsSources,
): ContainerSettings {
  const given = containerConfigOf(options, command, id, sources);
  const restart = restartPolicyOf(options.restart ?? 'no');
  if (options.rm === true && restart.name !== 'no')
    throw wrong('conflicting options: cannot specify both --restart and --rm', 'leave one out');
  const stopSignal = options.stopSignal ?? image.config.stopSignal ?? 'SIGTERM';
  signalNamed(stopSignal);
  const log = {
    driver: options.logDriver ?? defaultLogDriver,
    options: Object.fromEntries(
      (options.logOpt ?? []).map((text) => {
        const equals = text.indexOf('=');
        if (equals < 1) throw wrong(`invalid logging option '${text}'`, 'write NAME=VALUE');
        return [text.slice(0, equals), text.slice(equals + 1)];
      }),
    ),
  };
  checkLogChoice(log, sources.path);
  if (log.driver === 'passthrough' && given.tty)
    throw new PlimsollError('PL0827', 'passthrough cannot be had with a terminal', {
      help: 'leave out -t, or take another --log-driver',
    });
  const timeout = stopMsOf(options.timeout);
  const health = healthOfOptions(options, image.config.healthcheck);
  const network = networkChoicesOf(options);
  // Who has the machine's network is called as the machine is.
  const config =
    network.choices.mode === 'host' && given.hostname === undefined
      ? { ...given, hostname: hostname() }
      : given;
  for (const note of network.notes) sources.note(note);
  const { entrypoint, cmd, env, user, workingDirectory, exposedPorts, volumes } = image.config;
  return {
    config,
    image: {
      id: image.id,
      name: image.name,
      ...(image.chainId === undefined ? {} : { chainId: image.chainId }),
      config: { entrypoint, cmd, env, user, workingDirectory, exposedPorts, volumes },
    },
    labels: { ...image.config.labels, ...labelsOf(options, sources) },
    openStdin: options.interactive === true,
    // A terminal that is left stays as it is.
    stdinOnce: options.interactive === true && options.detach !== true && options.tty !== true,
    stopSignal,
    stopTimeoutMs: stopMsOf(options.stopTimeout) ?? defaultStopMs,
    restart,
    ...(health === undefined ? {} : { health }),
    log,
    network: network.choices,
    volumes: volumeChoicesOf(options, sources),
    autoRemove: options.rm === true,
    ...(options.runtime === undefined ? {} : { runtime: options.runtime }),
    init: options.init === true,
    ...(options.initPath === undefined ? {} : { initPath: sources.resolve(options.initPath) }),
    ...(timeout === undefined || timeout <= 0 ? {} : { timeoutSeconds: timeout / 1000 }),
    ...(options.pidfile === undefined ? {} : { pidFile: sources.resolve(options.pidfile) }),
  };
}
