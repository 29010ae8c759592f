// A whole user space in a few lines: files through the real scan, assembly and derivation.
import type { ImageConfig } from '../../src/image/image.ts';
import { assembleUserSpace } from '../../src/needs/assemble.ts';
import { deriveNeeds } from '../../src/needs/derive/derive-needs.ts';
import { makeNeeds } from '../../src/needs/make-needs.ts';
import type { Needs } from '../../src/needs/need.ts';
import { inspection } from '../../src/needs/scan/inspect-file.ts';
import { imageConfig } from './image-config.ts';
import { type MemoryFile, memoryTree } from './memory-tree.ts';

/** Needs of an image of these files with this configuration; null: a directory, which has none. */
export async function needsOf(
  files: Readonly<Record<string, MemoryFile>>,
  config: Partial<ImageConfig> | null = {},
): Promise<Needs> {
  const tree = await memoryTree(files, inspection());
  const userSpace = assembleUserSpace(tree, {
    target: {
      kind: config === null ? 'directory' : 'oci-layout',
      reference: 'test',
      layers: config === null ? [] : ['layer'],
    },
    ...(config === null ? {} : { config: imageConfig(config) }),
    problems: [],
  });
  return makeNeeds(userSpace, deriveNeeds(userSpace));
}
