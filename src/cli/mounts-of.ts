// What docker's options of mounts come to: -v (volumes/mounts parser of moby), --mount (docker/cli opts/mount.go), --tmpfs
// and --volumes-from, with podman's words U, exec, suid, dev and relabel beside docker's.
import { posix } from 'node:path';
import { isVolumeName, volumeNameForm } from '../engine/volumes/volume-name.ts';
import type {
  BindMount,
  RequestedMount,
  TmpfsMount,
  VolumeChoices,
  VolumeMount,
} from '../engine/volumes/volumes.ts';
import { parseRamBytes } from '../lib/ram-bytes.ts';
import type { MountOptions } from './mount-options.ts';
import { commaFields, conflictingOptions, cut, wrongOption } from './wrong-option.ts';

/** What the options need of the world around. */
export interface MountSources {
  /** Absolute path of one that was given. */
  resolve(path: string): string;
}

const propagations = new Set([
  'private',
  'rprivate',
  'shared',
  'rshared',
  'slave',
  'rslave',
  'unbindable',
  'runbindable',
]);
const mountWords = new Set(['nosuid', 'nodev', 'noexec', 'exec', 'suid', 'dev']);
/** Said for macOS; docker ignores them on Linux. */
const consistencies = new Set(['cached', 'delegated', 'consistent', 'default']);

/** A path in the container, tidied. */
function destinationOf(option: string, text: string, path: string): string {
  if (!path.startsWith('/'))
    throw wrongOption(option, text, 'an absolute path in the container, such as /srv');
  const tidy = posix.resolve('/', path);
  if (tidy === '/') throw wrongOption(option, text, "a destination other than '/'");
  return tidy;
}

function bind(
  source: string,
  destination: string,
  words: readonly string[],
): Pick<BindMount, 'kind' | 'source' | 'destination' | 'options'> {
  const own = words.filter((word) => word !== 'bind' && word !== 'rbind');
  return {
    kind: 'bind',
    source,
    destination,
    options: [
      words.includes('bind') ? 'bind' : 'rbind',
      ...own,
      ...(own.some((word) => propagations.has(word)) ? [] : ['rprivate']),
    ],
  };
}

interface VolumeWords {
  readonly readOnly: boolean;
  readonly copy: boolean;
  readonly words: readonly string[];
  readonly extra: Pick<BindMount, 'relabel' | 'chown'>;
}

function volumeWords(text: string, words: readonly string[]): VolumeWords {
  let found: VolumeWords = { readOnly: false, copy: true, words: [], extra: {} };
  for (const word of words) {
    if (word === 'ro' || word === 'rw') found = { ...found, readOnly: word === 'ro' };
    else if (word === 'nocopy' || word === 'copy') found = { ...found, copy: word === 'copy' };
    else if (word === 'z' || word === 'Z')
      found = {
        ...found,
        extra: { ...found.extra, relabel: word === 'z' ? 'shared' : 'private' },
      };
    else if (word === 'U') found = { ...found, extra: { ...found.extra, chown: true } };
    else if (mountWords.has(word) || propagations.has(word) || word === 'bind' || word === 'rbind')
      found = { ...found, words: [...found.words, word] };
    else if (word !== '' && !consistencies.has(word))
      throw wrongOption(
        '--volume',
        text,
        `ro, rw, z, Z, U, nocopy, ${[...mountWords].join(', ')}, or a propagation such as rshared`,
      );
  }
  return found;
}

/**
 * The mount of one -v.
 * @throws PlimsollError PL0001
 */
export function parseVolume(
  text: string,
  sources: MountSources,
  driver: string | undefined,
): BindMount | VolumeMount {
  const parts = text.split(':');
  if (parts.length > 3)
    throw wrongOption('--volume', text, '[SOURCE:]DESTINATION[:OPTIONS]; --mount takes colons');
  const [first = '', second, third = ''] = parts;
  const source = second === undefined ? undefined : first;
  const destination = destinationOf('--volume', text, second ?? first);
  const { readOnly, copy, words, extra } = volumeWords(text, third.split(','));
  if (source === '') throw wrongOption('--volume', text, 'a source before the colon');
  if (source !== undefined && /^[./]/.test(source)) {
    if (!copy) throw wrongOption('--volume', text, 'nocopy with volumes only');
    const path = sources.resolve(source);
    return { ...bind(path, destination, words), readOnly, createSource: true, ...extra };
  }
  if (words.some((word) => propagations.has(word)))
    throw wrongOption('--volume', text, 'a propagation with directories of this machine only');
  if (source !== undefined && !isVolumeName(source))
    throw wrongOption(
      '--volume',
      text,
      `${volumeNameForm} for the name of a volume; for a directory of this machine an absolute path, or one that begins with ./`,
    );
  return {
    kind: 'volume',
    ...(source === undefined ? {} : { name: source }),
    anonymous: source === undefined,
    destination,
    readOnly,
    copy,
    options: words,
    ...extra,
    ...(driver === undefined ? {} : { driver }),
  };
}

/** The mount of one --tmpfs. @throws PlimsollError PL0001 */
export function parseTmpfs(text: string): TmpfsMount {
  const at = text.indexOf(':');
  const path = at < 0 ? text : text.slice(0, at);
  const destination = destinationOf('--tmpfs', text, path);
  const options = at < 0 ? [] : text.slice(at + 1).split(',');
  return tmpfs(
    destination,
    options.filter((word) => word !== ''),
  );
}

/** With docker's defaults: noexec, nosuid, nodev. */
function tmpfs(destination: string, options: readonly string[]): TmpfsMount {
  const has = (name: string): boolean => options.includes(name);
  const closed = ['noexec', 'nosuid', 'nodev'].filter(
    (word) => !has(word) && !has(word.slice('no'.length)),
  );
  return {
    kind: 'tmpfs',
    destination,
    readOnly: has('ro'),
    options: [...closed, ...options.filter((word) => word !== 'rw' && word !== 'ro')],
  };
}

/** Keys of --mount that have another name, by the name. */
const synonyms: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  chown: 'U',
  u: 'U',
};

/** Keys by the types that take them. */
const keysOf: Readonly<Record<string, readonly string[]>> = {
  bind: ['bind-propagation', 'bind-recursive', 'bind-nonrecursive', 'consistency', 'relabel', 'U'],
  volume: [
    'volume-nocopy',
    'volume-label',
    'volume-driver',
    'volume-opt',
    'volume-subpath',
    'subpath',
    'relabel',
    'U',
  ],
  tmpfs: ['tmpfs-size', 'tmpfs-mode'],
};

interface MountKeys {
  readonly type: string;
  /** undefined for a key without '='. */
  get(key: string): string | undefined;
  all(key: string): readonly string[];
  flag(key: string): boolean | undefined;
}

function keysIn(text: string): MountKeys {
  const fields = commaFields(text);
  if (fields === undefined) throw wrongOption('--mount', text, 'quotes that are closed');
  const pairs = fields.map((field): readonly [string, string | undefined] => {
    const [name, value] = cut(field, '=') ?? [field, undefined];
    const lower = name.trim().toLowerCase();
    return [synonyms[lower] ?? lower, value];
  });
  const type = pairs.find(([key]) => key === 'type')?.[1] ?? 'volume';
  const taken = keysOf[type];
  if (taken === undefined) throw wrongOption('--mount', text, 'type=bind, volume or tmpfs');
  for (const [key, value] of pairs) {
    if (['type', 'source', 'target', 'readonly'].includes(key) || taken.includes(key)) {
      if (
        value === undefined &&
        !['readonly', 'volume-nocopy', 'bind-nonrecursive', 'U'].includes(key)
      )
        throw wrongOption('--mount', text, `a value for ${key}: ${key}=…`);
      continue;
    }
    throw wrongOption('--mount', text, `keys that a mount of type ${type} has, not '${key}'`);
  }
  return {
    type,
    get: (key) => pairs.findLast(([name]) => name === key)?.[1],
    all: (key) => pairs.filter(([name]) => name === key).map(([, value]) => value ?? ''),
    flag(key) {
      const found = pairs.findLast(([name]) => name === key);
      if (found === undefined) return undefined;
      const word = found[1] ?? 'true';
      if (['true', '1', 't'].includes(word.toLowerCase())) return true;
      if (['false', '0', 'f'].includes(word.toLowerCase())) return false;
      throw wrongOption('--mount', text, `true or false for ${key}`);
    },
  };
}

function relabelOf(text: string, keys: MountKeys): Pick<BindMount, 'relabel' | 'chown'> {
  const word = keys.get('relabel');
  if (word !== undefined && word !== 'shared' && word !== 'private')
    throw wrongOption('--mount', text, 'relabel=shared or relabel=private');
  return {
    ...(word === undefined ? {} : { relabel: word }),
    ...(keys.flag('U') === true ? { chown: true } : {}),
  };
}

function bindWords(text: string, keys: MountKeys): readonly string[] {
  const propagation = keys.get('bind-propagation');
  if (propagation !== undefined && !propagations.has(propagation))
    throw wrongOption('--mount', text, `bind-propagation=${[...propagations].join('|')}`);
  const recursive = keys.get('bind-recursive') ?? 'enabled';
  if (!['enabled', 'disabled', 'writable', 'readonly'].includes(recursive))
    throw wrongOption('--mount', text, 'bind-recursive=enabled|disabled|writable|readonly');
  if (recursive === 'readonly' && keys.flag('readonly') !== true)
    throw wrongOption('--mount', text, 'readonly beside bind-recursive=readonly');
  const flat = recursive === 'disabled' || keys.flag('bind-nonrecursive') === true;
  return [
    ...(flat ? ['bind'] : []),
    // The OCI runtime's word for read-only with everything mounted below.
    ...(recursive === 'readonly' ? ['rro'] : []),
    ...(propagation === undefined ? [] : [propagation]),
  ];
}

function pairsIn(text: string, values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    values.map((value) => {
      const [name = '', rest = ''] = cut(value, '=') ?? [value, ''];
      if (name === '') throw wrongOption('--mount', text, 'NAME=VALUE');
      return [name, rest];
    }),
  );
}

function tmpfsWords(text: string, keys: MountKeys): readonly string[] {
  const size = keys.get('tmpfs-size');
  const bytes = size === undefined ? undefined : parseRamBytes(size);
  if (size !== undefined && bytes === undefined)
    throw wrongOption('--mount', text, 'a size such as tmpfs-size=64m');
  const mode = keys.get('tmpfs-mode');
  if (mode !== undefined && !/^[0-7]{1,4}$/.test(mode))
    throw wrongOption('--mount', text, 'octal digits: tmpfs-mode=1777');
  return [
    ...(bytes === undefined ? [] : [`size=${bytes}`]),
    ...(mode === undefined ? [] : [`mode=${mode}`]),
  ];
}

function namedVolume(
  text: string,
  keys: MountKeys,
  source: string | undefined,
): Omit<VolumeMount, 'destination' | 'readOnly'> {
  if (source !== undefined && !isVolumeName(source))
    throw wrongOption('--mount', text, `${volumeNameForm} for the name of a volume, or type=bind`);
  const subpath = keys.get('volume-subpath') ?? keys.get('subpath');
  if (subpath !== undefined && (subpath === '' || subpath.startsWith('/')))
    throw wrongOption('--mount', text, 'a relative path for volume-subpath');
  if (subpath?.split('/').includes('..'))
    throw wrongOption('--mount', text, 'a volume-subpath without ..');
  const driver = keys.get('volume-driver');
  const options = keys.all('volume-opt');
  const labels = keys.all('volume-label');
  return {
    kind: 'volume',
    ...(source === undefined ? {} : { name: source }),
    anonymous: source === undefined,
    copy: keys.flag('volume-nocopy') !== true,
    options: [],
    ...(subpath === undefined ? {} : { subpath }),
    ...relabelOf(text, keys),
    ...(driver === undefined ? {} : { driver }),
    ...(options.length === 0 ? {} : { driverOptions: pairsIn(text, options) }),
    ...(labels.length === 0 ? {} : { labels: pairsIn(text, labels) }),
  };
}

/**
 * The mount of one --mount.
 * @throws PlimsollError PL0001
 */
export function parseMount(text: string, sources: MountSources): RequestedMount {
  const keys = keysIn(text);
  const destination = destinationOf('--mount', text, keys.get('target') ?? '');
  const readOnly = keys.flag('readonly') === true;
  const given = keys.get('source');
  const source = given === '' ? undefined : given;
  if (keys.type === 'tmpfs') {
    if (source !== undefined) throw wrongOption('--mount', text, 'no source for type=tmpfs');
    return { ...tmpfs(destination, tmpfsWords(text, keys)), readOnly };
  }
  if (keys.type === 'volume') return { ...namedVolume(text, keys, source), destination, readOnly };
  if (source === undefined || !/^[./]/.test(source))
    throw wrongOption('--mount', text, 'source= with a path that begins with / or ./');
  return {
    ...bind(sources.resolve(source), destination, bindWords(text, keys)),
    readOnly,
    createSource: false,
    ...relabelOf(text, keys),
  };
}

/**
 * What the options come to.
 * @throws PlimsollError PL0001 names the option, the value and what was expected
 */
export function volumeChoicesOf(options: MountOptions, sources: MountSources): VolumeChoices {
  const mounts = [
    ...(options.volume ?? []).map((text) => parseVolume(text, sources, options.volumeDriver)),
    ...(options.mount ?? []).map((text) => parseMount(text, sources)),
    ...(options.tmpfs ?? []).map(parseTmpfs),
  ];
  const seen = new Set<string>();
  for (const { destination } of mounts) {
    if (seen.has(destination))
      throw conflictingOptions(
        `duplicate mount point: ${destination}`,
        'mount one thing there, or take another destination',
      );
    seen.add(destination);
  }
  for (const text of options.volumesFrom ?? []) {
    const [container, words = ''] = text.split(':');
    if (container === '' || !/^(|ro|rw|z|Z)(,(ro|rw|z|Z))*$/.test(words))
      throw wrongOption('--volumes-from', text, 'CONTAINER[:ro|rw]');
  }
  return { mounts, volumesFrom: options.volumesFrom ?? [] };
}
