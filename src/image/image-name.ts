// Names of images in registries, by docker's grammar (github.com/distribution/reference, regexp.go and normalize.go):
//
//     [domain/]path[:tag][@algorithm:hex]
//
// The first part is a domain when it holds a dot, a colon or an upper-case letter, or is "localhost"; else the name is
// one of docker.io's, and one without any slash is below library/ there.
import { isDigest } from '../lib/digest.ts';
import type { Digest } from './image.ts';

/** An image's name in full. */
export interface ImageName {
  /** Host of the registry, with its port where one is named: docker.io, localhost:5000, [::1]:5000. */
  readonly domain: string;
  /** Repository in the registry: library/redis. */
  readonly path: string;
  readonly tag?: string;
  /** With a tag beside it the digest is what counts. */
  readonly digest?: Digest;
}

/** Why a text is no image name. */
export interface NameFault {
  /** What is wrong: lower case, no full stop. */
  readonly fault: string;
  /** How it may have been meant. */
  readonly help?: string;
}

/** The registry that a name without a domain is looked for in. */
export const defaultDomain = 'docker.io';
/** What docker takes where neither tag nor digest is named. */
export const defaultTag = 'latest';

/** distribution/reference: RepositoryNameTotalLengthMax. */
const longestPath = 255;
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^\w[\w.-]{0,127}$/;
const domainPart = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const domainPattern = new RegExp(
  `^(?:${domainPart}(?:\\.${domainPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?$`,
);

/** Takes a name apart and completes it as docker does, without a default tag. Answers with a fault, never throws. */
export function parseImageName(text: string): ImageName | NameFault {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text);
  if (scheme !== null)
    return { fault: `an image name has no ${scheme[1]}://`, help: `did you mean ${scheme[2]}?` };
  if (text === '') return { fault: 'the image name is empty' };
  if (/^[a-f0-9]{64}$/.test(text)) {
    return {
      fault: 'a name cannot be 64 hexadecimal digits, because image ids look like that',
      help: `for the image of this digest: NAME@sha256:${text}`,
    };
  }
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) return digestFault(digest);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  // "[::1]" alone is no name: docker asks for a path behind it, too.
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const { domain, path } = splitDomain(colon < 0 ? named : named.slice(0, colon));
  if (!domainPattern.test(domain)) return { fault: `'${domain}' is no name of a registry` };
  if (tag !== undefined && !tagPattern.test(tag)) return tagFault(tag);
  if (!pathPattern.test(path)) return pathFault(text, named, path, tag);
  if (path.length > longestPath) {
    return { fault: `the path has ${path.length} characters, at most ${longestPath} are allowed` };
  }
  return {
    domain,
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function splitDomain(name: string): { readonly domain: string; readonly path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isDomain =
    slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const given = isDomain ? first : defaultDomain;
  const rest = isDomain ? name.slice(slash + 1) : name;
  // The name that docker's index had before there was docker.io.
  const domain = given === 'index.docker.io' ? defaultDomain : given;
  const official = domain === defaultDomain && rest !== '' && !rest.includes('/');
  return { domain, path: official ? `library/${rest}` : rest };
}

function digestFault(digest: string): NameFault {
  const [algorithm = '', hex = ''] = digest.split(':');
  if (algorithm === 'sha256' || algorithm === 'sha512') {
    const digits = algorithm === 'sha256' ? 64 : 128;
    return {
      fault: `expected ${digits} lower-case hexadecimal digits after ${algorithm}:, found ${hex.length} characters`,
      help: 'give the digest in full: plimsoll images --digests, or docker images --digests, shows it',
    };
  }
  return { fault: `expected sha256: or sha512: and hexadecimal digits after @, found '${digest}'` };
}

function tagFault(tag: string): NameFault {
  if (tag === '') return { fault: 'the tag after the colon is empty' };
  if (tag.length > 128)
    return { fault: `the tag has ${tag.length} characters, at most 128 are allowed` };
  return {
    fault: `'${tag}' is no tag: expected letters, digits, _, . and -, not first . or -`,
  };
}

function pathFault(text: string, named: string, path: string, tag: string | undefined): NameFault {
  if (path === '') return { fault: `'${text}' names a registry, but no image in it` };
  const lower = path.toLowerCase();
  if (pathPattern.test(lower)) {
    const repository = named.slice(0, tag === undefined ? undefined : -tag.length - 1);
    return {
      fault: `the repository of an image is written in lower case, found '${path}'`,
      help: `did you mean ${repository.toLowerCase()}${text.slice(repository.length)}?`,
    };
  }
  return {
    fault: `'${path}' is no name of a repository: expected lower-case letters and digits, with single . or _ or / or with __ or - between them`,
  };
}

/** The name in full: docker.io/library/redis:8, with the digest behind it where it has one. */
export function formatImageName(name: ImageName): string {
  return `${name.domain}/${name.path}${formatVersion(name)}`;
}

/** As docker shows it: redis:8, bitnami/redis, ghcr.io/a/b@sha256:… */
export function familiarName(name: ImageName): string {
  return `${familiarRepository(name)}${formatVersion(name)}`;
}

/** The name without tag and digest as docker shows it: redis, bitnami/redis, ghcr.io/a/b. */
export function familiarRepository({ domain, path }: ImageName): string {
  if (domain !== defaultDomain) return `${domain}/${path}`;
  const short = /^library\/([^/]+)$/.exec(path)?.[1] ?? path;
  // What looks like a domain without docker.io before it keeps it.
  return splitDomain(short).domain === domain && splitDomain(short).path === path
    ? short
    : `${domain}/${path}`;
}

function formatVersion({ tag, digest }: ImageName): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The name with the tag latest where it has neither tag nor digest. */
export function withDefaultTag(name: ImageName): ImageName {
  return name.tag === undefined && name.digest === undefined ? { ...name, tag: defaultTag } : name;
}

/** What of a name selects the manifest: the digest, else the tag, else latest. */
export function manifestReference({ tag, digest }: ImageName): string {
  return digest ?? tag ?? defaultTag;
}
