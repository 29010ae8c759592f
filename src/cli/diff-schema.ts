// The form of `plimsoll diff --format json` as a schema: what schemas/diff.schema.json publishes. The types of
// src/check/compare-images.ts stay the source for the program; a test holds real output against the schema.
import * as z from 'zod';
import { published } from '../check/result-schema.ts';

const verdict = z.enum(['works', 'degraded', 'fails', 'unknown']);

const side = z.object({
  kind: z.string(),
  reference: z.string().describe('as it was named'),
  digest: z.string().optional().describe('of the manifest'),
  platform: z.string().optional(),
  os: z.string().optional(),
  libc: z.string().optional(),
  layers: z.number().int().describe('0 where there are none: a directory'),
  files: z.number().int().describe('files of any type'),
  bytes: z.number().int().describe('of the files, unpacked'),
  packages: z.number().int(),
});

/** A difference as JSON. */
export const imageDifferenceSchema = z.object({
  schema: z.literal('plimsoll.diff/1'),
  from: side,
  to: side,
  sharedLayers: z.number().int().describe('how many layers, from the bottom, both have'),
  configuration: z.array(
    z.object({
      part: z.string().describe('"Entrypoint", "Env PATH", "Labels maintainer"'),
      from: z.string().optional().describe('absent where it was not there'),
      to: z.string().optional().describe('absent where it is not there any more'),
    }),
  ),
  packages: z.array(
    z.object({
      manager: z.string(),
      name: z.string(),
      from: z.array(z.string()).describe('versions that only the older one has'),
      to: z.array(z.string()),
      change: z.enum(['added', 'removed', 'upgraded', 'downgraded', 'changed']),
    }),
  ),
  needs: z.array(
    z.object({
      change: z.enum(['came', 'went']),
      kind: z.string(),
      what: z.string(),
      by: z.string().optional().describe('who asks, or where that was seen'),
    }),
  ),
  hostsChecked: z.array(z.string()),
  hosts: z
    .array(
      z.object({
        host: z.string(),
        summary: z.string(),
        from: verdict,
        to: verdict,
        findings: z.array(
          z.object({
            change: z.enum(['came', 'went']),
            code: z.string(),
            rule: z.string(),
            severity: z.enum(['fatal', 'degraded', 'unknown', 'note']),
            title: z.string(),
            help: z.string(),
          }),
        ),
      }),
    )
    .describe('only those for which something changes'),
  files: z.array(
    z.object({
      path: z.string(),
      change: z.enum(['added', 'removed', 'changed']),
      type: z.enum(['file', 'directory', 'symlink', 'block', 'character', 'fifo', 'socket']),
      bytes: z.number().int().describe('how many more the newer one has'),
      parts: z
        .array(
          z.object({
            part: z.enum([
              'type',
              'content',
              'size',
              'link target',
              'mode',
              'owner',
              'device',
              'extended attributes',
            ]),
            from: z.string().optional(),
            to: z.string().optional(),
          }),
        )
        .optional()
        .describe('what changed; content of one size has no values'),
      notCompared: z
        .literal(true)
        .optional()
        .describe('too large: of the same size, and perhaps of another content'),
    }),
  ),
});

/** The content of schemas/diff.schema.json. */
export function diffJsonSchema(): string {
  return published(imageDifferenceSchema, {
    name: 'diff',
    title: 'Difference of two images',
    description: 'What two images do not have in common, as plimsoll diff --format json writes it.',
  });
}
