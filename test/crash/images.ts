// Images that share layers, as a registry that gives its bytes slowly and as archives, so that a kill can fall anywhere.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Layout, layoutArchive, makeLayout, sha256 } from '../builders/oci-layout.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';
import { type ScriptedRegistry, startScripted } from '../support/scripted-registry.ts';

/** An image that can be pulled and loaded. */
export interface CrashImage {
  /** Name without the registry: "app0". */
  readonly repository: string;
  readonly manifestDigest: string;
  /** Digest of the configuration: its id. */
  readonly id: string;
  /** The archive that `load` reads. */
  readonly archive: string;
  /** Files of each layer with their bytes, the lowest layer first. */
  readonly layers: readonly {
    readonly diffId: string;
    readonly files: ReadonlyMap<string, Buffer>;
  }[];
}

/** A set of images. */
export interface CrashImages {
  readonly images: readonly CrashImage[];
  /** A root file system that `import` makes an image of. */
  readonly rootArchive: string;
  readonly registry: ScriptedRegistry;
}

interface MadeLayer {
  readonly tar: Buffer;
  readonly stored: Buffer;
  readonly files: ReadonlyMap<string, Buffer>;
}

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

function makeLayer(name: string, bytes: number): MadeLayer {
  const files = new Map<string, Buffer>();
  const members: TarMember[] = [{ name: `${name}/` }];
  for (let at = 0; at < 12; at++) {
    const body = randomBytes(Math.ceil(bytes / 12));
    files.set(`${name}/${at}`, body);
    members.push({ name: `${name}/${at}`, body });
  }
  const tar = makeTar(members);
  return { tar, stored: gzipSync(tar, { level: 1 }), files };
}

/** Makes the images and starts their registry, which sends at most `bytesPerMs`. */
export async function startImages(folder: string, bytesPerMs: number): Promise<CrashImages> {
  mkdirSync(folder, { recursive: true });
  const shared = makeLayer('shared', 1_500_000);
  const middle = makeLayer('middle', 300_000);
  const images: CrashImage[] = [];
  const blobs = new Map<string, Buffer>();
  for (let at = 0; at < 4; at++) {
    const own = makeLayer(`own${at}`, 600_000);
    const layers = [shared, ...(at % 2 === 0 ? [middle] : []), own];
    const layout: Layout = makeLayout();
    const manifest = layout.image(
      layers.map((layer) => ({ ...layer, mediaType: layerType })),
      undefined,
      { Labels: { at: String(at) } },
    );
    const repository = `app${at}`;
    layout.index([
      {
        ...manifest,
        annotations: { 'io.containerd.image.name': `registry.example/loaded${at}:1` },
      },
    ]);
    const archive = join(folder, `${repository}.tar`);
    writeFileSync(archive, layoutArchive(layout));
    for (const [path, bytes] of layout.files) {
      if (path.startsWith('blobs/'))
        blobs.set(path.slice('blobs/'.length).replace('/', ':'), bytes);
    }
    const json: { config: { digest: string } } = JSON.parse(
      String(blobs.get(manifest.digest) ?? '{}'),
    );
    images.push({
      repository,
      manifestDigest: manifest.digest,
      id: json.config.digest,
      archive,
      layers: layers.map(({ tar, files }) => ({ diffId: sha256(tar), files })),
    });
  }
  const registry = await startScripted((request, response) => {
    const [, name = '', kind = '', reference = ''] =
      /^\/v2\/([^/]+)\/(manifests|blobs)\/(.+)$/.exec(request.url) ?? [];
    const image = images.find(({ repository }) => repository === name);
    const digest = kind === 'manifests' ? image?.manifestDigest : reference;
    const bytes = digest === undefined ? undefined : blobs.get(digest);
    if (digest === undefined || bytes === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('docker-content-digest', digest);
    if (kind === 'manifests') {
      response.setHeader('content-type', 'application/vnd.oci.image.manifest.v1+json');
      response.setHeader('content-length', bytes.length);
      response.end(request.method === 'HEAD' ? undefined : bytes);
      return;
    }
    void sendSlowly(request, response, bytes, bytesPerMs);
  });
  const rootArchive = join(folder, 'root.tar.gz');
  writeFileSync(rootArchive, shared.stored);
  return { images, registry, rootArchive };
}

const pieceBytes = 32 * 1024;

async function sendSlowly(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  bytesPerMs: number,
): Promise<void> {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from > 0) {
    response.writeHead(206, {
      'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
      'content-length': bytes.length - from,
    });
  } else {
    response.setHeader('content-length', bytes.length);
  }
  for (let at = from; at < bytes.length && !response.destroyed; at += pieceBytes) {
    response.write(bytes.subarray(at, at + pieceBytes));
    await sleep(pieceBytes / bytesPerMs);
  }
  response.end();
}
