// The JSON of images: index, manifest and configuration of the OCI image specification, and docker's forms of the same
// (which differ in media types only). Foreign bytes: every function answers with what it could use, or with what was
// expected where, and never throws.
import { isDigest } from '../lib/digest.ts';
import { isJsonObject, type JsonObject, jsonExcerpt } from '../lib/json.ts';
import type { Descriptor, Digest, ImageConfig, Platform } from './image.ts';

/** Something that was not as expected. */
export interface JsonFault {
  readonly fault: string;
}

/** Whether the answer is a fault. */
export function isFault(value: unknown): value is JsonFault {
  return isJsonObject(value) && typeof value['fault'] === 'string';
}

/** JSON of UTF-8 bytes (a byte order mark is passed over). */
export function parseJson(bytes: Uint8Array): { readonly value: unknown } | JsonFault {
  try {
    return { value: JSON.parse(new TextDecoder().decode(bytes)) };
  } catch (error) {
    return { fault: `expected JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** The strings of an array; one string alone counts as an array of it, as old engines wrote. */
function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function textMap(value: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}

const keysOf = (value: unknown): readonly string[] =>
  isJsonObject(value) ? Object.keys(value) : [];

/** `{ os, architecture, variant, "os.version", "os.features" }`; undefined without os or architecture. */
function platformOf(value: unknown): Platform | undefined {
  if (!isJsonObject(value)) return undefined;
  const os = text(value['os']);
  const architecture = text(value['architecture']);
  if (!os || !architecture) return undefined;
  const variant = text(value['variant']);
  const osVersion = text(value['os.version']);
  const features = texts(value['os.features']);
  return {
    os,
    architecture,
    ...(variant ? { variant } : {}),
    ...(osVersion ? { osVersion } : {}),
    ...(features.length > 0 ? { osFeatures: features } : {}),
  };
}

/** One descriptor. */
function parseDescriptor(value: unknown, what: string): Descriptor | JsonFault {
  if (!isJsonObject(value)) return { fault: `${what}: expected a descriptor` };
  const { digest, size } = value;
  if (!isDigest(digest)) {
    return { fault: `${what}: expected a sha256 or sha512 digest, found ${jsonExcerpt(digest)}` };
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    return { fault: `${what}: expected a size in bytes, found ${jsonExcerpt(size)}` };
  }
  const platform = platformOf(value['platform']);
  return {
    mediaType: text(value['mediaType']) ?? '',
    digest,
    size,
    ...(platform === undefined ? {} : { platform }),
    ...(isJsonObject(value['annotations']) ? { annotations: textMap(value['annotations']) } : {}),
  };
}

/** An array of descriptors. */
export function parseDescriptors(value: unknown, what: string): readonly Descriptor[] | JsonFault {
  if (!Array.isArray(value))
    return { fault: `${what}: expected an array, found ${jsonExcerpt(value)}` };
  const parsed: Descriptor[] = [];
  for (const [at, item] of value.entries()) {
    const descriptor = parseDescriptor(item, `${what}[${at}]`);
    if (isFault(descriptor)) return descriptor;
    parsed.push(descriptor);
  }
  return parsed;
}

/** An index, or docker's manifest list: its manifests. */
export function parseIndex(value: unknown): readonly Descriptor[] | JsonFault {
  if (!isJsonObject(value)) return { fault: 'expected an index object' };
  if (isAmbiguous(value)) return ambiguous;
  return parseDescriptors(value['manifests'], 'manifests');
}

/** CVE-2021-41190: what is an index to one program and a manifest to another is one image to each, but not the same. */
const isAmbiguous = (value: JsonObject): boolean =>
  value['manifests'] !== undefined &&
  (value['layers'] !== undefined || value['config'] !== undefined);
const ambiguous: JsonFault = { fault: 'expected an index or a manifest, found both in one' };

/** Whether this is an index by its content, whatever its media type says. */
export function looksLikeIndex(value: unknown): boolean {
  return isJsonObject(value) && Array.isArray(value['manifests']);
}

/** What is used of an image manifest. */
export interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

const imageConfigTypes = new Set([
  '',
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
  'application/octet-stream',
]);

/** An image manifest of schema 2. */
export function parseManifest(value: unknown): Manifest | JsonFault {
  if (!isJsonObject(value)) return { fault: 'expected a manifest object' };
  if (value['schemaVersion'] === 1 || Array.isArray(value['fsLayers'])) {
    return {
      fault:
        'a manifest of schema 1 (before Docker 1.10): its layers have no digests that can be checked',
    };
  }
  if (isAmbiguous(value)) return ambiguous;
  const config = parseDescriptor(value['config'], 'config');
  if (isFault(config)) return config;
  if (!imageConfigTypes.has(config.mediaType)) {
    return {
      fault: `expected the configuration of a container image, found an artifact of type ${jsonExcerpt(config.mediaType)}`,
    };
  }
  const layers = parseDescriptors(value['layers'], 'layers');
  if (isFault(layers)) return layers;
  const encrypted = layers.find(({ mediaType }) => mediaType.endsWith('+encrypted'));
  if (encrypted !== undefined) return { fault: `layer ${encrypted.digest} is encrypted` };
  return { config, layers };
}

/** The image configuration; parts that are absent or of a wrong type are empty. */
export function parseImageConfig(value: unknown): ImageConfig | JsonFault {
  if (!isJsonObject(value)) return { fault: 'expected a configuration object' };
  const config = isJsonObject(value['config']) ? value['config'] : {};
  const rootfs = isJsonObject(value['rootfs']) ? value['rootfs'] : {};
  const diffIds = Array.isArray(rootfs['diff_ids']) ? rootfs['diff_ids'] : [];
  const wrong = diffIds.find((id) => !isDigest(id));
  if (wrong !== undefined)
    return { fault: `rootfs.diff_ids: expected a digest, found ${jsonExcerpt(wrong)}` };
  const created = text(value['created']);
  const author = text(value['author']);
  const stopSignal = text(config['StopSignal']);
  const healthcheck = healthcheckOf(config['Healthcheck']);
  return {
    platform: platformOf(value) ?? {
      os: text(value['os']) || 'linux',
      architecture: text(value['architecture']) || 'unknown',
    },
    ...(created ? { created } : {}),
    ...(author ? { author } : {}),
    entrypoint: texts(config['Entrypoint']),
    cmd: texts(config['Cmd']),
    env: environmentOf(texts(config['Env'])),
    user: text(config['User']) ?? '',
    labels: textMap(config['Labels']),
    workingDirectory: text(config['WorkingDir']) ?? '',
    exposedPorts: keysOf(config['ExposedPorts']),
    volumes: keysOf(config['Volumes']),
    ...(stopSignal ? { stopSignal } : {}),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    shell: texts(config['Shell']),
    diffIds: diffIds.filter((id): id is Digest => isDigest(id)),
    history: historyOf(value['history']),
  };
}

function healthcheckOf(value: unknown): ImageConfig['healthcheck'] {
  if (!isJsonObject(value)) return undefined;
  const test = texts(value['Test']);
  if (test.length === 0) return undefined;
  // Nanoseconds; 0 is the default.
  const ms = (name: string): number | undefined => {
    const number = value[name];
    return typeof number === 'number' && number > 0 ? number / 1e6 : undefined;
  };
  const times = {
    intervalMs: ms('Interval'),
    timeoutMs: ms('Timeout'),
    startPeriodMs: ms('StartPeriod'),
    startIntervalMs: ms('StartInterval'),
  };
  const retries = value['Retries'];
  return {
    test,
    ...Object.fromEntries(Object.entries(times).filter(([, one]) => one !== undefined)),
    ...(typeof retries === 'number' && retries > 0 ? { retries } : {}),
  };
}

function environmentOf(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const equals = line.indexOf('=');
      return equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}

function historyOf(value: unknown): ImageConfig['history'] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).map((item) => {
    const createdBy = text(item['created_by']);
    const comment = text(item['comment']);
    const created = text(item['created']);
    return {
      emptyLayer: item['empty_layer'] === true,
      ...(createdBy ? { createdBy } : {}),
      ...(comment ? { comment } : {}),
      ...(created ? { created } : {}),
    };
  });
}
