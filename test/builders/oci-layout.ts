// OCI layouts and docker archives written by hand, so that every part can be wrong.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTar, type TarMember } from './tar.ts';

export interface BlobRef {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [more: string]: unknown;
}

/** Digest as images write it. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A layout while it is written: files by name. */
export interface Layout {
  readonly files: Map<string, Buffer>;
  blob(bytes: Uint8Array, mediaType: string): BlobRef;
  json(value: unknown, mediaType: string): BlobRef;
  /** Configuration and manifest over layers that are stored as they are; `tars` are their inflated bytes. */
  image(
    layers: readonly {
      readonly stored: Uint8Array;
      readonly tar: Uint8Array;
      readonly mediaType?: string;
    }[],
    platform?: Readonly<Record<string, unknown>>,
    config?: unknown,
  ): BlobRef;
  index(manifests: readonly BlobRef[]): void;
}

const oci = 'application/vnd.oci.image';

export function makeLayout(): Layout {
  const files = new Map<string, Buffer>([
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
  ]);
  const layout: Layout = {
    files,
    blob(bytes, mediaType) {
      const digest = sha256(bytes);
      files.set(`blobs/sha256/${digest.slice(7)}`, Buffer.from(bytes));
      return { mediaType, digest, size: bytes.length };
    },
    json: (value, mediaType) => layout.blob(Buffer.from(JSON.stringify(value)), mediaType),
    image(layers, platform = { os: 'linux', architecture: 'amd64' }, config = {}) {
      const diffs = layers.map(({ tar }) => sha256(tar));
      return layout.json(
        {
          schemaVersion: 2,
          config: layout.json(
            { ...platform, config, rootfs: { type: 'layers', diff_ids: diffs } },
            `${oci}.config.v1+json`,
          ),
          layers: layers.map(({ stored, mediaType }) =>
            layout.blob(stored, mediaType ?? `${oci}.layer.v1.tar`),
          ),
        },
        `${oci}.manifest.v1+json`,
      );
    },
    index(manifests) {
      files.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
    },
  };
  return layout;
}

/** Writes the layout as a directory. */
export function writeLayout(layout: Layout, folder: string): void {
  for (const [name, bytes] of layout.files) {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, bytes);
  }
}

/** The same as an archive. */
export function layoutArchive(layout: Layout): Buffer {
  return makeTar([...layout.files].map(([name, body]): TarMember => ({ name, body })));
}

/** An archive as docker save wrote it from 1.10 to 24. */
export function dockerArchive(
  tars: readonly Uint8Array[],
  names: readonly string[] = ['debian:12'],
): Buffer {
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: { Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
    }),
  );
  const configName = `${sha256(config).slice(7)}.json`;
  const layers = tars.map((_, at) => `layer${at}/layer.tar`);
  return makeTar([
    ...tars.map((body, at): TarMember => ({ name: layers[at] ?? '', body })),
    { name: configName, body: config },
    {
      name: 'manifest.json',
      body: JSON.stringify([{ Config: configName, RepoTags: names, Layers: layers }]),
    },
  ]);
}
