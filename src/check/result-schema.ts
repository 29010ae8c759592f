// The JSON report's form as a schema: what schemas/check.schema.json publishes. The types of finding.ts stay the source
// for the program; a test holds real output against the schema.
import * as z from 'zod';
import { components } from './finding.ts';
import { type FindingCode, findingCodes } from './finding-codes.ts';

const codes = Object.keys(findingCodes) as [FindingCode, ...FindingCode[]];

const evidenceSchema = z.object({
  path: z.string().optional().describe('absolute path in the target'),
  layer: z.string().optional(),
  package: z.string().optional().describe('"name version" of the package that owns the file'),
  function: z.string().optional(),
  line: z.number().int().optional(),
  detail: z.string().describe('what was seen there'),
});

const findingSchema = z.object({
  code: z.enum(codes).describe('the mechanism; plimsoll explain CODE'),
  rule: z.string().describe('identifier of the rule, stable'),
  severity: z.enum(['fatal', 'degraded', 'unknown', 'note']),
  worst: z.enum(['fatal', 'degraded']).optional().describe('with unknown: what it could come to'),
  certainty: z.enum(['declared', 'observed', 'reachable', 'present']),
  reach: z
    .enum(['start', 'user-space', 'file'])
    .describe('what it touches: what starts, the user space as a whole, or some other file'),
  tier: z.enum(['predicted', 'emulated', 'real']).describe('what the proof rests on'),
  title: z.string(),
  need: z.string(),
  offer: z.object({ value: z.string(), source: z.string() }),
  evidence: z.array(evidenceSchema),
  evidenceTotal: z
    .number()
    .int()
    .optional()
    .describe('pieces of evidence in all, when only the first are listed'),
  symptom: z.string().optional().describe('what users see, word for word where it is known'),
  help: z.string(),
  references: z.array(z.string()),
  component: z.enum(components).describe('who is to change'),
  calls: z.array(z.string()).optional().describe('system calls that it is about'),
  flags: z.array(z.string()).optional().describe('flags that it is about'),
  proof: z
    .object({
      outcome: z.enum(['shown', 'refuted', 'not-reached', 'not-imitated']),
      how: z.string(),
    })
    .optional()
    .describe('with --prove: what a run showed of it'),
});

const hostProofSchema = z.object({
  command: z.array(z.string()),
  here: z.string().describe('how it ended without the host'),
  there: z.string().describe('how it ended with the host in front of it'),
  alike: z.boolean(),
  needed: z
    .array(z.array(z.string()))
    .describe('refusals of which each set, by itself, has it end otherwise'),
  tolerated: z.array(z.string()).describe('refusals that it met and copes with'),
  untried: z.array(z.string()).describe('refusals that it met and that were not tried alone'),
  runs: z.array(z.object({ refused: z.string(), ended: z.string() })),
  limits: z.array(z.string()).describe('what of the host is not imitated'),
  output: z.array(z.string()).describe('the last lines behind the host, where it ended otherwise'),
});

/** The whole report. Fields may be added within version 1; none is taken away or changes its meaning. */
export const checkResultSchema = z.object({
  schema: z.literal('plimsoll.check/1'),
  target: z.object({
    kind: z.string(),
    reference: z.string(),
    digest: z.string().optional(),
    platform: z.string().optional(),
    os: z.string().optional(),
    libc: z.string().optional(),
    start: z.array(z.string()),
    elfFiles: z.number().int(),
    packages: z.number().int(),
  }),
  hosts: z.array(
    z.object({
      host: z.string(),
      summary: z.string(),
      verdict: z.enum(['works', 'degraded', 'fails', 'unknown']),
      certain: z.boolean(),
      why: z.string(),
      findings: z.array(findingSchema).describe('most important first'),
      proof: hostProofSchema
        .optional()
        .describe('with --prove: what a command did with this host in front of it'),
    }),
  ),
  problems: z
    .array(
      z.object({
        code: z.string(),
        message: z.string(),
        at: z.string().optional().describe('path inside the target'),
        layer: z.string().optional(),
        offset: z
          .number()
          .optional()
          .describe("byte offset in the file, or in the layer's archive"),
      }),
    )
    .describe('what could not be read'),
});

/** What `plimsoll matrix --format json` prints: a check for each target. */
export const matrixResultSchema = z.object({
  schema: z.literal('plimsoll.matrix/1'),
  results: z
    .array(checkResultSchema)
    .describe('one a target, all with the same hosts in one order'),
});

/** A published JSON schema as text, with a line break at its end. */
export function published(
  type: z.ZodType,
  about: { readonly name: string; readonly title: string; readonly description: string },
): string {
  const { $schema, ...rest } = z.toJSONSchema(type, { target: 'draft-2020-12', io: 'input' });
  const schema = {
    $schema,
    $id: `https://plimsoll.dev/schemas/${about.name}.schema.json`,
    title: about.title,
    description: about.description,
    ...rest,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The content of schemas/check.schema.json. */
export function checkJsonSchema(): string {
  return published(checkResultSchema, {
    name: 'check',
    title: 'Report of plimsoll check',
    description: 'What `plimsoll check --format json` prints.',
  });
}

/** The content of schemas/matrix.schema.json. */
export function matrixJsonSchema(): string {
  return published(matrixResultSchema, {
    name: 'matrix',
    title: 'Report of plimsoll matrix',
    description: 'What `plimsoll matrix --format json` prints.',
  });
}
