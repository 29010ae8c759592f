// An image configuration that says nothing but its platform, for tests to add to.
import type { ImageConfig } from '../../src/image/image.ts';

/** A linux/amd64 configuration with some parts given. */
export function imageConfig(parts: Partial<ImageConfig> = {}): ImageConfig {
  return {
    platform: { os: 'linux', architecture: 'amd64' },
    entrypoint: [],
    cmd: [],
    env: {},
    user: '',
    labels: {},
    workingDirectory: '/',
    exposedPorts: [],
    volumes: [],
    shell: [],
    diffIds: [],
    history: [],
    ...parts,
  };
}
