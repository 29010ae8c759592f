// From the files of an OCI layout (on disk, or inside an archive) to one image: index.json, and of what it names the one
// that was asked for (src/image/image-parts.ts).
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor } from './image.ts';
import {
  blobPath,
  documentOf,
  type FoundImage,
  type ImageParts,
  isAttestation,
  type JsonDocument,
  openImageParts,
  orThrow,
  type PartsRequest,
} from './image-parts.ts';
import { parseIndex } from './oci-json.ts';
import { type StoredFiles, storedFile } from './stored-files.ts';

/** What is opened, and what of it is wanted. */
export interface ImageRequest extends Omit<PartsRequest, 'parts'> {
  readonly files: StoredFiles;
  /** Tag or name after the file's. */
  readonly name?: string;
}

const refName = 'org.opencontainers.image.ref.name';
const imageName = 'io.containerd.image.name';

/** Opens the image. @throws PlimsollError PL0101, PL0104 to PL0108, PL0205 */
export async function openOciImage(request: ImageRequest): Promise<FoundImage> {
  const index = await readJson(request, 'index.json');
  const top = orThrow(parseIndex(index), request, 'index.json');
  const named = chosenByName(top, request);
  const found = await openImageParts({ ...request, parts: partsIn(request.files) }, named);
  return { ...found, names: [...new Set(named.flatMap(namesOf))] };
}

/** The blobs of a layout. */
function partsIn(files: StoredFiles): ImageParts {
  const blob = ({ digest }: Descriptor) => files.get(blobPath(digest));
  return { manifest: blob, blob };
}

/** JSON of a file by name, with its bytes. @throws PlimsollError PL0105 to PL0107, PL0205 */
export function readDocument(
  { files, reference, budget, signal }: ImageRequest,
  path: string,
): Promise<JsonDocument<unknown>> {
  const file = storedFile(files, path, { target: reference, path });
  return documentOf(file, { reference, path, budget, signal });
}

/** JSON of a file by name. @throws PlimsollError PL0105 to PL0107, PL0205 */
export async function readJson(request: ImageRequest, path: string): Promise<unknown> {
  return (await readDocument(request, path)).value;
}

/** Names under which a top-level entry is known: containerd's full name, and the tag. */
export function namesOf({ annotations }: Descriptor): readonly string[] {
  return [annotations?.[imageName], annotations?.[refName]].filter((name) => name !== undefined);
}

/** Whether `name` ("redis:8", "8") means the full or short name that the index has. */
export function isNamed(full: string, name: string): boolean {
  if (full === name) return true;
  const withTag = name.includes(':') ? name : `${name}:latest`;
  return [name, withTag].some(
    (wanted) => full.endsWith(`/${wanted}`) || full.endsWith(`:${wanted}`) || full === wanted,
  );
}

/**
 * The entries of one image: those that have the name, or all where none was given and there is only one image.
 * @throws PlimsollError PL0101
 */
export function chosenByName(
  top: readonly Descriptor[],
  request: Pick<ImageRequest, 'reference' | 'name'>,
): readonly Descriptor[] {
  const all = top.filter((descriptor) => !isAttestation(descriptor));
  const names = [...new Set(all.flatMap(namesOf))];
  const { name } = request;
  if (name !== undefined) {
    const exact = all.filter(
      (descriptor) => namesOf(descriptor).includes(name) || descriptor.digest === name,
    );
    if (exact.length > 0) return exact;
    const matching = all.filter((descriptor) =>
      namesOf(descriptor).some((full) => isNamed(full, name)),
    );
    if (matching.length > 0) return matching;
    throw notChosen(`no image is named ${name}`, names, request);
  }
  // Several entries without names, or of one name, are the platforms of one image.
  const keys = new Set(all.map((descriptor) => namesOf(descriptor)[0] ?? ''));
  const digests = new Set(all.map(({ digest }) => digest));
  if (keys.size > 1 && digests.size > 1)
    throw notChosen('there are several images', names, request);
  return all;
}

/** PL0101 with the names that there are. */
export function notChosen(
  message: string,
  names: readonly string[],
  { reference, name }: Pick<ImageRequest, 'reference' | 'name'>,
): PlimsollError {
  const listed = names.slice(0, 20);
  const bare =
    name !== undefined && reference.endsWith(`:${name}`)
      ? reference.slice(0, -name.length - 1)
      : reference;
  const example = `${/^(oci|oci-archive|docker-archive):/.test(bare) ? '' : 'oci-archive:'}${bare}:${listed[0] ?? 'TAG'}`;
  return new PlimsollError('PL0101', message, {
    at: { target: reference },
    notes: [
      names.length === 0
        ? 'none has a name'
        : `there are: ${listed.join(', ')}${names.length > 20 ? ', …' : ''}`,
    ],
    help: `name one: ${example}`,
  });
}
