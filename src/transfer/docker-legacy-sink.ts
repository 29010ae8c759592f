// What `docker save` wrote up to Docker 24, and what every docker since 1.10 loads: manifest.json, the configuration by
// its digest, and a folder for each layer with VERSION, json and layer.tar; `repositories` is for docker before 1.10.
// Layers stand inflated in it, whatever they were stored as. Source: moby image/spec v1.2.md.
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { partOfFile } from '../image/blob-source.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import { compressionOf, inflate, sniff } from '../image/inflate.ts';
import {
  formatRepositories,
  formatSavedManifest,
  type SavedImageEntry,
} from '../image/layout-json.ts';
import { isFault, parseImageConfig, parseJson } from '../image/oci-json.ts';
import { spool } from '../image/spool.ts';
import { hashFor } from '../lib/digest.ts';
import { isJsonObject } from '../lib/json.ts';
import type { Limits } from '../lib/limits.ts';
import { chainIdsOf } from '../store/unpack/chain-id.ts';
import { archiveWriter } from './archive-writer.ts';
import { asBuffers } from './as-buffers.ts';
import type { BlobContent, ImageSink } from './image-sink.ts';
import type { ByteOutput } from './output-file.ts';
import type { CopyPlan } from './plan-copy.ts';
import { verified } from './verified.ts';

/** What writing this form needs. */
export interface LegacyOptions {
  /** Where a layer is inflated before its size is known. */
  readonly temporaryFolder: string;
  readonly limits: Limits;
}

/** The image that is being written. */
interface Current {
  readonly plan: CopyPlan;
  /** Digest and JSON of the configuration, once it has come. */
  config?: {
    readonly digest: Digest;
    readonly json: Readonly<Record<string, unknown>>;
    readonly diffIds: readonly Digest[];
    readonly ids: readonly string[];
  };
}

const hexOf = (digest: Digest): string => digest.replace(/^\w+:/, '');

/** Writes an archive to the output, which stays the caller's to close. Takes images of one platform. */
export function openDockerLegacySink(output: ByteOutput, options: LegacyOptions): ImageSink {
  const archive = archiveWriter(output);
  const configs = new Set<string>();
  /** Folder of the layer.tar with this diffID. */
  const folderOf = new Map<Digest, string>();
  const folders = new Set<string>();
  const saved: SavedImageEntry[] = [];
  const tops: { readonly name: ImageName; readonly id: string }[] = [];
  let current: Current | undefined;

  const putConfig = async (
    blob: Descriptor,
    content: BlobContent,
    signal: AbortSignal,
  ): Promise<void> => {
    if (current === undefined) return;
    const bytes = await gathered(verified(blob, content.chunks(0, signal)));
    const parsed = parseJson(bytes);
    const config = isFault(parsed) ? parsed : parseImageConfig(parsed.value);
    const layers = current.plan.images[0]?.layers.length ?? 0;
    const fault = isFault(config)
      ? config.fault
      : config.diffIds.length === layers
        ? undefined
        : `expected ${layers} diffIDs in the configuration, found ${config.diffIds.length}`;
    if (isFault(config) || isFault(parsed) || fault !== undefined) {
      throw new PlimsollError('PL0108', fault ?? 'the configuration is damaged', {
        at: { path: blob.digest },
        help: 'save it in another form: --format oci-archive',
      });
    }
    current.config = {
      digest: blob.digest,
      json: isJsonObject(parsed.value) ? parsed.value : {},
      diffIds: config.diffIds,
      ids: layerIds(config.diffIds),
    };
    if (configs.has(blob.digest)) return;
    configs.add(blob.digest);
    await archive.file(`${hexOf(blob.digest)}.json`, bytes);
  };

  const putLayer = async (
    blob: Descriptor,
    content: BlobContent,
    signal: AbortSignal,
    onProgress: (bytes: number) => void,
  ): Promise<'copied' | 'exists'> => {
    const image = current?.plan.images[0];
    const index = image?.layers.findIndex(({ digest }) => digest === blob.digest) ?? -1;
    const diffId = current?.config?.diffIds[index];
    const id = current?.config?.ids[index];
    if (diffId === undefined || id === undefined || folderOf.has(diffId)) return 'exists';
    const stored = verified(blob, content.chunks(0, signal), onProgress);
    const tar = await inflated(blob, diffId, stored, options, signal);
    try {
      await archive.member({ name: `${id}/` });
      const { size } = await tar.stat();
      await archive.stream(`${id}/layer.tar`, size, partOfFile(tar, 0, size).chunks(signal));
    } finally {
      await tar.close();
    }
    folderOf.set(diffId, id);
    return 'copied';
  };

  /** Each folder's VERSION and json, and a link where the layer stands in another one. */
  const putFolders = async ({ config }: Current): Promise<void> => {
    for (const [index, id] of (config?.ids ?? []).entries()) {
      if (folders.has(id)) continue;
      folders.add(id);
      const there = folderOf.get(config?.diffIds[index] ?? 'sha256:');
      if (there !== id) {
        await archive.member({ name: `${id}/` });
        await archive.member({
          name: `${id}/layer.tar`,
          type: 'symlink',
          mode: 0o777,
          linkName: `../${there}/layer.tar`,
        });
      }
      await archive.file(`${id}/VERSION`, '1.0');
      const parent = config?.ids[index - 1];
      const isTop = index === (config?.ids.length ?? 0) - 1;
      const json = isTop ? topJson(config?.json ?? {}) : { created: '1970-01-01T00:00:00Z' };
      await archive.file(
        `${id}/json`,
        JSON.stringify({ id, ...(parent === undefined ? {} : { parent }), ...json }),
      );
    }
  };

  return {
    parallel: 1,
    sparse: false,
    begin(plan) {
      current = { plan };
    },
    async putBlob(blob, content, { signal, onProgress }) {
      if (blob.digest !== current?.plan.images[0]?.config?.digest)
        return putLayer(blob, content, signal, onProgress);
      await putConfig(blob, content, signal);
      return 'copied';
    },
    putManifest: () => Promise.resolve(),
    async putImage(_plan, names) {
      if (current?.config === undefined) {
        throw new PlimsollError(
          'PL0108',
          'expected the configuration of a container image, found an artifact',
          {
            help: 'save it in another form: --format oci-archive',
          },
        );
      }
      await putFolders(current);
      const { digest, ids } = current.config;
      saved.push({
        config: `${hexOf(digest)}.json`,
        names,
        layers: ids.map((id) => `${id}/layer.tar`),
      });
      const id = ids.at(-1);
      if (id !== undefined) tops.push(...names.map((name) => ({ name, id })));
    },
    async finish() {
      await archive.file('manifest.json', formatSavedManifest(saved));
      await archive.file('repositories', formatRepositories(tops));
      await archive.end();
    },
    abort: () => Promise.resolve(),
  };
}

/** Ids of layers as docker had them before 1.10: each stands for all that lie below, too. */
function layerIds(diffIds: readonly Digest[]): readonly string[] {
  const ids: string[] = [];
  for (const layerId of chainIdsOf(diffIds)) {
    const parent = ids.at(-1);
    const named = JSON.stringify({
      layer_id: layerId,
      ...(parent === undefined ? {} : { parent: `sha256:${parent}` }),
    });
    ids.push(createHash('sha256').update(named).digest('hex'));
  }
  return ids;
}

/** What the json of the top layer has of the configuration: all but what came with 1.10. */
function topJson({
  rootfs: _,
  history: __,
  ...rest
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return rest;
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

/** The layer's tar in a nameless file, held against its diffID. */
async function inflated(
  blob: Descriptor,
  diffId: Digest,
  stored: AsyncIterable<Uint8Array>,
  { temporaryFolder, limits }: LegacyOptions,
  signal: AbortSignal,
): Promise<FileHandle> {
  const at = { layer: blob.digest };
  const { head, chunks } = await sniff(asBuffers(stored));
  const hash = hashFor(diffId);
  const hashed = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of inflate(compressionOf(head), chunks, at, signal)) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const tar = await spool(hashed(), { folder: temporaryFolder, limits, signal, at });
  const found = `${diffId.split(':')[0]}:${hash.digest('hex')}`;
  if (found === diffId) return tar;
  await tar.close();
  throw new PlimsollError('PL0105', `diffID of the layer: expected ${diffId}, found ${found}`, {
    at,
    help: 'the image was damaged or changed: save or copy it again from where it came',
  });
}
