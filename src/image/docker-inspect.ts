// An image in the words of `docker image inspect` (Docker Engine API 1.48, ImageInspect, with the fields of `Config` that
// engines up to 27 wrote out). A Map is what Go calls a map, a plain object a struct: templates tell them apart
// (src/formats/go-template/). A field that is undefined is left out of the JSON, as Go's omitempty has it.
import { digestOf } from '../lib/digest.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { Descriptor, ImageTarget } from './image.ts';
import { isFault, parseJson } from './oci-json.ts';

/** What of an image is not in its own JSON. */
export interface InspectFacts {
  /** Bytes: of the unpacked layers, or of the stored ones where those would have to be fetched. */
  readonly size: number;
  /** Names with a tag and names with a digest, short as docker shows them. */
  readonly names: readonly string[];
  /** What keeps the unpacked layers. */
  readonly driver?: string;
  /** When a tag was last set on it here, in milliseconds since 1970. */
  readonly lastTagMs?: number;
}

/** Go's zero time. */
const never = '0001-01-01T00:00:00Z';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const optionalText = (value: unknown): string | undefined => text(value) || undefined;

function texts(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : null;
}

/** A Go map, its keys in order. */
function goMap(value: unknown): ReadonlyMap<string, unknown> | null {
  if (!isJsonObject(value)) return null;
  return new Map(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, item ?? undefined]),
  );
}

const known = new Set([
  'Hostname',
  'Domainname',
  'User',
  'AttachStdin',
  'AttachStdout',
  'AttachStderr',
  'ExposedPorts',
  'Tty',
  'OpenStdin',
  'StdinOnce',
  'Env',
  'Cmd',
  'Healthcheck',
  'ArgsEscaped',
  'Image',
  'Volumes',
  'WorkingDir',
  'Entrypoint',
  'OnBuild',
  'Labels',
  'StopSignal',
  'Shell',
]);

/** The configuration for containers, in docker's order; what docker does not know comes last. */
function containerConfig(config: JsonObject): object {
  const yes = (name: string): boolean => config[name] === true;
  return {
    Hostname: text(config['Hostname']),
    Domainname: text(config['Domainname']),
    User: text(config['User']),
    AttachStdin: yes('AttachStdin'),
    AttachStdout: yes('AttachStdout'),
    AttachStderr: yes('AttachStderr'),
    ExposedPorts: goMap(config['ExposedPorts']) ?? undefined,
    Tty: yes('Tty'),
    OpenStdin: yes('OpenStdin'),
    StdinOnce: yes('StdinOnce'),
    Env: texts(config['Env']),
    Cmd: texts(config['Cmd']),
    Healthcheck: isJsonObject(config['Healthcheck']) ? config['Healthcheck'] : undefined,
    ArgsEscaped: config['ArgsEscaped'] === true ? true : undefined,
    Image: text(config['Image']),
    Volumes: goMap(config['Volumes']),
    WorkingDir: text(config['WorkingDir']),
    Entrypoint: texts(config['Entrypoint']),
    OnBuild: texts(config['OnBuild']),
    Labels: goMap(config['Labels']),
    StopSignal: optionalText(config['StopSignal']),
    Shell: texts(config['Shell']) ?? undefined,
    ...Object.fromEntries(Object.entries(config).filter(([name]) => !known.has(name))),
  };
}

function rawConfig(bytes: Uint8Array): JsonObject {
  const parsed = parseJson(bytes);
  return !isFault(parsed) && isJsonObject(parsed.value) ? parsed.value : {};
}

/** The image's id: the digest of its configuration. */
export function imageIdOf({ documents }: Pick<ImageTarget, 'documents'>): string {
  return digestOf(documents.config);
}

function manifestDescriptor({ digest, documents }: ImageTarget): Descriptor | undefined {
  const { manifest } = documents;
  if (digest === undefined || manifest === undefined) return undefined;
  const { mediaType } = rawConfig(manifest);
  return {
    mediaType: text(mediaType) || 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: manifest.length,
  };
}

/** `Config` of docker's inspect: the configuration for containers. */
export function containerConfigOf({ documents }: Pick<ImageTarget, 'documents'>): object {
  const { config } = rawConfig(documents.config);
  return containerConfig(isJsonObject(config) ? config : {});
}

/** The image as docker inspects it. */
export function dockerInspect(
  image: ImageTarget,
  { size, names, driver = '', lastTagMs }: InspectFacts,
): object {
  const raw = rawConfig(image.documents.config);
  const { platform, diffIds } = image.config;
  const descriptor = manifestDescriptor(image);
  return {
    Id: imageIdOf(image),
    // A layout's entry may be named by a tag alone, which names no repository.
    RepoTags: names.filter((name) => !name.includes('@') && name.includes(':')),
    RepoDigests: names.filter((name) => name.includes('@')),
    Parent: text(raw['parent']),
    // As moby has it: else that of the last step.
    Comment: text(raw['comment']) || (image.config.history.at(-1)?.comment ?? ''),
    Created: text(raw['created']) || never,
    DockerVersion: text(raw['docker_version']),
    Author: text(raw['author']),
    Config: containerConfigOf(image),
    Architecture: platform.architecture,
    Variant: platform.variant,
    Os: platform.os,
    OsVersion: platform.osVersion,
    Size: size,
    GraphDriver: { Data: null, Name: driver },
    RootFS: { Type: 'layers', Layers: diffIds },
    Metadata: {
      LastTagTime: lastTagMs === undefined ? never : new Date(lastTagMs).toISOString(),
    },
    Descriptor: descriptor,
  };
}
