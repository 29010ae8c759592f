// `--change` of import and commit: one instruction of a Dockerfile that concerns the configuration, applied to it. As
// docker has it (its validCommitCommands: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME,
// WORKDIR); KEY=VALUE in place of KEY VALUE is podman's.

import { parseGoDuration } from '../lib/human-units.ts';
import type { JsonObject } from '../lib/json.ts';
import { isJsonObject } from '../lib/json.ts';
import { isFault, type JsonFault } from './oci-json.ts';

/** The `config` of an image configuration, as JSON has it. */
export type ConfigJson = JsonObject;

/** The configuration after all of them in order; a fault where one is no such instruction. Never throws. */
export function applyChanges(before: ConfigJson, lines: readonly string[]): ConfigJson | JsonFault {
  let config = before;
  let commandGiven = false;
  for (const line of lines) {
    const changed = applyChange(config, line);
    if (isFault(changed)) return changed;
    const [word = ''] = /[A-Za-z]+/.exec(line) ?? [];
    if (word.toUpperCase() === 'CMD') commandGiven = true;
    // As in a Dockerfile: the command before was meant for another entry point.
    const { Cmd: _, ...rest } = changed;
    config = word.toUpperCase() === 'ENTRYPOINT' && !commandGiven ? rest : changed;
  }
  return config;
}

/** The configuration after one change; a fault where the line is no such instruction. Never throws. */
export function applyChange(config: ConfigJson, line: string): ConfigJson | JsonFault {
  const [, word = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s+|\s*=\s*)(.*?)\s*$/s.exec(line) ?? [];
  const change = Object.hasOwn(changes, word.toUpperCase())
    ? changes[word.toUpperCase()]
    : undefined;
  if (change === undefined) {
    return {
      fault: `expected one of ${Object.keys(changes).join(', ')}, found '${line}'`,
    };
  }
  if (rest === '') return { fault: `${word.toUpperCase()} needs a value` };
  return change(config, rest);
}

type Change = (config: ConfigJson, rest: string) => ConfigJson | JsonFault;

const changes: Readonly<Record<string, Change>> = {
  CMD: (config, rest) => ({ ...config, Cmd: commandOf(rest) }),
  ENTRYPOINT: (config, rest) => ({ ...config, Entrypoint: commandOf(rest) }),
  ENV: (config, rest) => {
    const pairs = pairsOf(rest);
    if ('fault' in pairs) return pairs;
    const names = new Set(pairs.value.map(([name]) => name));
    const kept = texts(config['Env']).filter((text) => !names.has(text.split('=')[0] ?? ''));
    return { ...config, Env: [...kept, ...pairs.value.map(([name, value]) => `${name}=${value}`)] };
  },
  EXPOSE: (config, rest) => {
    const ports = rest.split(/\s+/);
    const wrong = ports.find((port) => !/^\d+(-\d+)?(\/(tcp|udp|sctp))?$/i.test(port));
    if (wrong !== undefined)
      return { fault: `expected a port such as 80 or 53/udp, found '${wrong}'` };
    const full = ports.map((port) => (port.includes('/') ? port.toLowerCase() : `${port}/tcp`));
    return { ...config, ExposedPorts: { ...mapOf(config['ExposedPorts']), ...setOf(full) } };
  },
  HEALTHCHECK: (config, rest) => {
    const health = healthOf(rest);
    return 'fault' in health ? health : { ...config, Healthcheck: health };
  },
  LABEL: (config, rest) => {
    const pairs = pairsOf(rest);
    if ('fault' in pairs) return pairs;
    return {
      ...config,
      Labels: { ...mapOf(config['Labels']), ...Object.fromEntries(pairs.value) },
    };
  },
  ONBUILD: (config, rest) => ({ ...config, OnBuild: [...texts(config['OnBuild']), rest] }),
  STOPSIGNAL: (config, rest) => ({ ...config, StopSignal: rest }),
  USER: (config, rest) => ({ ...config, User: rest }),
  VOLUME: (config, rest) => {
    const paths = listOf(rest) ?? rest.split(/\s+/);
    return { ...config, Volumes: { ...mapOf(config['Volumes']), ...setOf(paths) } };
  },
  WORKDIR: (config, rest) => {
    const before = typeof config['WorkingDir'] === 'string' ? config['WorkingDir'] : '/';
    const joined = rest.startsWith('/') ? rest : `${before.replace(/\/$/, '')}/${rest}`;
    return { ...config, WorkingDir: joined };
  },
};

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
const mapOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
const setOf = (names: readonly string[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, {}]));

/** A JSON array of texts; undefined when it is none. */
function listOf(rest: string): readonly string[] | undefined {
  if (!rest.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(rest);
    return Array.isArray(value) && value.every((item) => typeof item === 'string')
      ? value
      : undefined;
  } catch {
    // What begins like a list and is none is a command of the shell, as Dockerfiles have it.
    return undefined;
  }
}

/** The exec form, or a line for the shell. */
function commandOf(rest: string): readonly string[] {
  return listOf(rest) ?? ['/bin/sh', '-c', rest];
}

/** Options of HEALTHCHECK: names in the configuration (docker's reference of Dockerfiles). */
const healthTimes: Readonly<Record<string, string>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
};

const nanosecondsOfMs = 1_000_000;

/** `NONE`, or `[--interval=30s …] CMD command`; times in nanoseconds. */
function healthOf(rest: string): JsonObject | JsonFault {
  if (rest.toUpperCase() === 'NONE') return { Test: ['NONE'] };
  const [, flags = '', line] = /^((?:--\S+\s+)*)CMD\s+(.+)$/is.exec(rest) ?? [];
  if (line === undefined)
    return { fault: `expected HEALTHCHECK NONE or HEALTHCHECK CMD command, found '${rest}'` };
  const command = listOf(line);
  const health: Record<string, unknown> = {
    Test: command === undefined ? ['CMD-SHELL', line] : ['CMD', ...command],
  };
  for (const [flag, name = '', value = ''] of flags.matchAll(/--([^\s=]+)(?:=(\S*))?/g)) {
    const field = Object.hasOwn(healthTimes, name) ? healthTimes[name] : undefined;
    const ms = parseGoDuration(value);
    if (field !== undefined && ms !== undefined) health[field] = Math.round(ms * nanosecondsOfMs);
    else if (name === 'retries' && /^\d+$/.test(value)) health['Retries'] = Number(value);
    else return { fault: `unknown option or value of HEALTHCHECK: '${flag}'` };
  }
  return health;
}

/** `a=b c="d e"`, or the old `NAME value with blanks`. */
function pairsOf(
  rest: string,
): { readonly value: readonly (readonly [string, string])[] } | JsonFault {
  const words = wordsOf(rest);
  if (words === undefined) return { fault: `a quote is not closed in '${rest}'` };
  if (!(words[0] ?? '').includes('=')) {
    const [, name = '', value] = /^(\S+)\s+(.+)$/s.exec(rest) ?? [];
    return value === undefined
      ? { fault: `expected NAME=VALUE, found '${rest}'` }
      : { value: [[name, value]] };
  }
  const wrong = words.find((word) => word.indexOf('=') < 1);
  if (wrong !== undefined) return { fault: `expected NAME=VALUE, found '${wrong}'` };
  return {
    value: words.map((word) => {
      const equals = word.indexOf('=');
      return [word.slice(0, equals), word.slice(equals + 1)] as const;
    }),
  };
}

/** Words parted by blanks; quotes and backslashes keep blanks. undefined when a quote is open at the end. */
function wordsOf(rest: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < rest.length; at++) {
    const letter = rest[at] ?? '';
    if (letter === '\\' && quote !== "'" && at + 1 < rest.length) {
      const next = rest[++at] ?? '';
      // Within double quotes a backslash is one, but before what it can take the meaning of.
      word = `${word ?? ''}${quote === undefined || '"\\$'.includes(next) ? next : `\\${next}`}`;
    } else if (quote !== undefined) {
      if (letter === quote) quote = undefined;
      else word = `${word ?? ''}${letter}`;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = `${word ?? ''}${letter}`;
    }
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}
