// Index, manifest and configuration of images.
import {
  looksLikeIndex,
  parseImageConfig,
  parseIndex,
  parseJson,
  parseManifest,
} from '../../src/image/oci-json.ts';
import type { FuzzTarget } from './target.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 7 };

export const target: FuzzTarget = {
  name: 'image-json',
  seeds: () =>
    [
      {
        schemaVersion: 2,
        manifests: [
          {
            ...descriptor,
            platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
            annotations: { a: 'b' },
          },
        ],
      },
      {
        schemaVersion: 2,
        config: descriptor,
        layers: [{ ...descriptor, mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' }],
      },
      {
        architecture: 'amd64',
        os: 'linux',
        'os.version': '1',
        config: {
          Env: ['PATH=/bin', 'X'],
          Cmd: ['sh'],
          Entrypoint: 'one',
          User: '1',
          Labels: { a: 'b' },
          ExposedPorts: { '80/tcp': {} },
          Volumes: { '/v': {} },
          WorkingDir: '/',
          StopSignal: 'SIGTERM',
        },
        rootfs: { type: 'layers', diff_ids: [digest] },
        history: [{ created_by: 'x', empty_layer: true }],
      },
    ].map((value) => Buffer.from(JSON.stringify(value))),
  run(bytes) {
    const parsed = parseJson(bytes);
    if (!('value' in parsed)) return;
    looksLikeIndex(parsed.value);
    parseIndex(parsed.value);
    parseManifest(parsed.value);
    parseImageConfig(parsed.value);
  },
};
