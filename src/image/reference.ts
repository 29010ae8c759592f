// How people name a target: a path, '-', or a transport of skopeo's with a path and perhaps a name in it.
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { nearestNames } from '../lib/nearest.ts';

/** A target as the user named it, taken apart. */
export interface Reference {
  /** What the user says it is; absent when the content shall tell. */
  readonly transport?: 'oci' | 'oci-archive' | 'docker-archive' | 'tar' | 'dir';
  /** '-' is standard input. */
  readonly path: string;
  /** Tag or name inside it. */
  readonly name?: string;
}

const ours = /^(oci|oci-archive|docker-archive|tar|dir):(.+)$/;
/** Transports of other tools: registries and stores that are not read here. */
const foreign = /^(docker|docker-daemon|containers-storage|ostree|sif|registry|containerd|podman):/;
/** As a registry's image is named: redis, redis:8, ghcr.io/a/b:tag, redis@sha256:… */
const registryLike =
  /^[a-z0-9][a-z0-9._-]*(:\d+)?(\/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** Takes a reference apart. A path that exists is never split, whatever colons are in it. @throws PlimsollError PL0101 */
export function parseReference(reference: string): Reference {
  const [, transport, rest] = ours.exec(reference) ?? [];
  if (reference === '-' || exists(reference)) return { path: reference };
  if (transport === undefined || rest === undefined) {
    const split = splitName(reference);
    if (split !== undefined) return split;
    throw notFound(reference, reference);
  }
  const typed = { transport: transport as NonNullable<Reference['transport']> };
  if (rest === '-' || exists(rest)) return { ...typed, path: rest };
  const split = rest.startsWith('-:') ? { path: '-', name: rest.slice(2) } : splitName(rest);
  if (split === undefined) throw notFound(reference, rest);
  return { ...typed, ...split };
}

/**
 * Whether the text is a file or folder, or is meant to be one, rather than an image of the store or of a registry. What
 * exists counts, with a name behind it too where it can have images inside: a folder "redis" does not hide "redis:8".
 */
export function namesFile(reference: string): boolean {
  if (reference === '-' || ours.test(reference) || exists(reference)) return true;
  if (/^(\/|\.{1,2}(\/|$)|~)/.test(reference) || hasFileEnding(reference)) return true;
  const split = splitName(reference);
  if (split === undefined) return false;
  const stats = statSync(split.path, { throwIfNoEntry: false });
  return stats?.isDirectory() !== true || existsSync(join(split.path, 'index.json'));
}

/** Names of files near a text that names none, for who mistyped one. */
export function nearFiles(reference: string): readonly string[] {
  const folder = dirname(reference);
  return nearIn(folder, basename(reference)).map((name) => join(folder, name));
}

/** The longest beginning before a colon that exists, and what follows as the name. */
function splitName(text: string): { readonly path: string; readonly name: string } | undefined {
  for (let colon = text.lastIndexOf(':'); colon > 0; colon = text.lastIndexOf(':', colon - 1)) {
    const path = text.slice(0, colon);
    if (exists(path)) return { path, name: text.slice(colon + 1) };
  }
  return undefined;
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Not to be entered, or too long a name: opening it says why.
    return path.length < 4096 && path.includes('/');
  }
}

/** A link that is there, though what it names is not. */
function brokenLink(reference: string, path: string): PlimsollError | undefined {
  let to: string;
  try {
    to = readlinkSync(path);
  } catch {
    return undefined;
  }
  return new PlimsollError(
    'PL0101',
    `${path} is a symbolic link to ${to}, which leads to nothing`,
    {
      at: { target: reference },
      help: 'give the file or directory itself, or correct the link',
    },
  );
}

function notFound(reference: string, path: string): PlimsollError {
  const broken = brokenLink(reference, path);
  if (broken !== undefined) return broken;
  const folder = dirname(path);
  const near = nearIn(folder, basename(path));
  const at = { target: reference };
  if (near.length > 0) {
    const listed = near.map((name) => (path.startsWith('./') ? `./${name}` : join(folder, name)));
    return new PlimsollError('PL0101', `there is no file or directory ${path}`, {
      at,
      help: `did you mean ${listed.join(' or ')}?`,
    });
  }
  if (
    foreign.test(reference) ||
    (path === reference && registryLike.test(reference) && !hasFileEnding(reference))
  ) {
    return new PlimsollError('PL0101', `there is no file or directory ${path}`, {
      at,
      notes: [
        foreign.test(reference)
          ? 'the stores of other engines are not read'
          : 'an image of the store or of a registry is no file',
      ],
      help: `save it first, for example: skopeo copy docker://${reference.replace(foreign, '').replace(/^\/\//, '')} oci-archive:image.tar, or docker save -o image.tar; then give image.tar`,
    });
  }
  return new PlimsollError('PL0101', `there is no file or directory ${path}`, {
    at,
    help: 'give a directory, an ELF file, oci:DIR, an archive that docker save or skopeo wrote, or a root file system as tar',
  });
}

function hasFileEnding(reference: string): boolean {
  return /\.(tar|tgz|gz|zst|tar\.\w+|oci|img|so|elf)$/.test(reference);
}

function nearIn(folder: string, name: string): readonly string[] {
  try {
    return nearestNames(name, readdirSync(folder));
  } catch {
    // The folder is missing too: nothing to suggest.
    return [];
  }
}
