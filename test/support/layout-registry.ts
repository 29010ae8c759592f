// A layout as a scripted registry serves it: one image under every name, with a hook for the requests of blobs.
import type { ServerResponse } from 'node:http';
import type { BlobRef, Layout } from '../builders/oci-layout.ts';
import {
  type Script,
  type ScriptedRegistry,
  sendRange,
  startScripted,
} from './scripted-registry.ts';

type Request = Parameters<Script>[0];

/** Answers a request of a blob in its own way; false: it is answered as it should be. */
export type BlobHook = (
  digest: string,
  request: Request,
  response: ServerResponse,
  before: number,
) => boolean;

/** Serves `top` and all blobs of the layout, whatever repository and tag are asked for. */
export function serveLayout(
  layout: Layout,
  top: BlobRef,
  hook: BlobHook = () => false,
): Promise<ScriptedRegistry> {
  return startScripted((request, response, before) => {
    const path = request.url.split('?')[0] ?? '';
    const [, kind, reference = ''] = /\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    const digest = reference.startsWith('sha256:') ? reference : top.digest;
    const bytes = layout.files.get(`blobs/sha256/${digest.slice(7)}`);
    if (bytes === undefined || kind === undefined) {
      response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
      return;
    }
    if (kind === 'blobs') {
      if (!hook(digest, request, response, before)) sendRange(request, response, bytes);
      return;
    }
    const { mediaType = 'application/vnd.oci.image.manifest.v1+json' } = JSON.parse(
      bytes.toString(),
    );
    response.writeHead(200, {
      'content-type': digest === top.digest ? top.mediaType : mediaType,
      'docker-content-digest': digest,
      'content-length': bytes.length,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  });
}
