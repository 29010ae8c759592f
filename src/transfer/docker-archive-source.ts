// Docker's archives without an OCI layout inside: manifest.json (Docker 1.10 to 24, podman, skopeo, crane), or only
// `repositories` (before). They have no manifests, so that one is made for each image: of the OCI form, over the
// configuration byte for byte and the layers as they are stored.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type BlobSource, bytesOf, bytesSource } from '../image/blob-source.ts';
import { budgetOf } from '../image/budget.ts';
import { type SavedImage, savedImages } from '../image/docker-archive.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { type ImageName, parseImageName } from '../image/image-name.ts';
import { compressionOf, sniff } from '../image/inflate.ts';
import { formatDescriptor } from '../image/layout-json.ts';
import { isFault, parseImageConfig, parseJson } from '../image/oci-json.ts';
import { storedFile } from '../image/stored-files.ts';
import { digestOf, hashFor } from '../lib/digest.ts';
import type { FilesPlace, FoundImages } from './files-source.ts';
import type { SourceImage } from './image-source.ts';
import { configFromV1 } from './v1-config.ts';

const oci = 'application/vnd.oci.image';

/** The images of the archive. @throws PlimsollError PL0101, PL0105 to PL0108, PL0205 */
export async function dockerArchiveImages(place: FilesPlace): Promise<FoundImages> {
  const { opened, reference, signal } = place;
  const request = {
    files: opened.files,
    reference,
    budget: budgetOf(opened.limits),
    signal,
    ...(opened.name === undefined ? {} : { name: opened.name }),
  };
  const blobs = new Map<Digest, BlobSource>();
  /** A layer that several images share is looked at once. */
  const layersByPath = new Map<string, Descriptor>();
  const images: SourceImage[] = [];
  for (const saved of await savedImages(request)) {
    const layers: Descriptor[] = [];
    const diffIds = saved.isV1 ? undefined : await diffIdsOf(place, saved);
    for (const [index, path] of saved.layers.entries()) {
      const known = layersByPath.get(path);
      const source = storedFile(opened.files, path, { target: reference });
      const layer = known ?? (await layerDescriptor(source, diffIds?.[index], place));
      layersByPath.set(path, layer);
      blobs.set(layer.digest, source);
      layers.push(layer);
    }
    const config = saved.isV1
      ? await configFromV1(
          request,
          saved,
          layers.map(({ digest }) => digest),
        )
      : await bytesOf(storedFile(opened.files, saved.configPath, { target: reference }), signal);
    const described = { digest: digestOf(config) as Digest, size: config.length };
    blobs.set(described.digest, bytesSource(config));
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: `${oci}.manifest.v1+json`,
        config: { mediaType: `${oci}.config.v1+json`, ...described },
        layers: layers.map(formatDescriptor),
      }),
    );
    const digest = digestOf(manifest) as Digest;
    blobs.set(digest, bytesSource(manifest));
    const top = { mediaType: `${oci}.manifest.v1+json`, digest, size: manifest.length };
    images.push({ top, names: saved.names.map(nameOf).filter((name) => name !== undefined) });
  }
  const blob = ({ digest }: Descriptor): BlobSource | undefined => blobs.get(digest);
  return { images, parts: { manifest: blob, blob } };
}

function nameOf(text: string): ImageName | undefined {
  const name = parseImageName(text);
  return isFault(name) ? undefined : name;
}

async function diffIdsOf(
  { opened, reference, signal }: FilesPlace,
  { configPath, layers }: SavedImage,
): Promise<readonly Digest[]> {
  const at = { target: reference, path: configPath };
  const parsed = parseJson(await bytesOf(storedFile(opened.files, configPath, at), signal));
  const config = isFault(parsed) ? parsed : parseImageConfig(parsed.value);
  if (isFault(config)) throw new PlimsollError('PL0108', config.fault, { at });
  const { diffIds } = config;
  if (diffIds.length === layers.length) return diffIds;
  throw new PlimsollError(
    'PL0108',
    `expected ${layers.length} diffIDs in the configuration, found ${diffIds.length}`,
    { at, help: 'save the image again with a current tool' },
  );
}

/**
 * The descriptor of a layer's file. One that is not compressed has its diffID as its digest, which is verified when it is
 * copied; one that is has to be read.
 */
async function layerDescriptor(
  source: BlobSource,
  diffId: Digest | undefined,
  { signal }: FilesPlace,
): Promise<Descriptor> {
  const { head, chunks } = await sniff(source.chunks(signal));
  const compression = compressionOf(head);
  const suffix = compression === 'none' ? '' : `+${compression}`;
  const described = { mediaType: `${oci}.layer.v1.tar${suffix}`, size: source.size };
  if (compression === 'none' && diffId !== undefined) {
    await chunks.return(undefined);
    return { ...described, digest: diffId };
  }
  const hash = hashFor('sha256:');
  for await (const chunk of chunks) hash.update(chunk);
  return { ...described, digest: `sha256:${hash.digest('hex')}` };
}
