// What the database keeps of a target: read once from its blobs when a name is put on it, so that listing a thousand
// images reads no blob at all.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest, ImageConfig } from '../image/image.ts';
import { isAttestation } from '../image/image-parts.ts';
import { parseReferences } from '../image/manifest-references.ts';
import { isFault, parseImageConfig, parseJson, parseManifest } from '../image/oci-json.ts';
import { defaultLimits } from '../lib/limits.ts';
import { missingBlob } from './content-files.ts';
import type { ContentStore } from './content-store.ts';
import { blobPath, type StoreLayout } from './store-layout.ts';
import { chainIdsOf } from './unpack/chain-id.ts';

/** What is kept of one image manifest whose blobs are all there. */
export interface ManifestFacts {
  readonly descriptor: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly parsed: ImageConfig;
  readonly createdMs?: number;
  /** Bytes of manifest, configuration and layers as stored; a layer that occurs twice counts once. */
  readonly contentBytes: number;
  readonly chainId?: Digest;
}

/** What a target holds. */
export interface TargetFacts {
  /** Complete images, in the index's order. */
  readonly manifests: readonly ManifestFacts[];
  /** All edges between blobs, to those that are not there too. */
  readonly references: readonly (readonly [parent: Digest, child: Digest])[];
}

/**
 * Reads a manifest or an index with what it names, as far as that is there.
 * @throws PlimsollError PL0105, PL0106 when no image of it is complete, PL0107, PL0108
 */
export function readTarget(
  layout: StoreLayout,
  content: ContentStore,
  target: Descriptor,
): TargetFacts {
  const manifests: ManifestFacts[] = [];
  const references: (readonly [Digest, Digest])[] = [];
  const seen = new Set<Digest>();
  const missing: Digest[] = [];
  const visit = (descriptor: Descriptor, depth: number): void => {
    const { digest } = descriptor;
    if (seen.has(digest)) return;
    seen.add(digest);
    if (content.stat(digest) === undefined) {
      missing.push(digest);
      return;
    }
    const damaged = (fault: string): PlimsollError =>
      new PlimsollError('PL0108', fault, { at: { path: blobPath(layout, digest) } });
    if (depth > defaultLimits.indexDepth) throw damaged('indexes within indexes without end');
    const json = parseJson(content.read(digest));
    if (isFault(json)) throw damaged(json.fault);
    const found = parseReferences(json.value);
    if (isFault(found)) throw damaged(found.fault);
    const { manifests: inner, config, layers } = found;
    for (const child of [...inner, ...(config === undefined ? [] : [config]), ...layers]) {
      references.push([digest, child.digest]);
    }
    for (const child of inner) visit(child, depth + 1);
    if (inner.length > 0 || config === undefined || isAttestation(descriptor)) return;
    const image = parseManifest(json.value);
    if (isFault(image)) {
      // An artifact beside the images of an index is kept and not listed.
      if (depth === 0) throw damaged(image.fault);
      return;
    }
    const lacking = [config, ...layers].filter(
      (blob) => content.stat(blob.digest)?.size !== blob.size,
    );
    missing.push(...lacking.map((blob) => blob.digest));
    if (lacking.length === 0) manifests.push(factsOf(layout, content, descriptor, config, layers));
  };
  visit(target, 0);
  if (manifests.length === 0) throw missingBlob(layout, missing[0] ?? target.digest);
  return { manifests, references };
}

function factsOf(
  layout: StoreLayout,
  content: ContentStore,
  descriptor: Descriptor,
  config: Descriptor,
  layers: readonly Descriptor[],
): ManifestFacts {
  const json = parseJson(content.read(config.digest));
  const parsed = isFault(json) ? json : parseImageConfig(json.value);
  if (isFault(parsed)) {
    throw new PlimsollError('PL0108', parsed.fault, {
      at: { path: blobPath(layout, config.digest) },
    });
  }
  const blobs = new Map([descriptor, config, ...layers].map(({ digest, size }) => [digest, size]));
  const createdMs = Date.parse(parsed.created ?? '');
  const { diffIds } = parsed;
  const chainId = diffIds.length === layers.length ? chainIdsOf(diffIds).at(-1) : undefined;
  return {
    descriptor,
    config,
    layers,
    parsed,
    contentBytes: [...blobs.values()].reduce((sum, size) => sum + size, 0),
    ...(Number.isNaN(createdMs) ? {} : { createdMs }),
    ...(chainId === undefined ? {} : { chainId }),
  };
}
