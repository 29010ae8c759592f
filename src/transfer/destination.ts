// Where an image is copied to, as people write it: the transports of skopeo and podman with what stands behind them, and
// a plain name for the local store.
import {
  type ImageName,
  type NameFault,
  parseImageName,
  withDefaultTag,
} from '../image/image-name.ts';
import { isFault } from '../image/oci-json.ts';

/** Forms of archives, and how `save` and `copy` name them. */
export type ArchiveForm = 'oci-archive' | 'docker-archive' | 'docker-legacy';

/** A destination, taken apart. */
export type Destination =
  | { readonly kind: 'registry'; readonly name: ImageName }
  | { readonly kind: 'store'; readonly name: ImageName }
  | { readonly kind: 'oci-dir'; readonly path: string; readonly tag?: string }
  /** The path '-' is standard output. */
  | {
      readonly kind: ArchiveForm;
      readonly path: string;
      /** Instead of the names that the image has. */
      readonly tag?: string;
      readonly name?: ImageName;
    }
  | { readonly kind: 'docker-dir'; readonly path: string };

const transports = /^(docker|oci|oci-archive|docker-archive|docker-legacy|dir|docker-dir):(.*)$/;
const foreign =
  /^(docker-daemon|containers-storage|ostree|sif|containerd|podman|atomic|tarball|tar):/;

/**
 * Takes a destination apart: docker://NAME, oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME[:TAG]],
 * docker-legacy:FILE[:NAME[:TAG]] (Docker up to 24), dir:DIR, or NAME in the store. Answers with a fault, never throws.
 */
export function parseDestination(text: string): Destination | NameFault {
  const [, transport, rest = ''] = transports.exec(text) ?? [];
  if (transport === undefined) {
    const other = foreign.exec(text)?.[1];
    if (other !== undefined) {
      return {
        fault: `${other}: is nothing that images are copied to`,
        help: 'give docker://NAME, oci:DIR, oci-archive:FILE, docker-archive:FILE, dir:DIR, or NAME in the store',
      };
    }
    if (/^[./]/.test(text)) {
      return {
        fault: `${text} says no form`,
        help: `did you mean oci-archive:${text}, docker-archive:${text} or oci:${text}?`,
      };
    }
    return named('store', text);
  }
  if (transport === 'docker') {
    if (rest.startsWith('//')) return named('registry', rest.slice(2));
    return { fault: 'expected // after docker:', help: `did you mean docker://${rest}?` };
  }
  // As skopeo has it: the first colon parts the path from the name.
  const colon = rest.indexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const after = colon < 0 ? undefined : rest.slice(colon + 1);
  if (path === '') return { fault: `expected a path after ${transport}:` };
  if (after === '') return { fault: 'the name after the last colon is empty' };
  if (transport === 'dir' || transport === 'docker-dir') return { kind: 'docker-dir', path: rest };
  if (transport === 'oci' || transport === 'oci-archive') {
    const kind = transport === 'oci' ? 'oci-dir' : transport;
    return { kind, path, ...(after === undefined ? {} : { tag: after }) };
  }
  const kind = transport === 'docker-legacy' ? transport : 'docker-archive';
  if (after === undefined) return { kind, path };
  const name = parseImageName(after);
  if (isFault(name)) return name;
  if (name.digest === undefined) return { kind, path, name: withDefaultTag(name) };
  return { fault: 'an image in an archive of docker has no digest in its name' };
}

function named(kind: 'registry' | 'store', text: string): Destination | NameFault {
  const name = parseImageName(text);
  return isFault(name) ? name : { kind, name: withDefaultTag(name) };
}
