// Images in files: a layout, an archive, skopeo's directory form. What several platforms share a name without an index
// get one, made here; docker's older archives get manifests, made from what they have.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type BlobSource, bytesOf, bytesSource } from '../image/blob-source.ts';
import { budgetOf } from '../image/budget.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { type ImageName, parseImageName } from '../image/image-name.ts';
import { blobPath, type ImageParts, isAttestation, orThrow } from '../image/image-parts.ts';
import { formatDescriptor, fullNameKey, refNameKey } from '../image/layout-json.ts';
import { chosenByName, namesOf, readJson } from '../image/oci-image.ts';
import { isFault, looksLikeIndex, parseIndex, parseJson } from '../image/oci-json.ts';
import type { OpenTargetOptions } from '../image/open-files.ts';
import { type OpenedFiles, openStoredFiles } from '../image/open-stored-files.ts';
import { storedFile } from '../image/stored-files.ts';
import { digestOf } from '../lib/digest.ts';
import { isJsonObject } from '../lib/json.ts';
import { dockerArchiveImages } from './docker-archive-source.ts';
import { directoryBlobName, directoryManifestName } from './docker-directory-sink.ts';
import type { ImageSource, SourceImage } from './image-source.ts';
import { skipBytes } from './skip-bytes.ts';

/**
 * Opens the images in a layout, an archive or a folder; one of them where a name stands behind the path.
 * @throws PlimsollError PL0002, PL0101 to PL0103, PL0105 to PL0108, PL0202, PL0203, PL0205
 */
export async function openFilesSource(
  reference: string,
  options: OpenTargetOptions,
): Promise<ImageSource> {
  const opened = await openStoredFiles(reference, options);
  try {
    const place = { opened, reference, signal: options.signal };
    const found = await imagesIn(place);
    const { parts } = found;
    return {
      reference,
      ...found,
      read(blob, from, signal) {
        const source = parts.blob(blob) ?? parts.manifest(blob);
        if (source === undefined) throw missing(blob, reference);
        const chunks = source.chunks(signal);
        return from === 0 ? chunks : skipBytes(chunks, from);
      },
      close: () => opened.close(),
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** What finding images needs. */
export interface FilesPlace {
  readonly opened: OpenedFiles;
  readonly reference: string;
  readonly signal: AbortSignal;
}

/** Images, and where their parts are. */
export interface FoundImages {
  readonly images: readonly SourceImage[];
  readonly parts: ImageParts;
}

function imagesIn(place: FilesPlace): Promise<FoundImages> {
  const { form } = place.opened;
  if (form === 'docker') return dockerArchiveImages(place);
  return form === 'oci' ? layoutImages(place) : directoryImages(place);
}

function missing({ digest }: Descriptor, reference: string): PlimsollError {
  return new PlimsollError('PL0106', `${blobPath(digest)} is missing`, {
    at: { target: reference, path: blobPath(digest) },
    help: 'the image was not saved whole: save or copy it again',
  });
}

async function layoutImages({ opened, reference, signal }: FilesPlace): Promise<FoundImages> {
  const { files, limits, name } = opened;
  const request = { files, reference, budget: budgetOf(limits), signal };
  const index = await readJson(request, 'index.json');
  const top = orThrow(parseIndex(index), request, 'index.json');
  const chosen =
    name === undefined
      ? top.filter((entry) => !isAttestation(entry))
      : chosenByName(top, { reference, name });
  const made = new Map<Digest, BlobSource>();
  const images = groupByName(chosen).map(({ entries, names }): SourceImage => {
    const [first, ...others] = entries;
    if (first !== undefined && others.length === 0) return { top: first, names };
    const { descriptor, bytes } = madeIndex(entries);
    made.set(descriptor.digest, bytesSource(bytes));
    return { top: descriptor, names };
  });
  const blob = ({ digest }: Descriptor): BlobSource | undefined =>
    made.get(digest) ?? files.get(blobPath(digest));
  return { images: mergeSame(images), parts: { manifest: blob, blob } };
}

interface Group {
  readonly entries: Descriptor[];
  readonly names: readonly ImageName[];
}

/** Entries of one name, or without any, are the platforms of one image. */
function groupByName(top: readonly Descriptor[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const entry of top) {
    const key = namesOf(entry)[0] ?? '';
    const group = groups.get(key) ?? { entries: [], names: fullNamesOf(entry) };
    if (!group.entries.some(({ digest }) => digest === entry.digest)) group.entries.push(entry);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Names that say of which repository they are; a tag alone does not. */
function fullNamesOf({ annotations }: Descriptor): readonly ImageName[] {
  const full = annotations?.[fullNameKey];
  const tag = annotations?.[refNameKey];
  const text = full ?? (tag !== undefined && /[/:]/.test(tag) ? tag : undefined);
  if (text === undefined) return [];
  const name = parseImageName(text);
  return isFault(name) ? [] : [name];
}

/** One image for each target, with all of its names. */
function mergeSame(images: readonly SourceImage[]): readonly SourceImage[] {
  const merged = new Map<Digest, SourceImage>();
  for (const { top, names } of images) {
    const before = merged.get(top.digest)?.names ?? [];
    merged.set(top.digest, { top, names: [...before, ...names] });
  }
  return [...merged.values()];
}

function madeIndex(entries: readonly Descriptor[]): {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
} {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const manifests = entries.map(({ annotations: _, ...entry }) => formatDescriptor(entry));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  return {
    descriptor: { mediaType, digest: digestOf(bytes) as Digest, size: bytes.length },
    bytes,
  };
}

async function directoryImages({ opened, reference, signal }: FilesPlace): Promise<FoundImages> {
  const { files } = opened;
  const at = { target: reference };
  const bytes = await bytesOf(storedFile(files, 'manifest.json', at), signal);
  const parsed = parseJson(bytes);
  if (isFault(parsed)) throw new PlimsollError('PL0205', parsed.fault, { at });
  const { value } = parsed;
  const declared = isJsonObject(value) ? value['mediaType'] : undefined;
  const kind = looksLikeIndex(value) ? 'index' : 'manifest';
  const mediaType =
    typeof declared === 'string' ? declared : `application/vnd.oci.image.${kind}.v1+json`;
  const top = { mediaType, digest: digestOf(bytes) as Digest, size: bytes.length };
  return {
    images: [{ top, names: [] }],
    parts: {
      manifest: ({ digest }) =>
        digest === top.digest ? bytesSource(bytes) : files.get(directoryManifestName(digest)),
      blob: ({ digest }) => files.get(directoryBlobName(digest)),
    },
  };
}
